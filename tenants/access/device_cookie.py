"""Signed device cookie, set at a login, that marks a browser as known to an account.

It grants no access. It only selects the counter by which login attempts are limited: attempts from a known device count
against that device alone, so that strangers who guess passwords cannot lock the owner out.
"""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from marketplace.kernel.ids import random_token

ONE_YEAR_S = 365 * 86400


def read_device_cookie() -> tuple[str, UUID] | None:
    """Return (device id, account id) if the cookie has our signature and is less than a year old."""
    try:
        device_id, account_id = _signer().loads(request.cookies.get(_cookie_name(), ""), max_age=ONE_YEAR_S)
        return str(device_id), UUID(account_id)
    except (BadSignature, ValueError, TypeError):
        return None


def set_device_cookie(response: Response, account_id: UUID) -> Response:
    """Mark this browser as a known device of the account."""
    settings = current_app.config["SETTINGS"]
    value = _signer().dumps([random_token(12), str(account_id)])
    response.set_cookie(
        _cookie_name(), value, max_age=ONE_YEAR_S, path="/", secure=settings.secure, httponly=True, samesite="Lax"
    )
    return response


def _cookie_name() -> str:
    return "__Host-device" if current_app.config["SETTINGS"].secure else "device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SETTINGS"].secret_key, salt="known device")
