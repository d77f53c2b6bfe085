"""What the pretend gateway remembers: payments, refunds, and notifications that are still to be sent. One SQLite file."""

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

from billing.payments.adapter import ACCOUNT, MODE

OPEN_SECONDS = 30 * 60
SHUFFLE_SECONDS = 3.0
SCHEMA = """
create table if not exists payments (
    id text primary key, client_id text not null unique, key text not null unique, asked text not null,
    amount integer not null check (amount > 0), currency text not null, description text not null,
    return_url text not null, locale text not null, standing text not null, failure text not null default '',
    refunded integer not null default 0 check (refunded between 0 and amount),
    created_at real not null, paid_at real, method text not null default '', manner text not null default '{}');
create table if not exists refunds (
    id text primary key, payment_id text not null references payments, client_id text not null,
    key text not null unique, asked text not null, amount integer not null check (amount > 0), currency text not null);
create table if not exists deliveries (
    number integer primary key, body text not null, due_at real not null, tries integer not null default 0);
create index if not exists deliveries_due on deliveries (due_at);
"""


class Refused(Exception):
    """The gateway will not; `code` says why, for programs."""

    def __init__(self, code: str, status: int = 422) -> None:
        self.code, self.status = code, status
        super().__init__(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How notifications reach the market."""

    delay: float = 0.0
    copies: int = 1
    shuffled: bool = False
    mute: bool = False

    def to_json(self) -> str:
        """For the payment's row."""
        words = {"delay": self.delay, "copies": self.copies, "shuffled": self.shuffled, "mute": self.mute}
        return json.dumps(words)


class Store:
    """The gateway's memory. `clock` answers seconds since 1970, so that a test can move it."""

    def __init__(self, path: Path, *, manner: Manner = Manner(), clock: Any, seed: int | None = None) -> None:
        self._path, self.manner, self.clock = path, manner, clock
        self._dice = random.Random(seed)  # noqa: S311
        path.parent.mkdir(parents=True, exist_ok=True)
        # Stays open: when the last connection closes, the journal would be folded into the file, at every request.
        self._open = self._connect()
        self._open.executescript(SCHEMA)

    def create(self, *, key: str, asked: dict[str, Any]) -> sqlite3.Row:
        """Open a payment; the same key with the same words is the same payment."""
        said = json.dumps(asked, sort_keys=True)
        with self._writing() as line:
            known = line.execute("select * from payments where key = ?", [key]).fetchone()
            if known is not None:
                if known["asked"] != said:
                    raise Refused("key_reused")
                return _row(known)
            if line.execute("select 1 from payments where client_id = ?", [asked["client_id"]]).fetchone():
                raise Refused("client_id_reused")
            made = f"pay_{secrets.token_hex(12)}"
            line.execute(
                "insert into payments (id, client_id, key, asked, amount, currency, description, return_url, locale,"
                " standing, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
                [made, asked["client_id"], key, said, asked["amount"], asked["currency"], asked["description"],
                 asked["return_url"], asked["locale"], self.clock()],
            )  # fmt: skip
            return self._payment(line, made)

    def payment(self, payment_id: str) -> sqlite3.Row:
        """How a payment stands at this moment."""
        with self._writing() as line:
            self._tick(line)
            return self._payment(line, payment_id)

    def pay(self, payment_id: str, *, method: str = "", after: float = 0.0, manner: Manner | None = None) -> sqlite3.Row:
        """The buyer pays; with `after`, the money arrives so many seconds later."""
        with self._writing() as line:
            self._tick(line)
            row = self._payment(line, payment_id)
            if row["standing"] != "open":
                return row
            self._take_manner(line, payment_id, manner)
            moment = self.clock()
            line.execute("update payments set method = ? where id = ?", [method, payment_id])
            if after > 0:
                line.execute("update payments set standing = 'pending', paid_at = ? where id = ?", [moment + after, payment_id])
                self._announce(line, payment_id, "payment.pending")
            else:
                line.execute("update payments set standing = 'paid', paid_at = ? where id = ?", [moment, payment_id])
                self._announce(line, payment_id, "payment.paid")
            return self._payment(line, payment_id)

    def decline(self, payment_id: str, *, manner: Manner | None = None) -> sqlite3.Row:
        """The bank says no."""
        return self._end(payment_id, "declined", failure="card_declined", manner=manner)

    def expire(self, payment_id: str, *, manner: Manner | None = None) -> sqlite3.Row:
        """Close a payment that nobody has made; a paid or pending one stays as it is."""
        return self._end(payment_id, "expired", manner=manner)

    def _end(self, payment_id: str, standing: str, *, failure: str = "", manner: Manner | None = None) -> sqlite3.Row:
        with self._writing() as line:
            self._tick(line)
            if self._payment(line, payment_id)["standing"] == "open":
                self._take_manner(line, payment_id, manner)
                line.execute("update payments set standing = ?, failure = ? where id = ?", [standing, failure, payment_id])
                self._announce(line, payment_id, f"payment.{standing}")
            return self._payment(line, payment_id)

    def refund(self, payment_id: str, *, key: str, asked: dict[str, Any]) -> sqlite3.Row:
        """Send money back, never more than came; the same key with the same words is the same refund."""
        said = json.dumps([payment_id, asked], sort_keys=True)
        with self._writing() as line:
            known = line.execute("select * from refunds where key = ?", [key]).fetchone()
            if known is not None:
                if known["asked"] != said:
                    raise Refused("key_reused")
                return _row(known)
            row = self._payment(line, payment_id)
            if row["standing"] != "paid":
                raise Refused("not_paid")
            if asked["currency"] != row["currency"]:
                raise Refused("other_currency")
            if asked["amount"] > row["amount"] - row["refunded"]:
                raise Refused("over_refund")
            made = f"ref_{secrets.token_hex(12)}"
            line.execute(
                "insert into refunds values (?, ?, ?, ?, ?, ?, ?)",
                [made, payment_id, asked["client_id"], key, said, asked["amount"], asked["currency"]],
            )
            line.execute("update payments set refunded = refunded + ? where id = ?", [asked["amount"], payment_id])
            self._announce(line, payment_id, "payment.refunded")
            return _row(line.execute("select * from refunds where id = ?", [made]).fetchone())

    def refunds(self, payment_id: str) -> list[sqlite3.Row]:
        """What was sent back of a payment."""
        with self._writing() as line:
            self._payment(line, payment_id)
            return line.execute("select * from refunds where payment_id = ? order by rowid", [payment_id]).fetchall()

    def balance(self) -> dict[str, int]:
        """What the gateway holds for the market, by currency: what came less what went back."""
        with self._writing() as line:
            wanted = "select currency, sum(amount - refunded) from payments where standing = 'paid' group by currency"
            return dict(line.execute(wanted).fetchall())

    def paid(self) -> list[tuple[str, int]]:
        """Every payment that was made, with its amount."""
        with self._writing() as line:
            rows = line.execute("select id, amount from payments where standing = 'paid'").fetchall()
            return [tuple(row) for row in rows]

    def due_letters(self) -> list[tuple[int, str, int]]:
        """Notifications whose time has come: (number, body, tries)."""
        with self._writing() as line:
            self._tick(line)
            wanted = "select number, body, tries from deliveries where due_at <= ? order by due_at, number limit 50"
            return [tuple(row) for row in line.execute(wanted, [self.clock()]).fetchall()]

    def delivered(self, number: int) -> None:
        """The market has it."""
        with self._writing() as line:
            line.execute("delete from deliveries where number = ?", [number])

    def put_back(self, number: int, *, tries: int, after: float) -> None:
        """The market did not take it: try again later."""
        with self._writing() as line:
            line.execute("update deliveries set tries = ?, due_at = ? where number = ?", [tries, self.clock() + after, number])

    def _tick(self, line: sqlite3.Connection) -> None:
        """What time alone does: slow money arrives, open payments expire."""
        moment = self.clock()
        arrived = line.execute("select id from payments where standing = 'pending' and paid_at <= ?", [moment]).fetchall()
        for row in arrived:
            line.execute("update payments set standing = 'paid' where id = ?", [row["id"]])
            self._announce(line, row["id"], "payment.paid")
        old = "select id from payments where standing = 'open' and created_at <= ?"
        for row in line.execute(old, [moment - OPEN_SECONDS]).fetchall():
            line.execute("update payments set standing = 'expired' where id = ?", [row["id"]])
            self._announce(line, row["id"], "payment.expired")

    def _announce(self, line: sqlite3.Connection, payment_id: str, kind: str) -> None:
        row = self._payment(line, payment_id)
        manner = Manner(**json.loads(row["manner"])) if row["manner"] != "{}" else self.manner
        if manner.mute:
            return
        body = {
            "id": f"evt_{secrets.token_hex(12)}",
            "type": kind,
            "created": int(self.clock()),
            "account": ACCOUNT,
            "mode": MODE,
            "data": {"id": payment_id, "client_id": row["client_id"]},
        }
        for _ in range(manner.copies):
            jitter = self._dice.uniform(0, SHUFFLE_SECONDS) if manner.shuffled else 0.0
            line.execute(
                "insert into deliveries (body, due_at) values (?, ?)",
                [json.dumps(body), self.clock() + manner.delay + jitter],
            )

    def _take_manner(self, line: sqlite3.Connection, payment_id: str, manner: Manner | None) -> None:
        if manner is not None:
            line.execute("update payments set manner = ? where id = ?", [manner.to_json(), payment_id])

    def _payment(self, line: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
        row = line.execute("select * from payments where id = ?", [payment_id]).fetchone()
        if row is None:
            raise Refused("no_such_payment", 404)
        return _row(row)

    def _connect(self) -> sqlite3.Connection:
        line = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        line.row_factory = sqlite3.Row
        line.execute("pragma journal_mode = wal")
        line.execute("pragma synchronous = normal")  # a killed process loses nothing, a machine without power its last moment
        return line

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as line:
            line.execute("begin immediate")
            try:
                yield line
            except BaseException:
                line.execute("rollback")
                raise
            line.execute("commit")


def _row(row: Any) -> sqlite3.Row:
    found: sqlite3.Row = row
    return found
