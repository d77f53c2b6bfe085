"""Console pages for rates: the current set, the fee simulator, the next set and all earlier sets."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing import merchant_lookup
from billing.commissions import domain, forms, queries, services, simulator_form
from billing.commissions.errors import StaleRateSet
from billing.commissions.models import CommissionRate
from billing.reference_registry import CategoryPath, list_category_paths
from marketplace.kernel.errors import NotFound
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

console = Blueprint("commissions", __name__, url_prefix="/commissions")


def _timezone() -> ZoneInfo:
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


@console.get("/")
@require_platform_permission(PlatformPermission.COMMISSIONS_EDIT)
def index() -> ResponseReturnValue:
    """Show the current rates and the fee simulator."""
    current, categories = queries.get_newest_set(), list_category_paths()
    rates = list(queries.list_rates(current.number)) if current else []
    currency = current_app.config["SETTINGS"].currency
    return render_template(
        "console/commissions/index.html",
        current=current,
        rates=rates,
        default=forms.format_percent(current.default_basis_points if current else domain.DEFAULT_BASIS_POINTS),
        percent=forms.format_percent,
        merchants=merchant_lookup.get_merchant_names([rate.merchant_id for rate in rates if rate.merchant_id]),
        unreachable=[(rates[below], rates[above]) for below, above in domain.find_unreachable(rates)],
        simulation=simulator_form.parse(request.args, categories=categories, currency=currency),
        currency=currency,
        sellers=merchant_lookup.list_merchant_choices(),
        categories=categories,
        category_names=_category_names(categories),
        sets=paginate(queries.select_sets(), number=request.args.get("page", 1, type=int), size=10),
        page_url=lambda number: url_for(".index", page=number),
    )


def _category_names(categories: Sequence[CategoryPath]) -> dict[str, str]:
    """Return the names of categories by path. A category that no provider lists any more is shown by its path."""
    return {category.path: category.full_name for category in categories}


@console.get("/edit")
@require_platform_permission(PlatformPermission.COMMISSIONS_EDIT)
def edit() -> ResponseReturnValue:
    """Show the form of the next set, filled with the current one."""
    current = queries.get_newest_set()
    rates = list(queries.list_rates(current.number)) if current else []
    sellers = merchant_lookup.list_merchant_choices(include_ids=[rate.merchant_id for rate in rates if rate.merchant_id])
    labels = {choice.id: choice.label for choice in sellers}
    return _render_form(
        forms.from_rates(current, rates, labels, default=domain.DEFAULT_BASIS_POINTS, zone=_timezone()), sellers
    )


@console.post("/edit")
@require_platform_permission(PlatformPermission.COMMISSIONS_EDIT)
def publish() -> ResponseReturnValue:
    """Publish the next set, or add blank rows to the form."""
    form = forms.parse(request.form, zone=_timezone())
    if request.form.get("deed") == "more":
        form.errors.clear()
        forms.add_blank_rows(form)
        return _render_form(form)
    if form.errors:
        return _render_form(form), 422
    try:
        rate_set = services.publish_rates(
            rates=form.drafts,
            default_basis_points=form.default_basis_points,
            note=form.note,
            expected_number=form.expected_number,
        )
    except StaleRateSet as exc:
        return _stale_form(form, exc)
    flash(
        _("Rates number %(number)s hold from now on. What was sold before keeps its commission.", number=rate_set.number),
        "success",
    )
    return redirect(url_for(".index"))


def _stale_form(form: forms.RateSetForm, exc: StaleRateSet) -> ResponseReturnValue:
    """Render the form with the input and the number of the newer set: submitting again then publishes after that set."""
    rate_set = queries.get_newest_set()
    form.errors[""] = exc.user_message()
    form.expected_number = rate_set.number if rate_set else 0
    return _render_form(form, newer_number=form.expected_number), exc.status


def _render_form(
    form: forms.RateSetForm, sellers: Sequence[merchant_lookup.MerchantChoice] = (), *, newer_number: int = 0
) -> str:
    return render_template(
        "console/commissions/edit.html",
        form_data=form,
        sellers=sellers or merchant_lookup.list_merchant_choices(),
        categories=list_category_paths(),
        can_add_rows=len(form.rows) < forms.MAX_ROWS,
        newer_number=newer_number,
    )


@console.get("/<int:number>")
@require_platform_permission(PlatformPermission.COMMISSIONS_EDIT)
def show_rate_set(number: int) -> ResponseReturnValue:
    """Show one published set."""
    rate_set = queries.get_rate_set(number) if number < 2**31 else None
    if rate_set is None:
        raise NotFound
    rates: list[CommissionRate] = list(queries.list_rates(number))
    return render_template(
        "console/commissions/rate_set.html",
        current=rate_set,
        rates=rates,
        percent=forms.format_percent,
        merchants=merchant_lookup.get_merchant_names([rate.merchant_id for rate in rates if rate.merchant_id]),
        category_names=_category_names(list_category_paths()),
    )
