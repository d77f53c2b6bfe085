"""Delivery of webhooks to the platform: signed when they are sent, retried until the response has status 2xx."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from billing.payments import signing
from billing.payments.gateways.sandbox import SIGNATURE_HEADER
from billing.payments.sandbox_gateway.store import SandboxStore

MAX_ATTEMPTS = 10
Transport = Callable[[bytes, dict[str, str]], int]


def http_transport(base_url: str) -> Transport:
    """Return a function that posts to the platform and returns the status; 0 if it cannot be reached."""
    parts = urlsplit(base_url)
    connection_class = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(body: bytes, headers: dict[str, str]) -> int:
        connection = connection_class(parts.hostname or "localhost", parts.port, timeout=5)
        try:
            connection.request("POST", "/hooks/payments/pretend", body=body, headers=headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    return send


class WebhookSender:
    """Sends the due webhooks of the store."""

    def __init__(self, store: SandboxStore, *, secret: str, send: Transport) -> None:
        self._store, self._secret, self._send = store, secret, send

    def send_due(self) -> int:
        """Send all due webhooks; return how many were accepted."""
        accepted = 0
        for number, body, attempts in self._store.list_due_webhooks():
            raw = body.encode()
            signature = signing.sign(secret=self._secret, purpose=signing.WEBHOOK, body=raw, timestamp=int(self._store.clock()))
            status = self._send(raw, {"Content-Type": "application/json", SIGNATURE_HEADER: signature})
            if 200 <= status < 300 or attempts + 1 >= MAX_ATTEMPTS:
                self._store.mark_delivered(number)
                accepted += 200 <= status < 300
            else:
                self._store.reschedule(number, attempts=attempts + 1, after=min(60.0, 0.5 * 2**attempts))
        return accepted

    def run(self, stop: threading.Event, *, interval: float = 0.25) -> None:
        """Send due webhooks until the event is set."""
        while not stop.is_set():
            try:
                self.send_due()
            except Exception as exc:
                print(f"webhook sender: {exc!r}", flush=True)
                time.sleep(1)
            stop.wait(interval)
