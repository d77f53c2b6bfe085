"""Speaks to the pretend gateway over HTTP: signed, with a key for every change, and never for longer than 15 seconds."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from billing.payments import signing
from billing.payments.gateway import GatewayRefused, Notification, Remote, RemoteRefund, Request, Standing
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.money import Money

CONNECT_SECONDS, READ_SECONDS = 5, 10
HEADER = "Gateway-Signature"
ACCOUNT, MODE = "jishi", "pretend"
KINDS = frozenset({"payment.paid", "payment.pending", "payment.declined", "payment.expired", "payment.refunded"})


class PretendGateway:
    """The hosted page of our own, behind its own process: everything a real gateway does, and every way it fails."""

    name = "pretend"

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "localhost", parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = parts.scheme == "https"
        self._secret = secret

    def create(self, request: Request, *, key: str) -> Remote:
        """Open a payment."""
        return _remote(self._ask("POST", "/v1/payments", key=key, body=_asked(request)))

    def fetch(self, gateway_id: str) -> Remote:
        """How a payment stands now."""
        return _remote(self._ask("GET", f"/v1/payments/{quote(gateway_id, safe='')}"))

    def expire(self, gateway_id: str, *, key: str) -> Remote:
        """Close a payment that nobody has made."""
        return _remote(self._ask("POST", f"/v1/payments/{quote(gateway_id, safe='')}/expire", key=key, body={}))

    def refund(self, gateway_id: str, *, client_id: str, amount: Money, key: str) -> RemoteRefund:
        """Send part of a payment back."""
        body = {"client_id": client_id, "amount": amount.minor, "currency": amount.currency}
        return _remote_refund(self._ask("POST", f"/v1/payments/{quote(gateway_id, safe='')}/refunds", key=key, body=body))

    def refunds(self, gateway_id: str) -> Sequence[RemoteRefund]:
        """What was sent back of a payment."""
        answer = self._ask("GET", f"/v1/payments/{quote(gateway_id, safe='')}/refunds")
        return [_remote_refund(one) for one in answer["refunds"]]

    def read(self, body: bytes, headers: Mapping[str, str], *, now: int) -> Notification | None:
        """Read a notification: signature and time first, then whether it is about us."""
        signing.verify(header=headers.get(HEADER, ""), secret=self._secret, use=signing.NOTIFICATION, body=body, now=now)
        try:
            said = json.loads(body)
            ours = said["account"] == ACCOUNT and said["mode"] == MODE
            letter = Notification(
                id=said["id"], kind=said["type"], gateway_id=said["data"]["id"], client_id=said["data"]["client_id"]
            )
        except (ValueError, KeyError, TypeError):
            raise signing.BadSignature("a signed letter that makes no sense") from None
        words = (letter.id, letter.kind, letter.gateway_id, letter.client_id)
        if not all(isinstance(word, str) and 0 < len(word) <= 100 for word in words):
            raise signing.BadSignature("a signed letter that makes no sense")
        return letter if ours and letter.kind in KINDS else None

    def _ask(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> Any:
        raw = json.dumps(body).encode() if body is not None else b""
        signed = f"{method} {path} {key}\n".encode() + raw
        headers = {
            "Content-Type": "application/json",
            HEADER: signing.sign(secret=self._secret, use=signing.QUESTION, body=signed, at=int(time.time())),
        }
        if key:
            headers["Idempotency-Key"] = key
        status, answer = self._send(method, path, raw, headers)
        if status >= 500 or status in (408, 409, 429):
            raise Unavailable
        try:
            said = json.loads(answer)
        except ValueError:
            raise Unavailable from None
        if status >= 400:
            raise GatewayRefused(str(said.get("error", status)))
        return said

    def _send(self, method: str, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        line = kind(self._host, self._port, timeout=CONNECT_SECONDS)
        try:
            line.connect()
            line.sock.settimeout(READ_SECONDS)
            line.request(method, path, body=raw or None, headers=headers)
            answer = line.getresponse()
            return answer.status, answer.read(1_000_000)
        except (OSError, http.client.HTTPException):
            raise Unavailable from None
        finally:
            line.close()


def _asked(request: Request) -> dict[str, Any]:
    return {
        "client_id": request.client_id,
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "description": request.description,
        "return_url": request.return_url,
        "locale": request.locale,
    }


def _remote(said: Any) -> Remote:
    return Remote(
        id=said["id"],
        client_id=said["client_id"],
        standing=Standing(said["standing"]),
        amount=Money(said["amount"], said["currency"]),
        refunded=Money(said["refunded"], said["currency"]),
        pay_url=said["pay_url"],
        failure=said["failure"],
    )


def _remote_refund(said: Any) -> RemoteRefund:
    return RemoteRefund(id=said["id"], client_id=said["client_id"], amount=Money(said["amount"], said["currency"]))
