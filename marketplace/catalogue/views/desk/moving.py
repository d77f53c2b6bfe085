"""One product on its way: submitted, taken back, on and off sale, copied, discarded, looked at."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.errors import Unfinished
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.rules import spoken
from marketplace.catalogue.views import shots
from marketplace.catalogue.views.desk import desk
from marketplace.kernel.db import attempt
from marketplace.kernel.texts import pick
from marketplace.kernel.videos import video_of
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission


@desk.post("/<uuid:product_id>/submit")
@staff_only(Permission.PRODUCTS_PUBLISH)
def submit(product_id: UUID) -> ResponseReturnValue:
    """Ask the market to look at it; what is missing is said instead."""
    try:
        with attempt():
            services.submit(product_id=product_id)
    except Unfinished as refusal:
        flash(refusal.sentence(), "warning")
        return redirect(url_for(".edit", product_id=product_id, _anchor="review"), 303)
    flash(_("The product is submitted. The market looks at it within one working day."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/withdraw")
@staff_only(Permission.PRODUCTS_PUBLISH)
def withdraw(product_id: UUID) -> ResponseReturnValue:
    """Take it back out of the queue."""
    services.withdraw(product_id=product_id)
    flash(_("The product is a draft again."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/on")
@staff_only(Permission.PRODUCTS_PUBLISH)
def put_on(product_id: UUID) -> ResponseReturnValue:
    """Show it again."""
    product = services.put_on_sale(product_id=product_id)
    shown = product.state is ProductState.ON_SALE
    flash(_("The product is on sale.") if shown else _("The product is in review before it goes on sale."), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.post("/<uuid:product_id>/off")
@staff_only(Permission.PRODUCTS_PUBLISH)
def take_off(product_id: UUID) -> ResponseReturnValue:
    """Take it off the shelves; the list offers to undo it."""
    services.take_off_sale(product_id=product_id)
    session["products_off"] = [str(product_id)]
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/copy")
@staff_only(Permission.PRODUCTS_EDIT)
def duplicate(product_id: UUID) -> ResponseReturnValue:
    """A draft like it."""
    made = services.duplicate(product_id=product_id)
    flash(_("This is the copy. Give it a name and SKUs of its own."), "success")
    return redirect(url_for(".edit", product_id=made.id), 303)


@desk.post("/<uuid:product_id>/discard")
@staff_only(Permission.PRODUCTS_EDIT)
def discard(product_id: UUID) -> ResponseReturnValue:
    """Throw a draft away that was never submitted."""
    services.discard(product_id=product_id)
    flash(_("The draft is gone."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/delete")
@staff_only(Permission.PRODUCTS_EDIT)
def delete(product_id: UUID) -> ResponseReturnValue:
    """Put it away for good, or until somebody wants it back (CA1)."""
    services.delete(product_id=product_id)
    flash(_("The product is deleted. It stands under “Deleted” and can be brought back from there."), "success")
    return redirect(url_for(".index"), 303)


@desk.post("/<uuid:product_id>/bring-back")
@staff_only(Permission.PRODUCTS_EDIT)
def bring_back(product_id: UUID) -> ResponseReturnValue:
    """Undo a deletion."""
    product = services.bring_back(product_id=product_id)
    flash(_("The product is back: %(state)s.", state=product.state.label), "success")
    return redirect(url_for(".edit", product_id=product_id), 303)


@desk.get("/<uuid:product_id>/preview")
@staff_only(Permission.PRODUCTS_SEE)
def preview(product_id: UUID) -> ResponseReturnValue:
    """As buyers will see it."""
    product = queries.get(product_id)
    schema = queries.schema_of(product.category_id)
    spec = [(pick(f.names), spoken(f, product.attributes[f.code])) for f in schema if f.code in product.attributes]
    return render_template(
        "desk/catalogue/preview.html", product=product, spec=spec, shots=shots.tiles(product), video=video_of(product.video)
    )
