"""QR codes: the way from a screen or a poster to a list's panel on a phone.

Its one rule: a code is dark on a light ground with its quiet zone, in every theme: not all phones read the reverse.
"""

from io import BytesIO

import segno

from cecc_feeds.web.follow import has_picture, phone_url
from cecc_feeds.web.http import STATIC_CACHE, Answer, fault
from cecc_feeds.web.site import Listing, Site

QUIET_ZONE = 4
"""Modules of light around the code (ISO/IEC 18004)."""


def picture(site: Site, listing: Listing) -> Answer:
    """The code of a list's page as SVG; 400 where its address is longer than phones read."""
    if not has_picture(site.edition, listing):
        return fault(400, "This address is too long for a QR code that a phone can read, or asks for too many events.")
    out = BytesIO()
    code = segno.make_qr(phone_url(site.edition, listing), error="m", boost_error=False)
    code.save(
        out, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", xmldecl=False, nl=False, omitsize=True,
        svgclass=None, lineclass=None,
    )  # fmt: skip
    return Answer(out.getvalue(), "image/svg+xml", cache=STATIC_CACHE)
