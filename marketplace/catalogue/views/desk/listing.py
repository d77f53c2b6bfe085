"""The list of a merchant's products: tabs by state, search, bulk on and off sale, export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue import exporting, queries, services
from marketplace.catalogue.errors import NotInThisState, OutsideScope, Unfinished
from marketplace.catalogue.views.desk import desk
from marketplace.catalogue.views.lists import Listing, wanted_from
from marketplace.kernel.db import attempt
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.paging import page_of
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission

DEEDS: dict[str, Callable[..., Any]] = {
    "submit": services.submit,
    "on": services.put_on_sale,
    "off": services.take_off_sale,
    "delete": services.delete,
}
SIZE = 50


@desk.get("/")
@staff_only(Permission.PRODUCTS_SEE)
def index() -> ResponseReturnValue:
    """All products of this merchant, narrowed by state, words, category and stock."""
    wanted = wanted_from(request.args, merchant_id=g.place.merchant_id)
    page = page_of(queries.desk_rows(wanted), number=request.args.get("page", 1, int), size=SIZE, scalars=False)
    listing = Listing(".index", wanted, queries.counts_by_state(g.place.merchant_id))
    undo = session.pop("products_off", None)
    tree = queries.tree()
    return render_template("desk/catalogue/index.html", page=page, listing=listing, undo=undo, tree=tree, place=g.place)


@desk.post("/bulk")
@staff_only(Permission.PRODUCTS_PUBLISH)
def bulk() -> ResponseReturnValue:
    """Do one thing to all picked products; what cannot is said, the others are done."""
    deed = request.form.get("deed", "")
    picked = [UUID(text) for text in request.form.getlist("pick")[:200] if _is_uuid(text)]
    if deed not in DEEDS:
        return redirect(url_for(".index"), 303)
    if deed == "delete" and not g.place.may(Permission.PRODUCTS_EDIT):
        raise Forbidden
    done, refused = [], []
    for product_id in picked:
        try:
            with attempt():
                DEEDS[deed](product_id=product_id)
            done.append(product_id)
        except (NotInThisState, Unfinished, OutsideScope) as refusal:
            refused.append(refusal)
    _say(deed, len(done), refused)
    if deed == "off" and done:
        session["products_off"] = [str(product_id) for product_id in done]
    return redirect(url_for(".index", state=request.form.get("state") or None), 303)


@desk.get("/export.<kind>")
@staff_only(Permission.PRODUCTS_EXPORT)
def export(kind: str) -> ResponseReturnValue:
    """All products with their variants as CSV or XLSX, one line for each variant."""
    made = exporting.FORMATS.get(kind)
    if made is None:
        raise NotFound
    answer = Response(made.write(exporting.lines(g.place.merchant_id)), mimetype=made.mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=f"products-{g.place.slug}.{kind}")
    return answer


def _say(deed: str, done: int, refused: list[Any]) -> None:
    said = {
        "submit": ngettext("%(num)s product was submitted.", "%(num)s products were submitted.", done),
        "on": ngettext("%(num)s product is on sale or in review.", "%(num)s products are on sale or in review.", done),
        "off": ngettext("%(num)s product was taken off sale.", "%(num)s products were taken off sale.", done),
        "delete": ngettext("%(num)s product was deleted.", "%(num)s products were deleted.", done),
    }
    if done and deed != "off":
        flash(said[deed], "success")
    if refused:
        flash(
            ngettext(
                "%(num)s product was left as it is: %(why)s",
                "%(num)s products were left as they are, for example: %(why)s",
                len(refused),
                why=refused[0].sentence(),
            ),
            "warning",
        )
    if not done and not refused:
        flash(_("Pick at least one product first."), "warning")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
