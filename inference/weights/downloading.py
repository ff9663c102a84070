"""Downloads one large file over HTTP, going on where an earlier attempt was cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from inference.weights.errors import ChecksumMismatch, FetchFailed
from inference.weights.store import digest

_TIMEOUT_S = 30.0
_FRUITLESS_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.5


def download(
    url: str, partial: Path, *, bytes: int, sha256: str, moved: Callable[[int], None], pause_s: float = _FIRST_PAUSE_S
) -> None:
    """Fill `partial` until it is the whole file, of `bytes` bytes and with this digest.

    What is there is kept and continued, in this call and in the next. It gives up with `FetchFailed` after four
    attempts in a row that brought nothing. A whole file with another digest is deleted, with `ChecksumMismatch`.
    """
    fruitless = 0
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
        while _size(partial) < bytes:
            before = _size(partial)
            try:
                _continue(client, url, partial, bytes, moved)
                problem = "the connection closed early"
            except httpx.HTTPError as error:
                problem = str(error) or type(error).__name__
            fruitless = 0 if _size(partial) > before else fruitless + 1
            if _size(partial) < bytes and fruitless == _FRUITLESS_ATTEMPTS:
                raise FetchFailed(f"{url} could not be downloaded: {problem}")
            if fruitless:
                time.sleep(pause_s * 2 ** (fruitless - 1))
    actual = digest(partial)
    if actual != sha256:
        partial.unlink()
        raise ChecksumMismatch(url, sha256, actual)


def _continue(client: httpx.Client, url: str, partial: Path, bytes: int, moved: Callable[[int], None]) -> None:
    """One request for the rest. A server that cannot give a part gives the whole, and the file begins anew."""
    start = _size(partial)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code in (404, 410):
            raise FetchFailed(f"{url} is not there any more (HTTP {response.status_code})")
        response.raise_for_status()
        continues = response.status_code == httpx.codes.PARTIAL_CONTENT
        if continues and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            partial.unlink()
            raise FetchFailed(f"{url} answered another part than was asked for")
        done = start if continues else 0
        with partial.open("ab" if continues else "wb") as file:
            # Without a chunk size, which would hold back and lose what came just before the line broke.
            for chunk in response.iter_raw():
                done += len(chunk)
                if done > bytes:
                    file.close()
                    partial.unlink()
                    raise FetchFailed(f"{url} is larger than the {bytes} bytes that were published")
                file.write(chunk)
                moved(done)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
