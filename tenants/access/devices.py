"""Browsers that we know: a signed word left at a sign-in, so that strangers who guess cannot lock their owner out.

It opens nothing; it only says by which count the tries of this browser are limited.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from marketplace.kernel.ids import secret_word

YEAR = 365 * 86400


def known() -> tuple[str, UUID] | None:
    """(the browser's own word, whose it is), if the cookie is ours and less than a year old."""
    try:
        word, account = _signer().loads(request.cookies.get(_name(), ""), max_age=YEAR)
        return str(word), UUID(account)
    except (BadSignature, ValueError, TypeError):
        return None


def remember(response: Response, account_id: UUID) -> Response:
    """Know this browser from now on."""
    settings = current_app.config["SETTINGS"]
    value = _signer().dumps([secret_word(12), str(account_id)])
    response.set_cookie(_name(), value, max_age=YEAR, path="/", secure=settings.secure, httponly=True, samesite="Lax")
    return response


def _name() -> str:
    return "__Host-device" if current_app.config["SETTINGS"].secure else "device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SETTINGS"].secret_key, salt="known device")
