"""What a host has to be told besides the files: headers, redirects and states, in the forms of nginx and `_headers`.

Its one rule: it is gathered from the answers themselves; nothing is said here that they do not say.
"""

from collections import Counter
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from cecc_feeds.export.walk import Found
from cecc_feeds.web.coding import PLAIN
from cecc_feeds.web.http import PREFLIGHT, Prepared

Headers = tuple[tuple[str, str], ...]

OF_ONE = frozenset({"etag", "last-modified", "content-length", "link", "vary", "accept-ranges"})
"""Headers that a file server makes by itself, or that every answer has of its own."""

PAGE = ""
"""The kind of pages; any other kind is a file's ending."""

NAME = "{name}"
"""In a header, the name of the file without its ending."""

Key = tuple[str, int, str]
"""Top folder, how many parts the path has, kind."""


class Hosts:
    """The headers of all files, by the top folder and the kind of each: those of one are alike, but for exceptions."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._below = urlsplit(base_url).path
        self._alike: dict[Key, Headers] = {}
        self._apart: dict[str, Headers] = {}
        self._pages, self._tops = set[str](), set[str]()
        self._gone: list[str] = []
        self._moved: dict[str, str] = {}

    def note(self, found: Found, prepared: Prepared) -> None:
        """What is sent at an address."""
        path = unquote(found.path)
        if found.moved:
            self._moved[path] = found.moved
            return
        if found.answer.status == 410:
            self._gone.append(path)
        parts = path.strip("/").split("/")
        kind = PAGE if found.page else PurePosixPath(path).suffix
        key = (parts[0] if len(parts) > 1 else "", len(parts), kind)
        headers = _shared(prepared, PurePosixPath(path))
        strange = found.page and PurePosixPath(path).suffix in self._kinds()
        if strange or not _alike(headers, self._alike.setdefault(key, headers)):
            self._apart[path] = headers
            if found.page:
                self._pages.add(path)
        elif found.page and len(parts) == 1:
            self._tops.add(path)

    def _kinds(self) -> set[str]:
        return {kind for *_, kind in self._alike if kind}

    def files(self) -> dict[str, str]:
        """Files for hosts, by name."""
        return {"_headers": self._netlify(), "_redirects": self._redirects(), "nginx.conf": self._nginx()}

    def _common(self) -> Headers:
        """What every file is sent with."""
        every = [set(headers) for headers in (*self._alike.values(), *self._apart.values())]
        return tuple(pair for pair in next(iter(self._alike.values())) if all(pair in one for one in every))

    def _by_kind(self, kind: str) -> tuple[Headers, dict[tuple[str, int], Headers]]:
        """The headers of most files of a kind, and by folder and depth those of the others."""
        held = {(folder, depth): headers for (folder, depth, other), headers in self._alike.items() if other == kind}
        most = Counter(held.values()).most_common(1)[0][0]
        return most, {where: headers for where, headers in held.items() if headers != most}

    def _redirects(self) -> str:
        return "".join(
            f"{self._below}{_encoded(old)} {self._base}{new} 301\n" for old, new in sorted(self._moved.items())
        )

    def _netlify(self) -> str:
        """`_headers`, as Netlify and Cloudflare Pages read it: what two rules say of one address, they would send both.

        So files of one ending have what all of those have, and only pages have more; their addresses end with a slash.
        """
        common = self._common()
        rules = [("/*", common)]
        for kind in sorted(self._kinds()):
            held = [headers for (*_, other), headers in self._alike.items() if other == kind]
            rules.append((f"/*{kind}", tuple(pair for pair in held[0] if all(pair in one for one in held))))
        rules += [(where, self._alike["", 1, PAGE]) for path in sorted(self._tops) for where in _spellings(path)]
        folders = {
            folder: headers for (folder, depth, kind), headers in self._alike.items() if kind == PAGE and depth > 1
        }
        rules += [(f"/{folder}/*/", headers) for folder, headers in sorted(folders.items())]
        rules += [(where, self._apart[path]) for path in sorted(self._pages) for where in _spellings(path)]
        return "\n".join(self._rule(where, headers, common if where != "/*" else ()) for where, headers in rules)

    def _rule(self, where: str, headers: Headers, without: Headers) -> str:
        lines = [
            f"  {name}: {value}\n" for name, value in headers if (name, value) not in without and NAME not in value
        ]
        return f"{self._below}{where}\n{''.join(lines)}"

    def _nginx(self) -> str:
        """For a `server` whose `root` is the folder."""
        common = self._common()
        parts = [NGINX, "".join(_add(name, value) for name, value in common)]
        for old, new in sorted(self._moved.items()):
            parts += [f"location = {_quoted(self._below + at)} {{ return 301 {_quoted(self._base + new)}; }}\n"
                      for at in _spellings(old)]  # fmt: skip
        for path in sorted(self._gone):
            page = _quoted(f"{self._below}{path}/index.html")
            parts += [f"location = {_quoted(self._below + at)} {{ error_page 410 {page}; return 410; }}\n"
                      for at in _spellings(path)]  # fmt: skip
        for path in sorted(self._apart.keys() - {*self._gone}):
            headers = self._apart[path]
            parts += [self._location(f"= {_quoted(self._below + at)}", headers) for at in _spellings(path)]
        for kind in sorted(self._kinds()):
            most, others = self._by_kind(kind)
            for (folder, depth), headers in sorted(others.items()):
                inside = "/".join([self._below, *([folder] if folder else []), *["[^/]+"] * (depth - 2)])
                parts.append(self._location(_named(f"^{inside}", kind), headers))
            parts.append(self._location(_named("", kind), most))
        parts.append(self._location(f"{self._below}/", self._by_kind(PAGE)[0]))
        return "".join(parts)

    def _location(self, where: str, headers: Headers) -> str:
        given = dict(headers)
        media = given.pop("Content-Type")
        page = media.startswith("text/html")
        missing = "404.html" if page else "404.txt"
        lines = [
            "types { }\n",
            f"default_type {_quoted(media)};\n",
            *(_add(name, value) for name, value in given.items()),
            f"error_page 404 {self._below}/{missing};\n",
            f"try_files $uri {'$uri/index.html ' if page else ''}=404;\n",
        ]
        if not page:
            allowed = "".join(f"        {_add(name, value)}" for name, value in (*self._common(), *PREFLIGHT))
            lines.append(f"if ($request_method = OPTIONS) {{\n{allowed}        return 204;\n    }}\n")
        return f"location {where} {{\n{''.join(f'    {line}' for line in lines)}}}\n"


NGINX = """\
# For a server of nginx whose root is this folder: include it there. Made by `cecc-feeds export`.
gzip_static on;
gzip_vary on;
# brotli_static on;  # where nginx has ngx_brotli
max_ranges 0;
"""


def _shared(prepared: Prepared, path: PurePosixPath) -> Headers:
    """What an answer has in common with others of its kind."""
    held = [(name, value) for name, value in prepared.forms[PLAIN].head if name.lower() not in OF_ONE]
    own = f'"{path.stem}{path.suffix}"'
    return tuple((name, value.replace(own, f'"{NAME}{path.suffix}"')) for name, value in held)


def _alike(one: Headers, other: Headers) -> bool:
    """Whether two answers are sent with the same, the name of a download left aside."""
    return [pair for pair in one if pair[0] != "Content-Disposition"] == [
        pair for pair in other if pair[0] != "Content-Disposition"
    ]


def _spellings(path: str) -> list[str]:
    """A page's address with and without a slash at its end; a file's as it is."""
    return [path] if path == "/" or PurePosixPath(path).suffix else [path, f"{path}/"]


def _add(name: str, value: str) -> str:
    return f"add_header {name} {_quoted(value.replace(NAME, '$name'))} always;\n"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(folder: str, kind: str) -> str:
    """The location of the files of a kind; their name is what `_add` says for NAME."""
    return f"~ {_quoted(f'{folder}/(?<name>[^/]+)' + kind.replace('.', BACKSLASH + '.') + '$')}"


BACKSLASH = "\\"


def _encoded(path: str) -> str:
    return quote(path)
