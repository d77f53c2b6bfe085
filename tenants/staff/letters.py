"""Letters to those who run a merchant's desk about what the market has decided on it, each in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask_babel import force_locale

from marketplace.kernel import mail
from marketplace.kernel.texts import pick
from tenants.access.permissions import StaffRole
from tenants.accounts.queries import account_by_id
from tenants.merchants import queries as merchants
from tenants.merchants import records, scopes
from tenants.scope import acting_for
from tenants.staff.queries import colleagues

READERS = (StaffRole.OWNER, StaffRole.MANAGER)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the market did, in the words of one reader. word: suspended, reinstated, closed, reopened, scopes, record."""

    word: str
    shop: str
    reason: str
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()


def decided(
    *,
    merchant_id: UUID,
    word: str,
    reason: str,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    changed: Sequence[str] = (),
) -> None:
    """Tell owners and managers. `added` and `removed` are codes of categories, `changed` names of entries of the record."""
    with acting_for(merchant_id):
        merchant = merchants.get(merchant_id)
        readers = [one.account_id for one in colleagues(merchant_id) if one.role in READERS]
    link = url_for("desk.today.index", merchant=merchant.slug, _external=True)
    for account in map(account_by_id, readers):
        with force_locale(account.locale):
            decision = Decision(
                word=word,
                shop=pick(merchant.name, account.locale),
                reason=reason,
                added=scopes.labels(added),
                removed=scopes.labels(removed),
                changed=records.labels(changed),
            )
        values = {"name": account.name, "decision": decision, "link": link}
        mail.send(to=account.email, kind="merchant_decided", locale=account.locale, **values)
