"""Labels and descriptions of the audit log's actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.audit import AuditEvent
from marketplace.kernel.formatting import format_money
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money
from tenants.access.permissions import StaffRole
from tenants.merchants import audit_labels as merchant_audit_labels

MAX_PRICES = 4
ACTION_GROUPS: dict[str, Any] = {
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

ACTION_LABELS: dict[str, Any] = {
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


DEMO_FEATURE_LABELS: dict[str, Any] = {
    "accounts": _l("Accounts"),
    "addresses": _l("Address book"),
    "merchant_applications": _l("Applications"),
    "staff": _l("Colleagues"),
    "merchant_shops": _l("Shops"),
    "catalogue": _l("Products"),
    "inventory": _l("Stock"),
    "commissions": _l("Commissions"),
    "shipping": _l("Freight"),
    "checkout": _l("Orders"),
}
"""Labels of the demo data by the name of its seeder."""


def action_label(action: str) -> Any:
    """Return the label of an action; the action itself if it has none."""
    if action.startswith("demo.seeded."):
        feature_name = action.rpartition(".")[2]
        return _l("Demo planted: %(what)s", what=DEMO_FEATURE_LABELS.get(feature_name, feature_name))
    return ACTION_LABELS.get(action, action)


DESK_ACTION_GROUPS = ("merchant", "staff", "storefront", "product", "location", "workflow", "freight")
"""The action groups that a merchant's staff may see."""


def describe_entry(entry: AuditEvent) -> str:
    """Return a short description of an entry's subject for merchants' staff: title, name, role or changed fields."""
    values = {**(entry.before or {}), **(entry.after or {})}
    if entry.action.startswith("merchant."):
        return merchant_audit_labels.entry_detail(entry)
    title = values.get("title")
    if isinstance(title, dict):
        return str(_("; ")).join([localize(title), *_describe_price_changes(entry)])
    before, after = (_role_label(snapshot) for snapshot in (entry.before, entry.after))
    role = f"{before} → {after}" if before and after else after
    return " · ".join(str(part) for part in (values.get("name") or values.get("email"), role) if part)


def _describe_price_changes(entry: AuditEvent) -> list[str]:
    """Return the changed prices with old and new value; at most `MAX_PRICES`."""
    before, after = ((snapshot or {}).get("prices", {}) for snapshot in (entry.before, entry.after))
    currency = (entry.after or {}).get("currency", "")
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    changes = [
        str(
            _(
                "from %(quantity)s: %(was)s → %(now)s",
                quantity=key,
                was=_format_price(before, key, currency),
                now=_format_price(after, key, currency),
            )
        )
        for key in changed[:MAX_PRICES]
    ]
    return changes + (["…"] if len(changed) > MAX_PRICES else [])


def _format_price(prices: Mapping[str, int], key: str, currency: str) -> str:
    return format_money(Money(prices[key], currency)) if key in prices else "–"


def _role_label(values: Mapping[str, Any] | None) -> str:
    role = (values or {}).get("role")
    return str(StaffRole(role).label) if role in set(StaffRole) else ""


def actions_matching(search_text: str) -> list[str]:
    """Return the actions whose label in the reader's language contains the search text."""
    return (
        [action for action, name in ACTION_LABELS.items() if search_text.casefold() in str(name).casefold()]
        if search_text
        else []
    )
