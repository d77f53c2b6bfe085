"""The database: one session, one vocabulary of columns, and the unit of work that alone commits."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Connection, DateTime, Engine, Enum, MetaData, String, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, declared_attr, mapped_column, registry

from marketplace.kernel import clock, events, rows
from marketplace.kernel.ids import uuid7

PATIENCE = 3  # tries
T = TypeVar("T")
CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

type_words: dict[Any, Any] = {
    datetime: DateTime(timezone=True),
    enum.Enum: Enum(
        enum.Enum, native_enum=False, create_constraint=False, length=40, values_callable=lambda e: [m.value for m in e]
    ),
    dict[str, Any]: JSONB(),
    dict[str, str]: JSONB(),
    list[str]: JSONB(),
    list[Any]: JSONB(),
}


class Base(DeclarativeBase):
    """Every table. A model says whose rows it holds: `__data__ = DataClass.MERCHANT`."""

    registry = registry(metadata=MetaData(naming_convention=CONVENTION), type_annotation_map=type_words)
    __data__: ClassVar[rows.DataClass]


pk = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
created = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now)]
slug = Annotated[str, mapped_column(String(80))]
name = Annotated[str, mapped_column(String(200))]
minor = Annotated[int, mapped_column(BigInteger)]
currency = Annotated[str, mapped_column(String(3))]
texts = Annotated[dict[str, str], mapped_column(JSONB, default=dict)]

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True)


class Versioned:
    """A row that numbers its changes; a writer with an old reading is refused (StaleDataError becomes a Conflict)."""

    version: Mapped[int] = mapped_column(BigInteger, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


SET_SCOPE = (
    "select set_config('app.merchant', %(merchant)s, true), set_config('app.buyer', %(buyer)s, true),"
    " set_config('app.account', %(account)s, true), set_config('app.purpose', %(purpose)s, true)"
)
UNKNOWN = object()
IDLE = TransactionStatus.IDLE
SAVEPOINTS = ("SAVEPOINT ", "ROLLBACK TO ", "RELEASE ")


@event.listens_for(Session, "after_begin")
def _begin_as_nobody(_session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """A new transaction opens no row of anybody, whatever the connection was used for before.

    Who writes tells the database at the first statement; who only reads does not: every statement stands for itself. Most
    pages are read by somebody without a name, with one statement or two: a BEGIN and a COMMIT around them cost as much again.
    Connections are opened with `default_transaction_read_only`, so that such a statement cannot write either.
    """
    if transaction.nested:
        return
    connection.info["scope"] = rows.NOBODY
    raw: Any = connection.connection.dbapi_connection
    reads = rows.read_only()
    if raw.autocommit != reads:
        raw.autocommit = reads
    if not reads and raw.read_only is not False:
        raw.read_only = False


@event.listens_for(Engine, "before_cursor_execute")
def _carry_scope(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Before a statement runs, its transaction learns whose it is, if that is not what it knows already.

    Whoever reads without a name has no transaction; it begins here, when there is something to learn.

    Not before the statements that make and undo savepoints: what is said there would be undone, or not, with them.
    """
    known = connection.info.get("scope", UNKNOWN)
    scope = rows.current()
    if known is UNKNOWN or known == scope or statement.startswith(SAVEPOINTS):
        return
    connection.info["scope"] = scope
    try:
        _begin_reading(connection)
        connection.exec_driver_sql(SET_SCOPE, scope.settings())
    except BaseException:
        connection.info["scope"] = None
        raise


@event.listens_for(Engine, "savepoint")
def _begin_reading(connection: Connection, *_: Any) -> None:
    """What is set for a transaction, or may be undone in it, needs one: it ends with the unit of work."""
    raw: Any = connection.connection.dbapi_connection
    if "scope" in connection.info and raw.autocommit and raw.info.transaction_status == IDLE:
        connection.exec_driver_sql("begin read only")


@event.listens_for(Engine, "rollback_savepoint")
def _doubt_scope(connection: Connection, *_: Any) -> None:
    """What was said inside the savepoint is undone with it: say it again."""
    if "scope" in connection.info:
        connection.info["scope"] = None


@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _forget_scope(connection: Connection) -> None:
    if not connection.invalidated:  # one that was cut off has nothing to forget, and refuses to be asked
        connection.info.pop("scope", None)


def write_pending() -> None:
    """Send what waits to be written while the scope that it belongs to still holds."""
    if not db.session.registry.has():
        return
    session = db.session()
    if session.new or session.dirty or session.deleted:
        session.flush()


@contextmanager
def unit_of_work(*, read_only: bool = False) -> Iterator[None]:
    """One transaction: leaving normally commits and then announces; leaving by an exception undoes both.

    Listeners *together* run before the commit and may refuse; durable listeners are written to the outbox in the same
    transaction; listeners *after* run when the commit has happened.
    """
    with events.collecting() as announced, rows.reading_only(read_only):
        try:
            yield
            if announced.waiting:
                db.session.flush()
            events.tell_together(announced)
            events.remember_durably(announced)
            if db.session.registry.has():
                db.session.commit()
        except BaseException:
            if db.session.registry.has():
                db.session.rollback()
            raise
    events.tell_after(announced)


@contextmanager
def attempt() -> Iterator[None]:
    """Do something whose refusal is caught, for a unit of work that goes on: the refusal undoes what was done inside.

    Without it a caught refusal leaves behind whatever the service wrote before it refused. An answer that is itself a refusal
    (4xx) needs none: it undoes the whole request.
    """
    with events.retracting(), db.session.begin_nested():
        yield


def let_stand() -> None:
    """What this request writes stands although its answer refuses: tries are counted, drafts are kept as they were typed."""
    db.session.info["stands"] = True


def stands() -> bool:
    """Whether somebody said so."""
    return bool(db.session.registry.has() and db.session.info.get("stands"))


ADVISORY = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def advisory_lock(*words: object) -> None:
    """Take a lock of this transaction on a name: the first in the order of locks (advisory, tenant, order, stock …)."""
    db.session.execute(ADVISORY, {"name": ":".join(map(str, words))})


def patiently(work: Callable[[], T]) -> T:
    """Do `work`, which opens a unit of work of its own and may be repeated; again when it waited for a lock in vain.

    A crowd at one row waits longer than a lock may be waited for when the machine crawls, and of two who wait for each
    other the database undoes one: nothing was done then, so doing it again is right. Raises what the last try raised.
    """
    for _try in range(PATIENCE - 1):
        try:
            return work()
        except OperationalError as trouble:
            if not isinstance(trouble.orig, LockNotAvailable | DeadlockDetected):
                raise
    return work()
