"""Queries for accounts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.accounts.models import Account
from tenants.isolation import AccessPurpose, as_account, with_purpose


def get_account(account_id: UUID, *, lock: bool = False) -> Account:
    """Return the account, read as that account.

    Raises:
        NotFound: There is no such account.
    """
    stmt = select(Account).where(Account.id == account_id)
    with as_account(account_id):
        account = db.session.scalars(stmt.with_for_update() if lock else stmt).first()
    if account is None:
        raise NotFound
    return account


def find_account_by_login_or_email(login_or_email: str) -> Account | None:
    """Return the account with this login name or e-mail address, ignoring case; for logging in only."""
    normalized = login_or_email.strip().lower()
    stmt = select(Account).where(or_(func.lower(Account.login) == normalized, func.lower(Account.email) == normalized))
    with with_purpose(AccessPurpose.SIGN_IN):
        return db.session.scalars(stmt).first()


def login_exists(login: str) -> bool:
    """Return whether the login name is taken, ignoring case."""
    with with_purpose(AccessPurpose.SIGN_IN):
        return bool(db.session.scalar(select(select(Account.id).where(func.lower(Account.login) == login.lower()).exists())))


def get_account_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of several accounts that the running context may see, in one statement."""
    account_ids = {account_id for account_id in ids if account_id is not None}
    if not account_ids:
        return {}
    return dict(db.session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids))).all())
