"""Webhook endpoint of the gateway: verify, store and answer; processing comes later."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from billing.payments import services
from billing.payments.signing import InvalidSignature
from tenants.access.decorators import signed_webhook

hooks = Blueprint("payments", __name__, url_prefix="/payments")
MAX_BODY_BYTES = 256 * 1024


@hooks.post("/pretend")
@signed_webhook
def sandbox_webhook() -> ResponseReturnValue:
    """Receive one webhook of the sandbox gateway."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return "too large", 413
    body = request.get_data(cache=False)
    try:
        services.receive_webhook(body=body, headers=dict(request.headers))
    except InvalidSignature:
        return "bad signature", 400
    return "", 200
