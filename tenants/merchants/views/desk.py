"""The merchant's own record at its desk: what it may say of itself, and what only the market changes (MA3, MA4)."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.merchants import queries, records, services
from tenants.merchants.errors import RecordMoved
from tenants.merchants.views import form

desk = Blueprint("record", __name__, url_prefix="/record")
OWN = ("name_zh", "name_en", "founded_year", "staff_size", "contact_name", "contact_phone", "contact_email")


@desk.get("/")
@staff_only(Permission.PROFILE_EDIT)
def index() -> ResponseReturnValue:
    """What stands in the record."""
    kept = _kept()
    return _page(Typed(kept), Typed(), kept)


@desk.post("/")
@staff_only(Permission.PROFILE_EDIT)
def save() -> ResponseReturnValue:
    """Take over what the merchant may say of itself."""
    kept = _kept()
    typed = Typed({**kept, **form.read(OWN)})
    try:
        changed = services.change_record(
            merchant_id=g.place.merchant_id, entries=typed, allowed=OWN, seen=request.form.get("seen", "")
        )
    except Invalid as refusal:
        return _page(typed, Typed(refusal.errors), kept), 422
    except RecordMoved as refusal:
        flash(refusal.sentence(), "error")
        return _page(typed, Typed(), kept), 409
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for(".index"), 303)


def _kept() -> dict[str, str]:
    return records.entries_of(queries.get(g.place.merchant_id), queries.legal_profile(g.place.merchant_id))


def _page(typed: Typed, errors: Typed, kept: dict[str, str]) -> str:
    fixed = [(label, records.shown(name, kept[name]) or "–") for name, label in records.LABELS.items() if name not in OWN]
    return render_template(
        "desk/merchants/record.html", typed=typed, errors=errors, labels=records.LABELS, fixed=fixed,
        seen=records.mark(kept), choices=form.choices(kept["region"]), legal=queries.legal_profile(g.place.merchant_id),
    )  # fmt: skip
