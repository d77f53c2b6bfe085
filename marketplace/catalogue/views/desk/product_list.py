"""Desk views for the product list: tabs by state, search, bulk actions, export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue import product_export, queries, services
from marketplace.catalogue.errors import InvalidProductTransition, OutsideBusinessScope, RequirementsMissing
from marketplace.catalogue.views.desk.blueprint import desk
from marketplace.catalogue.views.list_view import ListView, parse_filter
from marketplace.kernel.db import savepoint
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.paging import paginate
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission

BULK_ACTIONS: dict[str, Callable[..., Any]] = {
    "submit": services.submit_for_review,
    "on": services.publish_product,
    "off": services.unpublish_product,
    "delete": services.delete_product,
}
PAGE_SIZE = 50


@desk.get("/")
@require_staff_permission(Permission.PRODUCTS_SEE)
def index() -> ResponseReturnValue:
    """List the products of this merchant, filtered by state, text, category and stock."""
    filters = parse_filter(request.args, merchant_id=g.membership.merchant_id)
    page = paginate(queries.list_products_stmt(filters), number=request.args.get("page", 1, int), size=PAGE_SIZE, scalars=False)
    list_view = ListView(".index", filters, queries.count_products_by_state(g.membership.merchant_id))
    undo = session.pop("products_off", None)
    tree = queries.get_category_tree()
    return render_template(
        "desk/catalogue/index.html", page=page, list_view=list_view, undo=undo, tree=tree, membership=g.membership
    )


@desk.post("/bulk")
@require_staff_permission(Permission.PRODUCTS_PUBLISH)
def bulk() -> ResponseReturnValue:
    """Apply an action to all selected products; those that do not allow it are skipped and reported."""
    action = request.form.get("deed", "")
    picked_ids = [UUID(text) for text in request.form.getlist("pick")[:200] if _is_uuid(text)]
    if action not in BULK_ACTIONS:
        return redirect(url_for(".index"), 303)
    if action == "delete" and not g.membership.can(Permission.PRODUCTS_EDIT):
        raise Forbidden
    done, errors = [], []
    for product_id in picked_ids:
        try:
            with savepoint():
                BULK_ACTIONS[action](product_id=product_id)
            done.append(product_id)
        except (InvalidProductTransition, RequirementsMissing, OutsideBusinessScope) as exc:
            errors.append(exc)
    _flash_result(action, len(done), errors)
    if action == "off" and done:
        session["products_off"] = [str(product_id) for product_id in done]
    return redirect(url_for(".index", state=request.form.get("state") or None), 303)


@desk.get("/export.<kind>")
@require_staff_permission(Permission.PRODUCTS_EXPORT)
def export(kind: str) -> ResponseReturnValue:
    """Download all products with their variants as CSV or XLSX, one row per variant."""
    export_format = product_export.FORMATS.get(kind)
    if export_format is None:
        raise NotFound
    response = Response(
        export_format.write(product_export.export_rows(g.membership.merchant_id)), mimetype=export_format.mimetype
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"products-{g.membership.slug}.{kind}")
    return response


def _flash_result(action: str, done: int, errors: list[Any]) -> None:
    messages = {
        "submit": ngettext("%(num)s product was submitted.", "%(num)s products were submitted.", done),
        "on": ngettext("%(num)s product is on sale or in review.", "%(num)s products are on sale or in review.", done),
        "off": ngettext("%(num)s product was taken off sale.", "%(num)s products were taken off sale.", done),
        "delete": ngettext("%(num)s product was deleted.", "%(num)s products were deleted.", done),
    }
    if done and action != "off":
        flash(messages[action], "success")
    if errors:
        flash(
            ngettext(
                "%(num)s product was left as it is: %(why)s",
                "%(num)s products were left as they are, for example: %(why)s",
                len(errors),
                why=errors[0].user_message(),
            ),
            "warning",
        )
    if not done and not errors:
        flash(_("Pick at least one product first."), "warning")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
