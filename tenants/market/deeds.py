"""The kinds of deeds that the audit trail knows, in the words of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.money import Money
from marketplace.kernel.texts import pick
from marketplace.kernel.words import money
from tenants.access.permissions import StaffRole
from tenants.merchants import deeds as merchant_deeds

MOST_PRICES = 4
KINDS: dict[str, Any] = {
    "account": _l("Accounts"),
    "application": _l("Applications"),
    "merchant": _l("Merchants"),
    "staff": _l("Colleagues"),
    "storefront": _l("Shops"),
    "market_team": _l("The market's team"),
    "market": _l("Settings"),
    "product": _l("Products"),
    "category": _l("Categories"),
    "attribute": _l("Attributes"),
    "brand": _l("Brands"),
    "location": _l("Warehouses"),
    "workflow": _l("Order workflow"),
    "freight": _l("Freight"),
    "commissions": _l("Commissions"),
    "payment": _l("Payments"),
    "ledger": _l("Ledger"),
}

DEEDS: dict[str, Any] = {
    "account.registered": _l("Registered"),
    "account.signed_in": _l("Signed in"),
    "account.signed_out_elsewhere": _l("Signed out everywhere else"),
    "account.email_confirmed": _l("E-mail address confirmed"),
    "account.email_changed": _l("E-mail address changed"),
    "account.password_changed": _l("Password changed"),
    "application.submitted": _l("Application handed in"),
    "application.withdrawn": _l("Application withdrawn"),
    "application.approved": _l("Application approved"),
    "application.rejected": _l("Application rejected"),
    "application.changes_requested": _l("Changes requested"),
    "merchant.admitted": _l("Merchant admitted"),
    "merchant.suspended": _l("Merchant suspended"),
    "merchant.reinstated": _l("Merchant reinstated"),
    "merchant.closed": _l("Merchant closed"),
    "merchant.reopened": _l("Merchant reopened"),
    "merchant.scope_changed": _l("Categories changed"),
    "merchant.away": _l("Absence changed"),
    "merchant.changed": _l("Record changed"),
    "staff.invited": _l("Colleague invited"),
    "staff.joined": _l("Colleague joined"),
    "staff.role_changed": _l("Role changed"),
    "staff.removed": _l("Colleague removed"),
    "storefront.changed": _l("Shop rearranged"),
    "market_team.joined": _l("Joined the market's team"),
    "market_team.role_changed": _l("Role changed"),
    "market_team.removed": _l("Left the market's team"),
    "market.settings_changed": _l("Settings changed"),
    "product.published": _l("Product put on sale"),
    "product.taken_off": _l("Product taken off sale"),
    "product.prices_changed": _l("Prices changed"),
    "product.sent_back": _l("Product sent back"),
    "product.discarded": _l("Product discarded"),
    "product.removed": _l("Product taken off the shelves by the market"),
    "product.deleted": _l("Product deleted"),
    "product.brought_back": _l("Product brought back"),
    "category.opened": _l("Category added"),
    "category.changed": _l("Category changed"),
    "category.closed": _l("Category closed"),
    "category.reopened": _l("Category reopened"),
    "attribute.opened": _l("Attribute added"),
    "attribute.changed": _l("Attribute changed"),
    "attribute.closed": _l("Attribute closed"),
    "brand.opened": _l("Brand added"),
    "brand.renamed": _l("Brand renamed"),
    "brand.closed": _l("Brand closed"),
    "brand.reopened": _l("Brand reopened"),
    "location.opened": _l("Warehouse opened"),
    "location.closed": _l("Warehouse closed"),
    "workflow.changed": _l("Order workflow changed"),
    "freight.changed": _l("Freight rules changed"),
    "commissions.published": _l("Commissions published"),
    "refund.asked_again": _l("Refund asked of the gateway again"),
    "refund.settled_by_hand": _l("Refund settled by hand"),
    "payment.asked": _l("Payment looked up at the gateway"),
    "ledger.period_closed": _l("Period closed"),
}


CORNERS: dict[str, Any] = {
    "accounts": _l("Accounts"),
    "addresses": _l("Address book"),
    "admission": _l("Applications"),
    "staff": _l("Colleagues"),
    "storefronts": _l("Shops"),
    "catalogue": _l("Products"),
    "inventory": _l("Stock"),
    "commissions": _l("Commissions"),
    "shipping": _l("Freight"),
    "checkout": _l("Orders"),
}
"""What each feature plants in a demo market, by the feature's name."""


def label(action: str) -> Any:
    """What a deed is called; its own word if nobody has named it."""
    if action.startswith("demo.planted."):
        corner = action.rpartition(".")[2]
        return _l("Demo planted: %(what)s", what=CORNERS.get(corner, corner))
    return DEEDS.get(action, action)


AT_DESK = ("merchant", "staff", "storefront", "product", "location", "workflow", "freight")
"""The kinds of deeds that a merchant's own people read about."""


def told(row: AuditEvent) -> str:
    """What a deed was about, in a few words for those at the desk: a title, a name, a role, what was changed."""
    facts = {**(row.before or {}), **(row.after or {})}
    if row.action.startswith("merchant."):
        return merchant_deeds.detail(row)
    title = facts.get("title")
    if isinstance(title, dict):
        return str(_("; ")).join([pick(title), *_prices(row)])
    before, after = (_role(side) for side in (row.before, row.after))
    role = f"{before} → {after}" if before and after else after
    return " · ".join(str(part) for part in (facts.get("name") or facts.get("email"), role) if part)


def _prices(row: AuditEvent) -> list[str]:
    """Which prices were changed, from what to what; of many, the first."""
    before, after = ((side or {}).get("prices", {}) for side in (row.before, row.after))
    currency = (row.after or {}).get("currency", "")
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    said = [
        str(
            _(
                "from %(quantity)s: %(was)s → %(now)s",
                quantity=key,
                was=_price(before, key, currency),
                now=_price(after, key, currency),
            )
        )
        for key in changed[:MOST_PRICES]
    ]
    return said + (["…"] if len(changed) > MOST_PRICES else [])


def _price(prices: Mapping[str, int], key: str, currency: str) -> str:
    return money(Money(prices[key], currency)) if key in prices else "–"


def _role(facts: Mapping[str, Any] | None) -> str:
    role = (facts or {}).get("role")
    return str(StaffRole(role).label) if role in set(StaffRole) else ""


def called(words: str) -> list[str]:
    """The deeds whose name in the reader's language holds these words."""
    return [action for action, name in DEEDS.items() if words.casefold() in str(name).casefold()] if words else []
