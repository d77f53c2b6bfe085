"""Public pictures and videos, named by their content: browsers may keep them for ever. What is private is not served here."""

from __future__ import annotations

import os
import re

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from marketplace.kernel.errors import NotFound
from marketplace.kernel.ports import Storage
from tenants.access.guards import everyone

media = Blueprint("media", __name__)
KEY = re.compile(r"^(?!private/)[a-z0-9][a-z0-9-]*/[0-9a-f]{2}/[0-9a-f]{32}(?:-\d{2,4}\.webp|\.mp4|\.webm)$")


@media.get("/media/<path:key>")
@media.get("/media/<path:key>", subdomain="<store>")
@everyone
def picture(key: str, store: str = "") -> ResponseReturnValue:
    """One copy of a picture, or a video, on the market's own host and on every shop's."""
    storage: Storage = current_app.extensions["storage"]
    if not KEY.match(key):
        raise NotFound
    if not key.endswith(".webp"):
        return _video(storage, key)
    data = storage.get(key)
    if data is None:
        raise NotFound
    return _for_ever(Response(data, mimetype="image/webp"))


def _video(storage: Storage, key: str) -> Response:
    """In parts, as players ask for it: some play nothing from a server that does not know ranges."""
    file = storage.open(key)
    if file is None:
        raise NotFound
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    kind = f"video/{key.rpartition('.')[2]}"
    answer = Response(wrap_file(request.environ, file, 2**16), mimetype=kind, direct_passthrough=True)
    answer.call_on_close(file.close)
    answer.content_length = size
    answer.set_etag(key.rpartition("/")[2].partition(".")[0])
    try:
        answer.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"})
    return _for_ever(answer)


def _for_ever(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@media.get("/static/<path:filename>", subdomain="<store>")
@everyone
def static_in_shop(filename: str, store: str) -> ResponseReturnValue:
    """The face's own files, on a shop's host too: the content policy lets a page load from its own host only."""
    return current_app.send_static_file(filename)


def init(app: Flask) -> None:
    """Open the address."""
    app.register_blueprint(media)
