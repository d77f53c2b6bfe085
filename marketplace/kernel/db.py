"""The database: session, base class, column types, and the unit of work, which is the only place that commits."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, ClassVar, ParamSpec, TypeVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Connection, DateTime, Engine, Enum, MetaData, String, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, declared_attr, mapped_column, registry
from sqlalchemy.orm.exc import StaleDataError

from marketplace.kernel import clock, events, outbox_writer, tenancy
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ids import uuid7

MAX_ATTEMPTS = 3
T = TypeVar("T")
P = ParamSpec("P")
View = TypeVar("View", bound=Callable[..., Any])
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

TYPE_MAP: dict[Any, Any] = {
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
    """Base class of all models. Each declares the owner of its rows: `__ownership__ = RowOwnership.MERCHANT`."""

    registry = registry(metadata=MetaData(naming_convention=NAMING_CONVENTION), type_annotation_map=TYPE_MAP)
    __ownership__: ClassVar[tenancy.RowOwnership]


PrimaryKey = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now)]
Slug = Annotated[str, mapped_column(String(80))]
Name = Annotated[str, mapped_column(String(200))]
MinorUnits = Annotated[int, mapped_column(BigInteger)]
CurrencyCode = Annotated[str, mapped_column(String(3))]
LocalizedText = Annotated[dict[str, str], mapped_column(JSONB, default=dict)]

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True)


class Versioned:
    """Row with a version number for optimistic locking: a write of a stale row raises Conflict from its unit of work."""

    version: Mapped[int] = mapped_column(BigInteger, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


SET_CONTEXT_SQL = (
    "select set_config('app.merchant', %(merchant)s, true), set_config('app.buyer', %(buyer)s, true),"
    " set_config('app.account', %(account)s, true), set_config('app.purpose', %(purpose)s, true)"
)
UNSET = object()
IDLE = TransactionStatus.IDLE
SAVEPOINTS = ("SAVEPOINT ", "ROLLBACK TO ", "RELEASE ")


@event.listens_for(Session, "after_begin")
def _reset_context(_session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Start each transaction in the anonymous context, whatever the connection was used for before.

    A read-only unit of work uses autocommit: most pages are read by anonymous users with one or two statements, and a BEGIN
    and COMMIT around them would double the cost. Connections are opened with `default_transaction_read_only`, so that such
    a statement cannot write either.
    """
    if transaction.nested:
        return
    connection.info["context"] = tenancy.ANONYMOUS
    dbapi_connection: Any = connection.connection.dbapi_connection
    is_read_only = tenancy.is_read_only()
    if dbapi_connection.autocommit != is_read_only:
        dbapi_connection.autocommit = is_read_only
    if not is_read_only and dbapi_connection.read_only is not False:
        dbapi_connection.read_only = False


