"""The public site: files of one folder, and nothing outside it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
POLICY = (
    "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
ASSETS = ("assets/", "en/assets/")
HOUR = 3600


@lru_cache(maxsize=2048)
def _policy(page: Path, _changed: int) -> str:
    """The page's policy: its own inline scripts by their hash, no others.

    The theme writes small scripts into its pages; a hash lets these in and nothing that was slipped in later
    by the page's address or its text.
    """
    scripts = INLINE_SCRIPT.findall(page.read_bytes())
    hashes = sorted({base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts})
    return POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in hashes))


class _Site(StaticFiles):
    """Static files with `index.html` for folders, the language's own 404 page, no dot-files."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if "\0" in path or any(part.startswith(".") for part in path.split("/") if part != "."):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        if response.status_code == 404 and path.startswith("en/"):
            response = self._english_404() or response
        self._dress(response, path)
        return response

    def _english_404(self) -> FileResponse | None:
        full, stat = self.lookup_path("en/404.html")
        return FileResponse(full, 404, stat_result=stat) if stat else None

    def _dress(self, response: Response, path: str) -> None:
        """Policy and caching; an answer 304 renews both, so it must carry them too."""
        page = self._page(response, path)
        policy = _policy(page, page.stat().st_mtime_ns) if page else POLICY.format(hashes="")
        response.headers["Content-Security-Policy"] = policy
        # The theme's own assets carry a hash in their names; all else is asked for again, cheaply, by ETag.
        kept = f"public, max-age={HOUR}" if path.startswith(ASSETS) else "no-cache"
        response.headers["Cache-Control"] = kept

    def _page(self, response: Response, path: str) -> Path | None:
        if isinstance(response, FileResponse):
            file = Path(response.path)
        else:
            named = Path(str(self.directory)) / path
            file = named / "index.html" if named.is_dir() else named
        return file if file.suffix == ".html" and file.is_file() else None


def public_site(folder: Path) -> ASGIApp:
    """The site's app; compressed, since nothing secret shares an answer with what a visitor sends."""
    return GZipMiddleware(_Site(directory=folder, html=True, check_dir=False), minimum_size=1024)
