"""Labels for a merchant's entries in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from marketplace.kernel.audit import AuditEvent
from tenants.merchants import business_scopes, profile_form


def action_label(action: str) -> str:
    """Return the label of an action; the action itself if it has none."""
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
    """Return the entries in the form that the timeline macro takes."""
    tones = {"merchant.admitted": "good", "merchant.reinstated": "good", "merchant.suspended": "bad", "merchant.closed": "bad"}
    return [
        {
            "label": action_label(row.action),
            "at": row.at,
            "by": names.get(row.account_id, "") if row.account_id else "",
            "comment": row.reason or "",
            "tone": tones.get(row.action, ""),
            "detail": entry_detail(row),
        }
        for row in rows
    ]


def entry_detail(entry: AuditEvent) -> str:
    """Return a short description of what was changed."""
    if entry.action == "merchant.changed":
        return str(_(", ")).join(profile_form.field_labels(entry.after or {}))
    if entry.action != "merchant.scope_changed":
        return ""
    before, after = set((entry.before or {}).get("scopes", [])), set((entry.after or {}).get("scopes", []))
    added, removed = business_scopes.scope_labels(sorted(after - before)), business_scopes.scope_labels(sorted(before - after))
    return " ".join([*(f"+{name}" for name in added), *(f"−{name}" for name in removed)])
