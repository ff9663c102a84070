"""The files that pages load, under a URL that changes with their content, so that no browser ever asks twice."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from adapters.http.operation import public
from adapters.http.problem_document import HttpProblem, ProblemFacts

_HERE = Path(__file__).parent
_FOLDERS = {"": _HERE / "static", "dashboard/": _HERE / "dashboard" / "static", "phone/": _HERE / "phone" / "static"}
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_FOR_EVER = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and the same compressed once for all who can read that."""

    media_type: str
    content: bytes
    compressed: bytes


class Assets(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is a digest of every file: modules import one another by relative paths, so they change together."""

    version: str
    files: dict[str, Asset]

    def url(self, name: str) -> str:
        """Raises KeyError where no such file exists, so that a page with a dead link is never served."""
        return f"/static/{self.version}/{name}" if self.files[name] else ""


@cache
def assets() -> Assets:
    files = {
        prefix + path.relative_to(folder).as_posix(): _read(path)
        for prefix, folder in _FOLDERS.items()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _MEDIA_TYPES
    }
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
    return Assets(version=digest.hexdigest()[:16], files=files)


@get("/static/{version:str}/{name:path}", opt=public(problems=("not-found",)), include_in_schema=False)
async def static_file(
    request: Request[object, object, State], version: FromPath[str], name: FromPath[Path]
) -> Response[bytes]:
    """A page of an older version asks for older files: they are gone, and a reload brings the new page."""
    asset = assets().files.get(name.as_posix().lstrip("/"))
    if asset is None or version != assets().version:
        raise HttpProblem(ProblemFacts(code="not-found", detail="there is no such file in this version"))
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.compressed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(media_type=_MEDIA_TYPES[path.suffix], content=content, compressed=gzip.compress(content, 9, mtime=0))
