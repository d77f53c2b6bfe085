"""Every SELECT about accounts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from tenants.accounts.models import Account
from tenants.scope import Purpose, signed_in_as, working_on


def account_by_id(account_id: UUID, *, lock: bool = False) -> Account:
    """One's own account. Raises NotFound."""
    wanted = select(Account).where(Account.id == account_id)
    with signed_in_as(account_id):
        found = db.session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound
    return found


def account_by_name(name: str) -> Account | None:
    """The account with this login name or e-mail address, whatever its capitals; for signing in only."""
    word = name.strip().lower()
    wanted = select(Account).where(or_(func.lower(Account.login) == word, func.lower(Account.email) == word))
    with working_on(Purpose.SIGN_IN):
        return db.session.scalars(wanted).first()


def login_taken(login: str) -> bool:
    """Whether somebody has this login name, whatever its capitals."""
    with working_on(Purpose.SIGN_IN):
        return bool(db.session.scalar(select(select(Account.id).where(func.lower(Account.login) == login.lower()).exists())))


def names_of(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of several people, as far as the running purpose may see them; one statement."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return dict(db.session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted))).all())
