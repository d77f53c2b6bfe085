"""Public pictures: named by their content, so that browsers may keep them for ever. What is private is not served here."""

from __future__ import annotations

import re

from flask import Blueprint, Flask, Response, current_app
from flask.typing import ResponseReturnValue

from marketplace.kernel.errors import NotFound
from marketplace.kernel.ports import Storage
from tenants.access.guards import everyone

media = Blueprint("media", __name__)
KEY = re.compile(r"^(?!private/)[a-z0-9][a-z0-9-]*/[0-9a-f]{2}/[0-9a-f]{32}-\d{2,4}\.webp$")


@media.get("/media/<path:key>")
@media.get("/media/<path:key>", subdomain="<store>")
@everyone
def picture(key: str, store: str = "") -> ResponseReturnValue:
    """One copy of a picture, on the market's own host and on every shop's."""
    storage: Storage = current_app.extensions["storage"]
    data = storage.get(key) if KEY.match(key) else None
    if data is None:
        raise NotFound
    answer = Response(data, mimetype="image/webp")
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
