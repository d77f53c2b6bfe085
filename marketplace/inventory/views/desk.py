"""Stock at the merchant's desk.

Inventory management (IN1), stocktake (IN2), inbound and outbound log (IN4), stock alert line (IN5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue.views.template_helpers import register
from marketplace.inventory import queries, services
from marketplace.inventory.errors import DuplicateMovement, InsufficientAvailable
from marketplace.inventory.models import MovementKind
from marketplace.inventory.valuation import stock_value
from marketplace.inventory.views.presenters import KIND_TONES, actor_label, describe_reservations, timeline_events
from marketplace.kernel import clock, numbers
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields, parse_position
from marketplace.kernel.formatting import format_quantity
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.platform_admin.queries import get_staff_names

desk = Blueprint("inventory", __name__, url_prefix="/stock")
register(desk)
PAGE_SIZE = 50


@desk.get("/")
@require_staff_permission(Permission.STOCK_SEE)
def index() -> ResponseReturnValue:
    """List the stock of every variant, filtered by text, location, category and shortage."""
    location_id = _parse_uuid(request.args.get("place"))
    filters = queries.StockFilter(
        text=request.args.get("q", "")[:100],
        location_id=location_id,
        category=request.args.get("category", "")[:80],
        shortage=request.args.get("short", "")[:10],
        sort=request.args.get("sort", "free")[:12],
    )
    page = paginate(queries.list_stock_stmt(filters), number=request.args.get("page", 1, int), size=PAGE_SIZE, scalars=False)
    return render_template(
        "desk/inventory/index.html",
        page=page,
        filters=filters,
        locations=queries.list_locations(),
        category_tree=catalogue_queries.get_category_tree(),
        stock_value_totals=queries.get_stock_value() if _can_see_costs() else [],
        can_see_costs=_can_see_costs(),
        stock_value=stock_value,
        url=_list_url,
        to_page=lambda number: _list_url(page=number),
    )


@desk.get("/<uuid:variant_id>")
@require_staff_permission(Permission.STOCK_SEE)
def variant(variant_id: UUID) -> ResponseReturnValue:
    """Show one variant: its levels, its reservations and its movements."""
    return _render_variant(variant_id, FormData(), FormData())


@desk.post("/<uuid:variant_id>/<any(receive, correct, write_off, transfer, line):action>")
@require_staff_permission(Permission.STOCK_ADJUST)
def record_movement(variant_id: UUID, action: str) -> ResponseReturnValue:
    """Record one movement, or set the low-stock threshold."""
    typed = clean_fields(request.form, "quantity", "location", "target", "note", "counted", "cost", "key", max_length=300)
    try:
        _perform_action(action, variant_id, typed)
    except ValidationError as exc:
        return _render_variant(variant_id, typed, FormData(exc.errors), action), 422
    except InsufficientAvailable as exc:
        return _render_variant(variant_id, typed, FormData(quantity=exc.user_message()), action), 422
    except DuplicateMovement as exc:
        flash(exc.user_message(), "info")
        return redirect(url_for(".variant", variant_id=variant_id), 303)
    flash(_("The alert line is set.") if action == "line" else _("Booked."), "success")
    return redirect(url_for(".variant", variant_id=variant_id), 303)


@desk.get("/book")
@require_staff_permission(Permission.STOCK_SEE)
def movements() -> ResponseReturnValue:
    """List all movements, newest first, with totals by kind: in the filtered days, or in the last 30."""
    kind, timezone = request.args.get("kind", ""), current_app.config["SETTINGS"].timezone
    until = clock.parse_local_day(request.args.get("until", ""), timezone)
    filters = queries.MovementFilter(
        text=request.args.get("q", "").strip()[:100],
        kind=MovementKind(kind) if kind in set(MovementKind) else None,
        location_id=_parse_uuid(request.args.get("place")),
        since=clock.parse_local_day(request.args.get("since", ""), timezone),
        until=until + timedelta(days=1) if until else None,
    )
    page = paginate(
        queries.list_movements_stmt(filters), number=request.args.get("page", 1, int), size=PAGE_SIZE, scalars=False
    )
    return render_template(
        "desk/inventory/movements.html",
        page=page,
        staff_names=get_staff_names(g.membership.merchant_id),
        actor_label=actor_label,
        filters=filters,
        days={name: request.args.get(name, "") for name in ("since", "until")},
        kinds=MovementKind,
        totals_by_kind=queries.get_totals_by_kind(filters),
        amount=format_quantity,
        locations=queries.list_locations(include_closed=True),
        kind_tones=KIND_TONES,
        url=lambda **changes: url_for(".movements", **{**request.args, "page": None, **changes}),
    )


@desk.get("/places")
@require_staff_permission(Permission.STOCK_SEE)
def locations() -> ResponseReturnValue:
    """List the warehouses, in the order in which stock is taken from them."""
    return _render_locations(FormData(), FormData())


@desk.post("/places")
@require_staff_permission(Permission.LOCATIONS_MANAGE)
def create_location() -> ResponseReturnValue:
    """Add a warehouse."""
    typed = clean_fields(request.form, "name", "address", "position", max_length=200)
    try:
        services.create_location(
            merchant_id=g.membership.merchant_id,
            name=typed.name,
            address=typed.address,
            position=parse_position(typed.position),
        )
    except ValidationError as exc:
        return _render_locations(typed, FormData(exc.errors)), 422
    flash(_("The warehouse is added."), "success")
    return redirect(url_for(".locations"), 303)


@desk.post("/places/<uuid:location_id>")
@require_staff_permission(Permission.LOCATIONS_MANAGE)
def update_location(location_id: UUID) -> ResponseReturnValue:
    """Rename a warehouse, or change its position."""
    typed = clean_fields(request.form, "name", "address", "position", max_length=200)
    location = queries.get_location(location_id)
    try:
        services.update_location(
            location_id=location_id,
            name=typed.name,
            region_code=location.region_code,
            address=typed.address,
            position=parse_position(typed.position),
        )
    except ValidationError as exc:
        return _render_locations(
            FormData(), FormData({f"{location_id}": next(iter(exc.errors.values()))}), {location_id: typed}
        ), 422
    flash(_("The warehouse is saved."), "success")
    return redirect(url_for(".locations"), 303)


@desk.post("/places/<uuid:location_id>/close")
@require_staff_permission(Permission.LOCATIONS_MANAGE)
def close_location(location_id: UUID) -> ResponseReturnValue:
    """Close an empty warehouse."""
    services.close_location(location_id=location_id)
    flash(_("The warehouse is closed."), "success")
    return redirect(url_for(".locations"), 303)


def _perform_action(action: str, variant_id: UUID, typed: FormData) -> None:
    quantity = _parse_quantity(typed.quantity, allow_empty=action == "line")
    if action == "line":
        services.set_low_stock_threshold(variant_id=variant_id, quantity=quantity or None)
        return
    location_id = _parse_uuid(typed.location)
    if location_id is None:
        raise ValidationError({"location": _("Choose a warehouse.")})
    reference = f"form:{key}" if (key := _parse_uuid(typed.key)) else ""
    if action == "transfer":
        target_id = _parse_uuid(typed.target)
        if target_id is None:
            raise ValidationError({"target": _("Choose a warehouse.")})
        services.transfer(
            variant_id=variant_id,
            source_id=location_id,
            target_id=target_id,
            quantity=quantity,
            note=typed.note,
            reference=reference,
        )
        return
    if action == "correct":
        is_count = bool(typed.counted)
        services.adjust(
            variant_id=variant_id, location_id=location_id, new_quantity=quantity, note=typed.note, is_count=is_count
        )
        return
    if action == "receive":
        cost = _parse_cost(typed.cost)
        services.receive(
            variant_id=variant_id, location_id=location_id, quantity=quantity, note=typed.note, reference=reference, cost=cost
        )
        return
    services.write_off(variant_id=variant_id, location_id=location_id, quantity=quantity, note=typed.note, reference=reference)


def _parse_cost(text: str) -> Money | None:
    """Return the cost of one unit, if the member may see costs."""
    if not text or not _can_see_costs():
        return None
    try:
        return Money.parse(text, _currency())
    except ValueError:
        raise ValidationError({"cost": _("Enter an amount like 12.50.")}) from None


def _currency() -> str:
    return str(current_app.config["SETTINGS"].currency)


def _can_see_costs() -> bool:
    """Return whether the member may see costs: those who set prices or see the money, not all warehouse staff."""
    return bool(g.membership.can(Permission.PRICES_EDIT) or g.membership.can(Permission.MONEY_SEE))


def _parse_quantity(text: str, *, allow_empty: bool = False) -> Decimal:
    if allow_empty and not text:
        return Decimal(0)
    try:
        return numbers.parse_decimal(text)
    except ValueError:
        raise ValidationError({"quantity": _("Enter a number.")}) from None


def _render_variant(variant_id: UUID, typed: FormData, errors: FormData, action: str = "receive") -> str:
    details = queries.get_variant_details(variant_id)
    context: dict[str, Any] = {
        "details": details,
        "levels": queries.list_levels([variant_id]),
        "available": queries.get_available([variant_id])[variant_id],
        "low_stock_threshold": queries.get_low_stock_threshold(variant_id),
        "reservations": describe_reservations(queries.list_active_reservations(variant_id)),
        "events": timeline_events(
            queries.get_variant_history(variant_id),
            details.unit,
            get_staff_names(g.membership.merchant_id),
            _currency() if _can_see_costs() else "",
        ),
        "cost": queries.get_cost(variant_id) if _can_see_costs() else None,
        "can_see_costs": _can_see_costs(),
        "stock_value": stock_value,
    }
    location_choices = [(location.id, location.name) for location in queries.list_locations()]
    return render_template(
        "desk/inventory/variant.html",
        **context,
        location_choices=location_choices,
        typed=typed,
        errors=errors,
        no_errors=FormData(),
        key=uuid7(),
        action=action,
        membership=g.membership,
    )


def _render_locations(typed: FormData, errors: FormData, changed: Mapping[UUID, FormData] = MappingProxyType({})) -> str:
    rows = queries.list_locations_with_stock()
    return render_template(
        "desk/inventory/locations.html", locations=rows, typed=typed, errors=errors, changed=changed, membership=g.membership
    )


def _list_url(**changes: Any) -> str:
    current_args = {name: request.args.get(name) for name in ("q", "place", "category", "short", "sort")}
    return url_for(".index", **{name: value for name, value in {**current_args, **changes}.items() if value})


def _parse_uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
