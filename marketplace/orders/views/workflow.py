"""Where a merchant arranges its order workflow, with a picture that follows every choice (OR5, OR6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import whole
from marketplace.orders import services
from marketplace.orders.errors import WorkflowMoved
from marketplace.orders.models import OrderState
from marketplace.orders.workflow.drawing import draw
from marketplace.orders.workflow.standard import PAYMENTS, PERMISSIONS, STEPS, Choices, build
from tenants.access.guards import staff_only
from tenants.access.permissions import GRANTS, Permission, StaffRole

desk = Blueprint("workflow", __name__, url_prefix="/workflow")

PAYMENT_WORDS: Mapping[str, tuple[Any, Any]] = {
    "at_once": (_l("At once, when ordering"), _l("The usual way: the market holds the money until the buyer has the goods.")),
    "after_order": (_l("After the order review"), _l("You confirm first (stock, price, date), then the buyer pays.")),
    "after_finance": (_l("After the finance review"), _l("Your finance colleague agrees before the buyer is asked to pay.")),
    "outside": (_l("Not here"), _l("You settle with the buyer yourselves; the market holds no money.")),
}
STEP_HINTS: Mapping[str, Any] = {
    "order_review": _l("Customer service looks at every new order."),
    "finance_review": _l("Finance checks payment and terms."),
    "outbound_review": _l("The warehouse releases the goods."),
    "shipping": _l("Parcels with carrier and number; off: the buyer fetches the goods."),
    "receipt": _l("The buyer confirms, or the days run out."),
}


@desk.get("/")
@staff_only(Permission.WORKFLOW_EDIT)
def index() -> ResponseReturnValue:
    """The workflow as it holds for new orders."""
    return _page(services.current_choices(merchant_id=g.place.merchant_id), {})


@desk.post("/")
@staff_only(Permission.WORKFLOW_EDIT)
def save() -> ResponseReturnValue:
    """Keep the choices as a new version, or say why they make no workflow."""
    choices = _typed()
    try:
        services.save_choices(merchant_id=g.place.merchant_id, choices=choices, account_id=g.identity.account_id, seen=_seen())
    except Invalid as refusal:
        return _page(choices, refusal.errors), 422
    except WorkflowMoved as refusal:
        return _page(choices, {"": refusal.sentence()}, anew=True), refusal.status
    flash(_("Saved. New orders take this way; orders under way keep theirs."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/picture")
@staff_only(Permission.WORKFLOW_EDIT)
def picture() -> ResponseReturnValue:
    """The picture of what is chosen at this moment, with the complaints about it; nothing is kept."""
    choices = _typed()
    return render_template("desk/orders/_flow.html", **_drawn(choices), complaints=list(choices.complaints()))


def _seen() -> int | None:
    """The version that the form began with."""
    return whole(request.form.get("seen", ""), most=10**6)


def _typed() -> Choices:
    days = request.form.get("receipt_days", "").strip()
    roles = {step: role for step in PERMISSIONS if (role := request.form.get(f"role-{step}", "")) in set(StaffRole)}
    return Choices(
        payment=request.form.get("payment", ""),
        on=frozenset(step for step in STEPS if step in request.form.getlist("on")),
        roles=roles,
        receipt_days=whole(days, most=999) or 0,
    )


def _page(choices: Choices, errors: Mapping[str, Any], *, anew: bool = False) -> str:
    said: Sequence[Any] = errors.get("", [])
    return render_template(
        "desk/orders/workflow.html",
        choices=choices,
        seen=services.current_number(merchant_id=g.place.merchant_id) if anew or _seen() is None else _seen(),
        errors=errors,
        said=[said] if isinstance(said, str) else list(said),
        steps=[_step(step, choices) for step in STEPS],
        payments=[{"value": name, "label": PAYMENT_WORDS[name][0], "hint": PAYMENT_WORDS[name][1]} for name in PAYMENTS],
        **_drawn(choices),
        complaints=[],
        days_typed=request.form.get("receipt_days", str(choices.receipt_days))[:20],
    )


def _step(step: str, choices: Choices) -> dict[str, Any]:
    needed = PERMISSIONS.get(step)
    able = [role for role in StaffRole if needed and Permission(needed) in GRANTS[role] and role is not StaffRole.OWNER]
    others = [role for role in StaffRole if needed and role not in able and role is not StaffRole.OWNER]
    return {
        "name": step,
        "label": OrderState(step).label,
        "hint": STEP_HINTS[step],
        "on": step in choices.on,
        "role": choices.roles.get(step, ""),
        "roles": [(role.value, role.label) for role in (*able, *others)],
        "usual": able,
    }


def _drawn(choices: Choices) -> dict[str, Any]:
    if not choices.on or choices.payment not in PAYMENTS:
        return {"picture": None, "labels": {}}
    labels = {state.value: state.label for state in OrderState}
    roles = {role.value: role.label for role in StaffRole}
    return {"picture": draw(build(choices)), "labels": labels, "role_words": roles, "days": choices.receipt_days}