@event.listens_for(Engine, "before_cursor_execute")
def _apply_context(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Set the tenant context of the transaction before a statement, if it differs from the one set last.

    Anonymous reads have no transaction; it begins here, once there is a context to set.

    Savepoint statements are skipped: whether a setting made around them is rolled back would depend on the savepoint.
    """
    applied = connection.info.get("context", UNSET)
    context = tenancy.get_context()
    if applied is UNSET or applied == context or statement.startswith(SAVEPOINTS):
        return
    connection.info["context"] = context
    try:
        _ensure_transaction(connection)
        connection.exec_driver_sql(SET_CONTEXT_SQL, context.settings())
    except BaseException:
        connection.info["context"] = None
        raise


@event.listens_for(Engine, "savepoint")
def _ensure_transaction(connection: Connection, *_: Any) -> None:
    """Begin a transaction in autocommit mode, for transaction-local settings and savepoints; the unit of work ends it."""
    dbapi_connection: Any = connection.connection.dbapi_connection
    if "context" in connection.info and dbapi_connection.autocommit and dbapi_connection.info.transaction_status == IDLE:
        connection.exec_driver_sql("begin read only")


@event.listens_for(Engine, "rollback_savepoint")
def _invalidate_context(connection: Connection, *_: Any) -> None:
    """Forget the context after a rollback to a savepoint, which also rolls back settings made since."""
    if "context" in connection.info:
        connection.info["context"] = None


@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _clear_context(connection: Connection) -> None:
    if not connection.invalidated:  # an invalidated connection raises on access to `info`
        connection.info.pop("context", None)


@tenancy.before_context_change
def flush_pending() -> None:
    """Flush the session if it has pending changes, so that they are written in the context they belong to."""
    if not db.session.registry.has():
        return
    session = db.session()
    if session.new or session.dirty or session.deleted:
        session.flush()


class NestedUnitOfWork(RuntimeError):
    """A unit of work that was opened inside another one: its commit would also commit the unfinished work of the other."""


@dataclass
class _OpenUnit:
    """The open unit of work; `retained_savepoint` is the savepoint after its last write that survives an error response."""

    event_buffer: events.EventBuffer
    retained_savepoint: SessionTransaction | None = None
    retained_event_count: int = 0


_open_unit: ContextVar[_OpenUnit | None] = ContextVar("open_unit_of_work", default=None)


@contextmanager
def unit_of_work(*, read_only: bool = False) -> Iterator[None]:
    """Run a transaction: commit at the end and dispatch its events, or roll back both on an exception.

    Handlers of `on_event_in_transaction` run before the commit and may raise; messages for handlers of `on_event_async` are
    written to the outbox in the same transaction; handlers of `on_event_after_commit` run after the commit.

    A request is one unit of work already, which the application opens, unless its view is marked with `manages_transactions`.

    Raises:
        NestedUnitOfWork: A unit of work is open already.
        Conflict: A row was changed by another transaction since it was read (see `Versioned`).
    """
    if _open_unit.get() is not None:
        raise NestedUnitOfWork(
            "A unit of work is open already. A request has one; a view that needs several is marked with manages_transactions."
        )
    if tenancy.is_read_only() and not read_only and db.session.registry.has():
        db.session.commit()  # ends the transaction of what a view with `manages_transactions` has read before
    with events.collect() as event_buffer, tenancy.read_only_transactions(read_only):
        token = _open_unit.set(_OpenUnit(event_buffer))
        try:
            yield
            if event_buffer.pending:
                db.session.flush()
            events.dispatch_in_transaction(event_buffer)
            outbox_writer.enqueue(db.session, event_buffer)
            if db.session.registry.has():
                db.session.commit()
        except BaseException as exc:
            if db.session.registry.has():
                db.session.rollback()
            if isinstance(exc, StaleDataError):
                raise Conflict from exc
            raise
        finally:
            _open_unit.reset(token)
    events.dispatch_after_commit(event_buffer)


@contextmanager
def savepoint() -> Iterator[None]:
    """Roll back the block on an exception that the caller handles, within a unit of work that continues.

    Without it, a handled exception leaves what the service wrote before it raised. A request that ends in an error response
    (4xx) needs no savepoint: the whole request is rolled back.
    """
    with events.discard_on_error(), db.session.begin_nested():
        yield


def manages_transactions(view: View) -> View:
    """Mark a view that needs several transactions: the application opens no unit of work for it.

    The view, or the services that it calls, open units of work one after another, for example with a call to the payment
    gateway between two of them. What is read outside of them runs read-only, so that a write outside a unit of work fails.
    The decorator stands below the guard of the view.
    """
    view.manages_transactions = True  # type: ignore[attr-defined]
    return view


@contextmanager
def transactions_of_view() -> Iterator[None]:
    """Run a view that is marked with `manages_transactions`: reads outside its units of work are read-only, and end here."""
    with tenancy.read_only_transactions():
        try:
            yield
        finally:
            if db.session.registry.has():
                db.session.rollback()


def keep_on_error(write: Callable[P, T]) -> Callable[P, T]:
    """Mark a function whose writes are kept even if the response of the request is an error.

    What the request writes after it is still rolled back; what it has written before is kept too, so such a write comes first.
    The transaction, and with it every lock, continues: an attempt is counted before the next one of the same user is checked.
    """

    @wraps(write)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        result = write(*args, **kwargs)
        unit = _open_unit.get()
        if unit is not None:
            unit.retained_savepoint, unit.retained_event_count = db.session.begin_nested(), len(unit.event_buffer.events)
        return result

    return wrapper


def discard_changes() -> None:
    """Roll the open unit of work back to its last write that is marked with `keep_on_error`, or entirely if it has none."""
    unit = _open_unit.get()
    if unit is None or not db.session.registry.has():
        return
    if unit.retained_savepoint is not None and unit.retained_savepoint.is_active:
        unit.retained_savepoint.rollback()
        events.discard_since(unit.event_buffer, unit.retained_event_count)
    else:
        db.session.rollback()
        events.discard_since(unit.event_buffer, 0)


ADVISORY_LOCK_SQL = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def advisory_lock(*key_parts: object) -> None:
    """Take a transaction-level advisory lock on a name: first in the lock order (advisory, tenant, order, stock …)."""
    db.session.execute(ADVISORY_LOCK_SQL, {"name": ":".join(map(str, key_parts))})


def retry_on_lock_conflict(operation: Callable[[], T]) -> T:
    """Run `operation`, and repeat it after a lock timeout or a deadlock, up to MAX_ATTEMPTS times.

    Under load many transactions wait for one row, longer than `lock_timeout`; and of two that wait for each other the
    database aborts one. Both were rolled back entirely, so a retry is safe. The operation opens a unit of work of its own.
    Raises what the last attempt raised.
    """
    for _attempt in range(MAX_ATTEMPTS - 1):
        try:
            return operation()
        except OperationalError as exc:
            if not isinstance(exc.orig, LockNotAvailable | DeadlockDetected):
                raise
    return operation()
