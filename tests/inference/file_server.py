"""A web server on this machine that gives one file, as well or as badly as a test needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Gives `content` at `/file` and sends `/moved` there. `requested` lists the Range header of every request.

    `cuts`: for each request in turn, after how many bytes the connection is closed. `ranges`: whether it can give a
    part. `stall`: set while it shall wait in the middle of an answer.
    """

    def __init__(self, content: bytes, *, cuts: list[int], ranges: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.cuts = cuts
        self.ranges = ranges
        self.requested: list[str | None] = []
        self.stalled = threading.Event()
        self.release = threading.Event()
        self.release.set()

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
            return
        wanted = self.headers.get("Range")
        self.server.requested.append(wanted)
        if self.path != "/file":
            self.send_error(404)
            return
        self._give(int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else None)

    def _give(self, start: int | None) -> None:
        content = self.server.content
        body = content[start or 0 :]
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(body)
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if not self.server.release.is_set():
            self.server.stalled.set()
            self.server.release.wait(30)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@contextmanager
def serving(content: bytes, *, cuts: list[int] | None = None, ranges: bool = True) -> Iterator[FileServer]:
    server = FileServer(content, cuts=cuts or [], ranges=ranges)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
