"""Storage of the sandbox gateway: payments, refunds and pending webhooks in one SQLite file."""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from billing.payments.gateways.sandbox import ACCOUNT, MODE

OPEN_SECONDS = 30 * 60
SHUFFLE_SECONDS = 3.0
SCHEMA = """
create table if not exists payments (
    id text primary key, client_id text not null unique, key text not null unique, params text not null,
    amount integer not null check (amount > 0), currency text not null, description text not null,
    return_url text not null, locale text not null, status text not null, failure text not null default '',
    refunded integer not null default 0 check (refunded between 0 and amount),
    created_at real not null, paid_at real, method text not null default '', delivery text not null default '{}');
create table if not exists refunds (
    id text primary key, payment_id text not null references payments, client_id text not null,
    key text not null unique, params text not null, amount integer not null check (amount > 0), currency text not null);
create table if not exists deliveries (
    number integer primary key, body text not null, due_at real not null, attempts integer not null default 0);
create index if not exists deliveries_due on deliveries (due_at);
"""


class RequestRejected(Exception):
    """The gateway rejects the request; `code` is the reason for API clients."""

    def __init__(self, code: str, status: int = 422) -> None:
        self.code, self.status = code, status
        super().__init__(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """The delivery of webhooks: delay in seconds, number of copies, shuffled order, or none at all."""

    delay: float = 0.0
    copies: int = 1
    shuffled: bool = False
    mute: bool = False

    def to_json(self) -> str:
        """Return the options as JSON, for the payment's row."""
        options = {"delay": self.delay, "copies": self.copies, "shuffled": self.shuffled, "mute": self.mute}
        return json.dumps(options)


class SandboxStore:
    """The gateway's storage. `clock` returns seconds since 1970, so that tests can move time."""

    def __init__(
        self, path: Path, *, delivery: DeliveryOptions = DeliveryOptions(), clock: Any, seed: int | None = None
    ) -> None:
        self._path, self.delivery, self.clock = path, delivery, clock
        self._rng = random.Random(seed)  # noqa: S311
        path.parent.mkdir(parents=True, exist_ok=True)
        # Stays open: SQLite checkpoints the WAL when the last connection closes, which would happen at every request.
        self._open_connection = self._connect()
        self._open_connection.executescript(SCHEMA)

    def create_payment(self, *, key: str, params: dict[str, Any]) -> sqlite3.Row:
        """Create a payment; the same key with the same parameters returns the same payment."""
        serialized_params = json.dumps(params, sort_keys=True)
        with self._transaction() as connection:
            existing = connection.execute("select * from payments where key = ?", [key]).fetchone()
            if existing is not None:
                if existing["params"] != serialized_params:
                    raise RequestRejected("key_reused")
                return _as_row(existing)
            if connection.execute("select 1 from payments where client_id = ?", [params["client_id"]]).fetchone():
                raise RequestRejected("client_id_reused")
            payment_id = f"pay_{secrets.token_hex(12)}"
            connection.execute(
                "insert into payments (id, client_id, key, params, amount, currency, description, return_url, locale,"
                " status, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
                [payment_id, params["client_id"], key, serialized_params, params["amount"], params["currency"],
                 params["description"], params["return_url"], params["locale"], self.clock()],
            )  # fmt: skip
            return self._payment_row(connection, payment_id)

    def get_payment(self, payment_id: str) -> sqlite3.Row:
        """Return the payment as it is now."""
        with self._transaction() as connection:
            self._apply_elapsed_time(connection)
            return self._payment_row(connection, payment_id)

    def pay(
        self, payment_id: str, *, method: str = "", after: float = 0.0, delivery: DeliveryOptions | None = None
    ) -> sqlite3.Row:
        """Pay; with `after`, the money arrives after so many seconds."""
        with self._transaction() as connection:
            self._apply_elapsed_time(connection)
            row = self._payment_row(connection, payment_id)
            if row["status"] != "open":
                return row
            self._set_delivery(connection, payment_id, delivery)
            now = self.clock()
            connection.execute("update payments set method = ? where id = ?", [method, payment_id])
            if after > 0:
                connection.execute(
                    "update payments set status = 'pending', paid_at = ? where id = ?", [now + after, payment_id]
                )
                self._queue_webhooks(connection, payment_id, "payment.pending")
            else:
                connection.execute("update payments set status = 'paid', paid_at = ? where id = ?", [now, payment_id])
                self._queue_webhooks(connection, payment_id, "payment.paid")
            return self._payment_row(connection, payment_id)

    def decline(self, payment_id: str, *, delivery: DeliveryOptions | None = None) -> sqlite3.Row:
        """Decline the payment, as a bank would."""
        return self._close_payment(payment_id, "declined", failure="card_declined", delivery=delivery)

    def expire(self, payment_id: str, *, delivery: DeliveryOptions | None = None) -> sqlite3.Row:
        """Close an unpaid payment; a paid or pending one is not changed."""
        return self._close_payment(payment_id, "expired", delivery=delivery)

    def _close_payment(
        self, payment_id: str, status: str, *, failure: str = "", delivery: DeliveryOptions | None = None
    ) -> sqlite3.Row:
        with self._transaction() as connection:
            self._apply_elapsed_time(connection)
            if self._payment_row(connection, payment_id)["status"] == "open":
                self._set_delivery(connection, payment_id, delivery)
                connection.execute("update payments set status = ?, failure = ? where id = ?", [status, failure, payment_id])
                self._queue_webhooks(connection, payment_id, f"payment.{status}")
            return self._payment_row(connection, payment_id)

    def create_refund(self, payment_id: str, *, key: str, params: dict[str, Any]) -> sqlite3.Row:
        """Refund at most the amount paid; the same key with the same parameters returns the same refund."""
        serialized_params = json.dumps([payment_id, params], sort_keys=True)
        with self._transaction() as connection:
            existing = connection.execute("select * from refunds where key = ?", [key]).fetchone()
            if existing is not None:
                if existing["params"] != serialized_params:
                    raise RequestRejected("key_reused")
                return _as_row(existing)
            row = self._payment_row(connection, payment_id)
            if row["status"] != "paid":
                raise RequestRejected("not_paid")
            if params["currency"] != row["currency"]:
                raise RequestRejected("other_currency")
            if params["amount"] > row["amount"] - row["refunded"]:
                raise RequestRejected("over_refund")
            refund_id = f"ref_{secrets.token_hex(12)}"
            connection.execute(
                "insert into refunds values (?, ?, ?, ?, ?, ?, ?)",
                [refund_id, payment_id, params["client_id"], key, serialized_params, params["amount"], params["currency"]],
            )
            connection.execute("update payments set refunded = refunded + ? where id = ?", [params["amount"], payment_id])
            self._queue_webhooks(connection, payment_id, "payment.refunded")
            return _as_row(connection.execute("select * from refunds where id = ?", [refund_id]).fetchone())

    def list_refunds(self, payment_id: str) -> list[sqlite3.Row]:
        """Return the refunds of a payment."""
        with self._transaction() as connection:
            self._payment_row(connection, payment_id)
            return connection.execute("select * from refunds where payment_id = ? order by rowid", [payment_id]).fetchall()

    def get_balances(self) -> dict[str, int]:
        """Return the money at the gateway by currency: payments less refunds."""
        with self._transaction() as connection:
            query = "select currency, sum(amount - refunded) from payments where status = 'paid' group by currency"
            return dict(connection.execute(query).fetchall())

    def list_paid(self) -> list[tuple[str, int]]:
        """Return the id and amount of every paid payment."""
        with self._transaction() as connection:
            rows = connection.execute("select id, amount from payments where status = 'paid'").fetchall()
            return [tuple(row) for row in rows]

    def list_due_webhooks(self) -> list[tuple[int, str, int]]:
        """Return the webhooks that are due: (number, body, attempts)."""
        with self._transaction() as connection:
            self._apply_elapsed_time(connection)
            query = "select number, body, attempts from deliveries where due_at <= ? order by due_at, number limit 50"
            return [tuple(row) for row in connection.execute(query, [self.clock()]).fetchall()]

    def mark_delivered(self, number: int) -> None:
        """Remove a delivered webhook from the queue."""
        with self._transaction() as connection:
            connection.execute("delete from deliveries where number = ?", [number])

    def reschedule(self, number: int, *, attempts: int, after: float) -> None:
        """Schedule the next attempt of a webhook that was not accepted."""
        with self._transaction() as connection:
            connection.execute(
                "update deliveries set attempts = ?, due_at = ? where number = ?", [attempts, self.clock() + after, number]
            )

    def _apply_elapsed_time(self, connection: sqlite3.Connection) -> None:
        """Apply what depends on time only: slow payments arrive, open payments expire."""
        now = self.clock()
        arrived = connection.execute("select id from payments where status = 'pending' and paid_at <= ?", [now]).fetchall()
        for row in arrived:
            connection.execute("update payments set status = 'paid' where id = ?", [row["id"]])
            self._queue_webhooks(connection, row["id"], "payment.paid")
        expired_query = "select id from payments where status = 'open' and created_at <= ?"
        for row in connection.execute(expired_query, [now - OPEN_SECONDS]).fetchall():
            connection.execute("update payments set status = 'expired' where id = ?", [row["id"]])
            self._queue_webhooks(connection, row["id"], "payment.expired")

    def _queue_webhooks(self, connection: sqlite3.Connection, payment_id: str, event_type: str) -> None:
        row = self._payment_row(connection, payment_id)
        delivery = DeliveryOptions(**json.loads(row["delivery"])) if row["delivery"] != "{}" else self.delivery
        if delivery.mute:
            return
        body = {
            "id": f"evt_{secrets.token_hex(12)}",
            "type": event_type,
            "created": int(self.clock()),
            "account": ACCOUNT,
            "mode": MODE,
            "data": {"id": payment_id, "client_id": row["client_id"]},
        }
        for _ in range(delivery.copies):
            jitter = self._rng.uniform(0, SHUFFLE_SECONDS) if delivery.shuffled else 0.0
            connection.execute(
                "insert into deliveries (body, due_at) values (?, ?)",
                [json.dumps(body), self.clock() + delivery.delay + jitter],
            )

    def _set_delivery(self, connection: sqlite3.Connection, payment_id: str, delivery: DeliveryOptions | None) -> None:
        if delivery is not None:
            connection.execute("update payments set delivery = ? where id = ?", [delivery.to_json(), payment_id])

    def _payment_row(self, connection: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
        row = connection.execute("select * from payments where id = ?", [payment_id]).fetchone()
        if row is None:
            raise RequestRejected("no_such_payment", 404)
        return _as_row(row)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("pragma journal_mode = wal")
        # A killed process loses nothing; a power failure may lose the last transactions.
        connection.execute("pragma synchronous = normal")
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")


def _as_row(row: Any) -> sqlite3.Row:
    typed_row: sqlite3.Row = row
    return typed_row
