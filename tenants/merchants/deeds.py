"""The audit trail of a merchant in the words of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel.audit import AuditEvent
from tenants.merchants import records, scopes


def label(action: str) -> str:
    """What a deed is called; its own word if nobody has named it."""
    names = {
        "merchant.admitted": _("Admitted"),
        "merchant.suspended": _("Suspended"),
        "merchant.reinstated": _("Reinstated"),
        "merchant.closed": _("Closed"),
        "merchant.reopened": _("Reopened"),
        "merchant.scope_changed": _("Categories changed"),
        "merchant.away": _("Absence changed"),
        "merchant.changed": _("Record changed"),
        "storefront.changed": _("Shop rearranged"),
        "freight.changed": _("Freight rules changed"),
        "workflow.changed": _("Order workflow changed"),
    }
    return str(names.get(action, action))


def timeline(rows: Sequence[AuditEvent], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The deeds as the timeline macro takes them."""
    tones = {"merchant.admitted": "good", "merchant.reinstated": "good", "merchant.suspended": "bad", "merchant.closed": "bad"}
    return [
        {
            "label": label(row.action),
            "at": row.at,
            "by": names.get(row.account_id, "") if row.account_id else "",
            "said": row.reason or "",
            "tone": tones.get(row.action, ""),
            "detail": detail(row),
        }
        for row in rows
    ]


def detail(row: AuditEvent) -> str:
    """What was changed, in a few words."""
    if row.action == "merchant.changed":
        return str(_(", ")).join(records.labels(row.after or {}))
    if row.action != "merchant.scope_changed":
        return ""
    before, after = set((row.before or {}).get("scopes", [])), set((row.after or {}).get("scopes", []))
    added, gone = scopes.labels(sorted(after - before)), scopes.labels(sorted(before - after))
    return " ".join([*(f"+{name}" for name in added), *(f"−{name}" for name in gone)])
