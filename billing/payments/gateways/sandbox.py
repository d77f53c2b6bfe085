"""Client of the sandbox gateway: signed HTTP requests with idempotency keys and a timeout of 15 seconds."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from billing.payments import signing
from billing.payments.gateway import (
    GatewayPayment,
    GatewayRefund,
    GatewayRejected,
    GatewayStatus,
    PaymentRequest,
    WebhookNotification,
)
from marketplace.kernel.errors import ServiceUnavailable
from marketplace.kernel.money import Money

CONNECT_SECONDS, READ_SECONDS = 5, 10
SIGNATURE_HEADER = "Gateway-Signature"
ACCOUNT, MODE = "jishi", "sandbox"
EVENT_TYPES = frozenset({"payment.paid", "payment.pending", "payment.declined", "payment.expired", "payment.refunded"})


class SandboxGateway:
    """The sandbox gateway, which runs in its own process and fails in the ways of a real one."""

    name = "sandbox"

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "localhost", parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = parts.scheme == "https"
        self._secret = secret

    def create(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """Create a payment."""
        return _parse_payment(self._call("POST", "/v1/payments", key=key, body=_payment_params(request)))

    def fetch(self, gateway_id: str) -> GatewayPayment:
        """Return the payment as it is now."""
        return _parse_payment(self._call("GET", f"/v1/payments/{quote(gateway_id, safe='')}"))

    def expire(self, gateway_id: str, *, key: str) -> GatewayPayment:
        """Close an unpaid payment."""
        return _parse_payment(self._call("POST", f"/v1/payments/{quote(gateway_id, safe='')}/expire", key=key, body={}))

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> GatewayRefund:
        """Refund a part of a payment."""
        body = {"client_id": client_id, "amount": amount.minor, "currency": amount.currency}
        return _parse_refund(self._call("POST", f"/v1/payments/{quote(gateway_id, safe='')}/refunds", key=key, body=body))

    def list_refunds(self, gateway_id: str) -> Sequence[GatewayRefund]:
        """Return the refunds of a payment."""
        payload = self._call("GET", f"/v1/payments/{quote(gateway_id, safe='')}/refunds")
        return [_parse_refund(item) for item in payload["refunds"]]

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], *, now: int) -> WebhookNotification | None:
        """Verify signature and time of a webhook, then check that it belongs to this account."""
        signing.verify(
            header=headers.get(SIGNATURE_HEADER, ""), secret=self._secret, purpose=signing.WEBHOOK, body=body, now=now
        )
        try:
            payload = json.loads(body)
            is_for_this_account = payload["account"] == ACCOUNT and payload["mode"] == MODE
            notification = WebhookNotification(
                id=payload["id"], kind=payload["type"], gateway_id=payload["data"]["id"], client_id=payload["data"]["client_id"]
            )
        except (ValueError, KeyError, TypeError):
            raise signing.InvalidSignature("the signed body is malformed") from None
        fields = (notification.id, notification.kind, notification.gateway_id, notification.client_id)
        if not all(isinstance(field, str) and 0 < len(field) <= 100 for field in fields):
            raise signing.InvalidSignature("the signed body is malformed")
        return notification if is_for_this_account and notification.kind in EVENT_TYPES else None

    def _call(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> Any:
        raw = json.dumps(body).encode() if body is not None else b""
        signed = f"{method} {path} {key}\n".encode() + raw
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signing.sign(
                secret=self._secret, purpose=signing.API_REQUEST, body=signed, timestamp=int(time.time())
            ),
        }
        if key:
            headers["Idempotency-Key"] = key
        status, response_body = self._send(method, path, raw, headers)
        if status >= 500 or status in (408, 409, 429):
            raise ServiceUnavailable
        try:
            payload = json.loads(response_body)
        except ValueError:
            raise ServiceUnavailable from None
        if status >= 400:
            raise GatewayRejected(str(payload.get("error", status)))
        return payload

    def _send(self, method: str, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection_class = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        connection = connection_class(self._host, self._port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(READ_SECONDS)
            connection.request(method, path, body=raw or None, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(1_000_000)
        except (OSError, http.client.HTTPException):
            raise ServiceUnavailable from None
        finally:
            connection.close()


def _payment_params(request: PaymentRequest) -> dict[str, Any]:
    return {
        "client_id": request.client_id,
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "description": request.description,
        "return_url": request.return_url,
        "locale": request.locale,
    }


def _parse_payment(payload: Any) -> GatewayPayment:
    return GatewayPayment(
        id=payload["id"],
        client_id=payload["client_id"],
        status=GatewayStatus(payload["status"]),
        amount=Money(payload["amount"], payload["currency"]),
        refunded=Money(payload["refunded"], payload["currency"]),
        pay_url=payload["pay_url"],
        failure=payload["failure"],
    )


def _parse_refund(payload: Any) -> GatewayRefund:
    return GatewayRefund(id=payload["id"], client_id=payload["client_id"], amount=Money(payload["amount"], payload["currency"]))
