"""Where the gateway writes to: verify, store, answer; handling comes after."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from billing.payments import services
from billing.payments.signing import BadSignature
from tenants.access.guards import machine

hooks = Blueprint("payments", __name__, url_prefix="/payments")
LARGEST = 256 * 1024


@hooks.post("/pretend")
@machine
def pretend() -> ResponseReturnValue:
    """One notification of the gateway."""
    if (request.content_length or 0) > LARGEST:
        return "too large", 413
    body = request.get_data(cache=False)
    try:
        services.receive(body=body, headers=dict(request.headers))
    except BadSignature:
        return "bad signature", 400
    return "", 200
