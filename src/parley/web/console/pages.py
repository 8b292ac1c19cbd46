"""The built console as files, and the headers that every answer of the operator's side has.

The files are part of the package; an attacker who can write them owns every console.
Sources: W3C CSP 3, Fetch Metadata, RFC 9110 (ETag, If-None-Match), RFC 8246 (immutable).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

SITE = Path(__file__).parent / "site"
INDEX = "index.html"

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self' blob:;"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
_CSP_OF_DOCUMENTS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; sandbox"
)
"""Of HTML that the API makes: it has its styles inside, and no script."""

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
)

_KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".pbf": "application/x-protobuf",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
}
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._ ,-]{0,120}")
_NOT_BUILT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Parley</title>"
    "<p>The console is not built: make console"
)


def with_headers(headers: list[tuple[bytes, bytes]], path: str) -> list[tuple[bytes, bytes]]:
    """An answer's headers and what they lack of ours."""
    has = {name for name, _ in headers}
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    document = kind.startswith(b"text/html") and not path.startswith("/console")
    policy = _CSP_OF_DOCUMENTS if document else _CSP
    ours = [*HEADERS, (b"content-security-policy", policy.encode())]
    if path.startswith("/v1"):
        ours.append((b"cache-control", b"no-store"))
    return [*headers, *(row for row in ours if row[0] not in has)]


def router(site: Path | None = None) -> APIRouter:
    """``/`` and ``/console/``; in no OpenAPI."""
    made = APIRouter(include_in_schema=False)
    shelf = Shelf(site or SITE)

    @made.get("/")
    @made.get("/console")
    async def front() -> Response:
        return RedirectResponse("/console/", 307)

    @made.get("/console/{path:path}")
    async def page(path: str, request: Request) -> Response:
        return await asyncio.to_thread(shelf.answer, path, request.headers.get("if-none-match"))

    return made


class Shelf:
    """The files below one folder, and nothing else. Reads the disk: in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tags: dict[Path, tuple[int, int, str]] = {}

    def answer(self, path: str, known: str | None) -> Response:
        name = path or INDEX
        found = self._file(name)
        if found is None:
            if name == INDEX:
                return Response(_NOT_BUILT, 503, media_type="text/html; charset=utf-8")
            return Response("no such file", 404, media_type="text/plain; charset=utf-8")
        data = found.read_bytes()
        tag = self._tag(found, data)
        headers = {"etag": tag, "cache-control": _caching(name)}
        if known is not None and tag in (part.strip() for part in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type=_KINDS[found.suffix])

    def _file(self, name: str) -> Path | None:
        """The file of that name; None: none of ours, whatever stands on the disk."""
        if not all(_PART.fullmatch(part) for part in name.split("/")):
            return None
        found = self._root / name
        if found.suffix not in _KINDS or not found.is_file():
            return None
        return found if found.resolve().is_relative_to(self._root.resolve()) else None

    def _tag(self, found: Path, data: bytes) -> str:
        stat = found.stat()
        mtime_ns, size, tag = self._tags.get(found, (0, -1, ""))
        if (mtime_ns, size) != (stat.st_mtime_ns, len(data)):
            tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
            self._tags[found] = stat.st_mtime_ns, len(data), tag
        return tag


def _caching(name: str) -> str:
    if name == INDEX:
        return "no-store"
    if name.startswith("assets/"):
        return "private, max-age=31536000, immutable"
    return "private, no-cache"
