"""What pages are drawn with: the stylesheet, the scripts, and the libraries beside them.

They are read once and sent compressed. Their address has the fingerprint of all of them in it, so
that browsers keep them for ever and see a change at once.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.addresses import ASSETS
from api.problems import not_found

FOLDER = Path(__file__).parent / "assets"
TYPES = (".css", ".js", ".svg", ".png", ".ico", ".webmanifest")
THEME = "theme.css"
"""What the marketplace's own stylesheet is called, wherever it is kept."""

_FOR_EVER = "public, max-age=31536000, immutable"
_LEAST_COMPRESSED = 500


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    media_type: str


class Assets:
    """The files by their names, and the fingerprint of all of them."""

    def __init__(self, theme: Path | None = None) -> None:
        self._files = dict(_files())
        if theme is not None:
            self._files[THEME] = _asset(theme)
        whole = hashlib.sha256()
        for name, asset in sorted(self._files.items()):
            whole.update(name.encode() + asset.content)
        self.version = whole.hexdigest()[:12]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def address(self, name: str) -> str:
        """Return where a file is.

        Raises:
            KeyError: there is none of this name.
        """
        if name not in self._files:
            raise KeyError(name)
        return f"{ASSETS}{self.version}/{name}"

    def answer(self, name: str, *, compressed: bool) -> Response:
        """Return a file.

        Raises:
            Problem: there is none of this name.
        """
        asset = self._files.get(name)
        if asset is None:
            raise not_found("file")
        headers = {
            "Cache-Control": _FOR_EVER,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if compressed and len(asset.content) >= _LEAST_COMPRESSED:
            headers["Content-Encoding"] = "gzip"
            return Response(asset.compressed, 200, headers, asset.media_type)
        return Response(asset.content, 200, headers, asset.media_type)


@cache
def _files() -> tuple[tuple[str, Asset], ...]:
    found = (path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES)
    return tuple((path.relative_to(FOLDER).as_posix(), _asset(path)) for path in found)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Asset(content, gzip.compress(content, 9, mtime=0), kind)


def takes_gzip(request: Request) -> bool:
    """Return whether a browser reads compressed answers."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


router = APIRouter(include_in_schema=False)


@router.get(ASSETS + "{version}/{name:path}")
async def asset(request: Request, name: str) -> Response:
    """Return a file; one of another version too, while a page from before is still open."""
    assets: Assets = request.app.state.assets
    return assets.answer(name, compressed=takes_gzip(request))
