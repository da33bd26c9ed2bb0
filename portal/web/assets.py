"""Static files under addresses that change with their content, so that browsers keep them."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

VERSION_CHARS = 10


@lru_cache(maxsize=512)
def _version(path: str, _changed_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:VERSION_CHARS]


def init_app(app: Flask) -> None:
    """Add `?v=` to every static address, and let an address that carries it be kept for a year."""
    root = Path(app.static_folder or "static")

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            file = root / values.get("filename", "")
            if file.is_file():
                values["v"] = _version(str(file), file.stat().st_mtime_ns)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
