"""Delivery of public pictures and videos, whose content-addressed names browsers may cache forever."""

from __future__ import annotations

import os
import re

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from marketplace.kernel.errors import NotFound
from marketplace.kernel.ports import Storage
from tenants.access.decorators import public

media = Blueprint("media", __name__)
MEDIA_KEY_PATTERN = re.compile(r"^(?!private/)[a-z0-9][a-z0-9-]*/[0-9a-f]{2}/[0-9a-f]{32}(?:-\d{2,4}\.webp|\.mp4|\.webm)$")


@media.get("/media/<path:key>")
@media.get("/media/<path:key>", subdomain="<store>")
@public
def picture(key: str, store: str = "") -> ResponseReturnValue:
    """Serve a rendition of a picture, or a video, on the main host and on the subdomains of shops."""
    storage: Storage = current_app.extensions["storage"]
    if not MEDIA_KEY_PATTERN.match(key):
        raise NotFound
    if not key.endswith(".webp"):
        return _video_response(storage, key)
    data = storage.get(key)
    if data is None:
        raise NotFound
    return _cache_immutable(Response(data, mimetype="image/webp"))


def _video_response(storage: Storage, key: str) -> Response:
    """Serve a video with support for range requests, without which some players play nothing."""
    file = storage.open(key)
    if file is None:
        raise NotFound
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    mimetype = f"video/{key.rpartition('.')[2]}"
    response = Response(wrap_file(request.environ, file, 2**16), mimetype=mimetype, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = size
    response.set_etag(key.rpartition("/")[2].partition(".")[0])
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"})
    return _cache_immutable(response)


def _cache_immutable(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@media.get("/static/<path:filename>", subdomain="<store>")
@public
def static_on_subdomain(filename: str, store: str) -> ResponseReturnValue:
    """Serve static files on shop subdomains too, because the content security policy restricts pages to their own host."""
    return current_app.send_static_file(filename)


def init_app(app: Flask) -> None:
    """Register the media routes."""
    app.register_blueprint(media)
