"""Run the pretend gateway: `python -m billing.payments.pretend --port 8001`.

It reads GATEWAY_SECRET, BASE_URL (the market) and VAR_DIR (where it remembers) from the environment.
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

from billing.payments.pretend.app import create_pretend
from billing.payments.pretend.courier import Courier, over_http
from billing.payments.pretend.store import Manner, Store


class Quiet(WSGIRequestHandler):
    """Says nothing about every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The market's own log says enough."""


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m billing.payments.pretend", description="The pretend payment gateway.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--late", type=float, default=0.0, metavar="SECONDS", help="send every notification this late")
    parser.add_argument("--copies", type=int, default=1, help="send every notification so many times")
    parser.add_argument("--shuffled", action="store_true", help="send notifications out of order")
    parser.add_argument("--mute", action="store_true", help="send no notification at all")
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    chosen = options()
    missing = [name for name in ("GATEWAY_SECRET", "BASE_URL") if not os.environ.get(name)]
    if missing:
        raise SystemExit("\n".join(f"gateway: {name} is missing" for name in missing))
    secret, base_url = os.environ["GATEWAY_SECRET"], os.environ["BASE_URL"]
    manner = Manner(delay=chosen.late, copies=max(1, chosen.copies), shuffled=chosen.shuffled, mute=chosen.mute)
    store = Store(
        Path(os.environ.get("VAR_DIR") or "var").resolve() / "gateway" / "gateway.sqlite", manner=manner, clock=time.time
    )
    server = make_server(
        chosen.host, chosen.port, create_pretend(store, secret=secret, base_url=base_url), threaded=True, request_handler=Quiet
    )
    stop = threading.Event()
    courier = Courier(store, secret=secret, send=over_http(base_url))
    threading.Thread(target=courier.run, args=(stop,), daemon=True).start()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    print(f"pretend gateway: http://{chosen.host}:{chosen.port}/", flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
