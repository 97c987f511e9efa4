"""What hosts are told: headers, redirects and states as the application sends them."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cecc_feeds.web.filed import asked
from tests.export import said_statically
from tests.service import BASE_URL, Service


def test_the_header_file_says_of_each_address_what_the_application_sends(service: Service, folder: Path) -> None:
    rules = dict[str, dict[str, str]]()
    for line in folder.joinpath("_headers").read_text().splitlines():
        if line.startswith("/"):
            rules[line] = given = {}
        elif line:
            name, _, value = line.strip().partition(": ")
            given[name] = value
    for path in (
        "/events.ics",
        "/items.atom",
        "/types/hearing.rss",
        "/items/hearing-1/",
        "/",
        "/changes",
        "/items.csv",
    ):
        given = dict[str, str]()
        for pattern, headers in rules.items():
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), path):
                assert not given.keys() & headers.keys(), (path, pattern)
                given |= headers
        sent = service.get(path).headers
        assert given == {name: sent[name] for name in given}
        assert {"Content-Type", "Cache-Control", "Content-Security-Policy"} <= given.keys()
    assert len(rules) < 100  # as many as Cloudflare Pages reads


def test_old_names_lead_to_the_new_ones_and_hold_the_same(service: Service, folder: Path) -> None:
    lines = folder.joinpath("_redirects").read_text().splitlines()
    assert f"/topics/tibet.ics {BASE_URL}/topics/tibetans.ics 301" in lines
    assert (folder / "topics/tibet.ics").read_bytes() == (folder / "topics/tibetans.ics").read_bytes()


@pytest.fixture(scope="module")
def nginx(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx over the export, with the file that it holds for it; its address."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("no nginx on this machine")
    own = tmp_path_factory.mktemp("nginx")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    own_user = "user root; " if os.geteuid() == 0 else ""  # else its workers are nobody, who may not see the folder
    temporary = "".join(
        f"{kind}_temp_path {own}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own.joinpath("nginx.conf").write_text(
        f"{own_user}daemon off; pid {own}/pid; error_log {own}/log; events {{}} http {{ access_log off; {temporary}"
        f" server {{ listen 127.0.0.1:{port}; root {folder}; include {folder}/nginx.conf; }} }}"
    )
    given = [program, "-p", str(own), "-e", str(own / "log"), "-c", str(own / "nginx.conf")]
    tried = subprocess.run([*given, "-t", "-q"], capture_output=True, text=True)
    assert (tried.returncode, tried.stderr) == (0, "")
    running = subprocess.Popen(given)
    try:
        _await_port(port)
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def _await_port(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


def ask(host: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(host)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


OF_NGINX = {"Server", "Date", "Connection", "Content-Length", "ETag", "Last-Modified", "Vary", "Content-Encoding"}
OF_OURS = {"Content-Length", "ETag", "Last-Modified", "Vary", "Link", "Accept-Ranges"}
LIKE_OURS = (
    "/", "/items", "/items/", "/items/page/2", "/items.atom", "/items/page/2.atom", "/items/archive/2020-01.json",
    "/items.json", "/items.csv", "/items.rss", "/events.ics", "/items/hearing-1", "/items/hearing-1.ics",
    "/items/hearing-1.json", "/items/odd.id_1.ics", "/items/hearing-30", "/schema/item.json", "/static/style.css?v=1",
    "/robots.txt", "/nothing", "/nothing/", "/nothing.ics", "/items/nothing.json", "/types/%E5%88%86%E6%9E%90",
)  # fmt: skip


@pytest.mark.parametrize("path", LIKE_OURS)
def test_nginx_answers_as_the_application_does(service: Service, folder: Path, nginx: str, path: str) -> None:
    live = service.get(asked(path))
    status, headers, body = ask(nginx, path)
    assert status == live.status
    assert {name: value for name, value in headers.items() if name not in OF_NGINX} == {
        name: value for name, value in live.headers.items() if name not in OF_OURS
    }
    assert status == 404 or body.decode() == said_statically(live.text)


def test_nginx_sends_what_lies_beside_and_revalidates_it(folder: Path, nginx: str) -> None:
    status, headers, body = ask(nginx, "/events.ics", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (200, "gzip", "Accept-Encoding")
    assert body == folder.joinpath("events.ics.gz").read_bytes()
    for known in ({"If_None_Match": headers["ETag"]}, {"If_Modified_Since": headers["Last-Modified"]}):
        status, again, body = ask(nginx, "/events.ics", Accept_Encoding="gzip", **known)
        assert (status, body, again["Access-Control-Allow-Origin"]) == (304, b"", "*")
    assert again["Cache-Control"] == headers["Cache-Control"]


def test_nginx_leads_on_from_old_names_and_answers_a_preflight(service: Service, nginx: str) -> None:
    for path in ("/topics/tibet.ics", "/topics/tibet", "/topics/tibet/"):
        status, headers, _ = ask(nginx, path)
        assert (status, headers["Location"]) == (301, service.get(path.rstrip("/"))["Location"])
    status, headers, body = ask(nginx, "/events.ics", "OPTIONS")
    live = service.get("/events.ics", method="OPTIONS")
    assert (status, body) == (live.status, b"")
    names = {"Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Allow-Origin"}
    assert {name: headers[name] for name in names} == {name: live[name] for name in names}
