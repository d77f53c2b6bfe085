"""Carries the gateway's notifications to the market: signed when they leave, tried again until somebody says 200."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from billing.payments import signing
from billing.payments.adapter import HEADER
from billing.payments.pretend.store import Store

TRIES = 10
Send = Callable[[bytes, dict[str, str]], int]


def over_http(base_url: str) -> Send:
    """Send to the market at this address; answers the status, 0 when nobody answers."""
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def send(body: bytes, headers: dict[str, str]) -> int:
        line = kind(parts.hostname or "localhost", parts.port, timeout=5)
        try:
            line.request("POST", "/hooks/payments/pretend", body=body, headers=headers)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    return send


class Courier:
    """Takes what is due from the store and sends it."""

    def __init__(self, store: Store, *, secret: str, send: Send) -> None:
        self._store, self._secret, self._send = store, secret, send

    def round(self) -> int:
        """Send everything that is due now; how many letters the market took."""
        taken = 0
        for number, body, tries in self._store.due_letters():
            raw = body.encode()
            stamp = signing.sign(secret=self._secret, use=signing.NOTIFICATION, body=raw, at=int(self._store.clock()))
            status = self._send(raw, {"Content-Type": "application/json", HEADER: stamp})
            if 200 <= status < 300 or tries + 1 >= TRIES:
                self._store.delivered(number)
                taken += 200 <= status < 300
            else:
                self._store.put_back(number, tries=tries + 1, after=min(60.0, 0.5 * 2**tries))
        return taken

    def run(self, stop: threading.Event, *, every: float = 0.25) -> None:
        """Go round until told to stop."""
        while not stop.is_set():
            try:
                self.round()
            except Exception as trouble:
                print(f"courier: {trouble!r}", flush=True)
                time.sleep(1)
            stop.wait(every)
