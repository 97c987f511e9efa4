"""Servers: ours as its command starts it, nginx over files, and the libraries under the same server.

Its one rule: one worker process each, on 127.0.0.1, with keep-alive and without an access log.
"""

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import Trouble
from benchmarks.machine import ROOT, program
from benchmarks.processes import running
from benchmarks.stores import Store, environment

NGINX = """\
{user}worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  gzip_static on;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{
    application/atom+xml atom;
    application/rss+xml rss;
    application/feed+json json;
    text/calendar ics;
  }}
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""
"""`gzip_static` acts only where gzip is asked for; `keepalive_requests` is a thousand else, which costs it a little."""


@dataclass(frozen=True, slots=True)
class Server:
    """Something that listens."""

    port: int
    pid: int


class Ports:
    """Free ports of a range, each given out once, from its beginning again where none is left."""

    def __init__(self, first: int, count: int) -> None:
        self._range = range(first, first + count)
        self._next = 0

    def free(self) -> int:
        for _ in self._range:
            port = self._range[self._next % len(self._range)]
            self._next += 1
            with socket.socket() as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    tried.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
        raise Trouble(f"no port is free from {self._range[0]} to {self._range[-1]}; --port takes another beginning")


@contextmanager
def ours(store: Store, port: int, folder: Path, *, workers: int = 1, prefix: Sequence[str] = ()) -> Iterator[Server]:
    """`cecc-feeds serve`; it neither imports nor follows: the store is changed from outside."""
    command = [sys.executable, "-m", "cecc_feeds.cli", "serve", "--no-import"]
    command += ["--port", str(port), "--workers", str(workers)]
    log = folder / f"serve-{port}.log"
    with running([*prefix, *command], log, port=port, environment=environment(store)) as pid:
        yield Server(port, pid)


@contextmanager
def nginx(port: int, folder: Path) -> Iterator[Server]:
    """nginx with one worker over `folder`/files."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    user = "user root;\n" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(user=user, folder=folder, port=port), encoding="utf-8")
    log = folder / "nginx-start.log"
    with running([str(program("nginx")), "-p", str(folder), "-c", str(config)], log, port=port) as pid:
        yield Server(port, pid)


@contextmanager
def libraries(values: Path, port: int, folder: Path) -> Iterator[Server]:
    """Flask with icalendar and feedgen, building each answer from `values`, under the server of ours."""
    command = [sys.executable, "-m", "benchmarks.library", str(port), str(values)]
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))}
    with running(command, folder / f"library-{port}.log", port=port, environment=given) as pid:
        yield Server(port, pid)
