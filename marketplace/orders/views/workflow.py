"""Desk views of the order workflow settings, with a live diagram (configurable order workflow, OR5; steps on or off, OR6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import parse_int
from marketplace.orders import services
from marketplace.orders.errors import StaleWorkflow
from marketplace.orders.models import OrderState
from marketplace.orders.workflow.builder import (
    PAYMENT_OPTIONS,
    STEP_PERMISSIONS,
    STEPS,
    WorkflowOptions,
    build_workflow,
)
from marketplace.orders.workflow.diagram import build_diagram
from tenants.access.decorators import require_staff_permission
from tenants.access.login import current_user
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole

desk = Blueprint("workflow", __name__, url_prefix="/workflow")

PAYMENT_LABELS: Mapping[str, tuple[Any, Any]] = {
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
@require_staff_permission(Permission.WORKFLOW_EDIT)
def index() -> ResponseReturnValue:
    """Render the workflow options of new orders."""
    return _render(services.current_options(merchant_id=g.membership.merchant_id), {})


@desk.post("/")
@require_staff_permission(Permission.WORKFLOW_EDIT)
def save() -> ResponseReturnValue:
    """Save the options as a new version, or render the errors."""
    options = _parse_options()
    try:
        services.save_workflow_options(
            merchant_id=g.membership.merchant_id,
            options=options,
            account_id=current_user.account_id,
            expected_number=_expected_number(),
        )
    except ValidationError as exc:
        return _render(options, exc.errors), 422
    except StaleWorkflow as exc:
        return _render(options, {"": exc.user_message()}, reload_number=True), exc.status
    flash(_("Saved. New orders take this way; orders under way keep theirs."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/picture")
@require_staff_permission(Permission.WORKFLOW_EDIT)
def diagram() -> ResponseReturnValue:
    """Render the diagram of the submitted options with their errors, without saving."""
    options = _parse_options()
    return render_template(
        "desk/orders/_workflow_diagram.html", **_diagram_context(options), option_errors=list(options.iter_errors())
    )


def _expected_number() -> int | None:
    """Return the version that the form was loaded with."""
    return parse_int(request.form.get("seen", ""), max_value=10**6)


def _parse_options() -> WorkflowOptions:
    days = request.form.get("receipt_days", "").strip()
    roles = {step: role for step in STEP_PERMISSIONS if (role := request.form.get(f"role-{step}", "")) in set(StaffRole)}
    return WorkflowOptions(
        payment=request.form.get("payment", ""),
        enabled_steps=frozenset(step for step in STEPS if step in request.form.getlist("on")),
        roles=roles,
        receipt_days=parse_int(days, max_value=999) or 0,
    )


def _render(options: WorkflowOptions, errors: Mapping[str, Any], *, reload_number: bool = False) -> str:
    messages: Sequence[Any] = errors.get("", [])
    return render_template(
        "desk/orders/workflow.html",
        options=options,
        expected_number=services.current_version_number(merchant_id=g.membership.merchant_id)
        if reload_number or _expected_number() is None
        else _expected_number(),
        errors=errors,
        messages=[messages] if isinstance(messages, str) else list(messages),
        steps=[_step_context(step, options) for step in STEPS],
        payments=[
            {"value": name, "label": PAYMENT_LABELS[name][0], "hint": PAYMENT_LABELS[name][1]} for name in PAYMENT_OPTIONS
        ],
        **_diagram_context(options),
        option_errors=[],
        days_typed=request.form.get("receipt_days", str(options.receipt_days))[:20],
    )


def _step_context(step: str, options: WorkflowOptions) -> dict[str, Any]:
    permission = STEP_PERMISSIONS.get(step)
    usual_roles = [
        role
        for role in StaffRole
        if permission and Permission(permission) in ROLE_PERMISSIONS[role] and role is not StaffRole.OWNER
    ]
    other_roles = [role for role in StaffRole if permission and role not in usual_roles and role is not StaffRole.OWNER]
    return {
        "name": step,
        "label": OrderState(step).label,
        "hint": STEP_HINTS[step],
        "on": step in options.enabled_steps,
        "role": options.roles.get(step, ""),
        "roles": [(role.value, role.label) for role in (*usual_roles, *other_roles)],
        "usual": usual_roles,
    }


def _diagram_context(options: WorkflowOptions) -> dict[str, Any]:
    if not options.enabled_steps or options.payment not in PAYMENT_OPTIONS:
        return {"diagram": None, "labels": {}}
    labels = {state.value: state.label for state in OrderState}
    roles = {role.value: role.label for role in StaffRole}
    return {
        "diagram": build_diagram(build_workflow(options)),
        "labels": labels,
        "role_labels": roles,
        "days": options.receipt_days,
    }
