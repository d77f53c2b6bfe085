"""Run the sandbox gateway: `python -m billing.payments.sandbox_gateway --port 8001`.

Reads GATEWAY_SECRET, BASE_URL (of the platform) and VAR_DIR (for its database) from the environment.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from billing.payments.sandbox_gateway.app import create_sandbox_app
from billing.payments.sandbox_gateway.store import DeliveryOptions, SandboxStore
from billing.payments.sandbox_gateway.webhook_sender import WebhookSender, http_transport


class QuietHandler(WSGIRequestHandler):
    """A request handler without access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the platform's own log has every request."""


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m billing.payments.sandbox_gateway", description="The sandbox payment gateway."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="send every webhook this late")
    parser.add_argument("--copies", type=int, default=1, help="send every webhook so many times")
    parser.add_argument("--shuffled", action="store_true", help="send webhooks out of order")
    parser.add_argument("--mute", action="store_true", help="send no webhooks")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    args = parse_args()
    missing_variables = [name for name in ("GATEWAY_SECRET", "BASE_URL") if not os.environ.get(name)]
    if missing_variables:
        raise SystemExit("\n".join(f"gateway: {name} is missing" for name in missing_variables))
    secret, base_url = os.environ["GATEWAY_SECRET"], os.environ["BASE_URL"]
    delivery = DeliveryOptions(delay=args.delay, copies=max(1, args.copies), shuffled=args.shuffled, mute=args.mute)
    store = SandboxStore(
        Path(os.environ.get("VAR_DIR") or "var").resolve() / "gateway" / "gateway.sqlite", delivery=delivery, clock=time.time
    )
    server = make_server(
        args.host,
        args.port,
        create_sandbox_app(store, secret=secret, base_url=base_url),
        threaded=True,
        request_handler=QuietHandler,
    )
    stop = threading.Event()
    sender = WebhookSender(store, secret=secret, send=http_transport(base_url))
    threading.Thread(target=sender.run, args=(stop,), daemon=True).start()

    def handle_stop_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, handle_stop_signal)
    signal.signal(signal.SIGINT, handle_stop_signal)
    print(f"sandbox gateway: http://{args.host}:{args.port}/", flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
