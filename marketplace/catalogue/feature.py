"""What the catalogue plugs in."""

from datetime import timedelta

from flask import g, url_for
from flask.ctx import AppContext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from billing.references import Branch, offers_branches
from marketplace.catalogue import listeners, models, queries, search, tasks
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.views.console import console
from marketplace.catalogue.views.desk import desk
from marketplace.kernel import clock, words
from marketplace.kernel.feature import Feature, MenuItem, Step, Waiting
from marketplace.kernel.later import later
from marketplace.kernel.texts import LANGUAGES, pick
from tenants.access.permissions import MarketRight, Permission
from tenants.merchants import scopes


@offers_branches
def branches() -> list[Branch]:
    """The branches of the tree that a commission can name."""
    tree = queries.tree()
    names = {row.slug: pick(row.names) for row in tree}
    return [Branch("/".join(row.path), tuple(names.get(slug, slug) for slug in row.path)) for row in tree]


def scope_choices() -> list[tuple[str, dict[str, str], tuple[str, ...]]]:
    """The categories that a merchant's contract can name (MA5), each with the names and words of those above it."""
    tree = queries.tree()
    names = {row.slug: row.names for row in tree}
    return [
        (
            row.slug,
            {code: " / ".join(pick(names[slug], code) for slug in row.path if slug in names) for code in LANGUAGES},
            tuple(row.path),
        )
        for row in tree
    ]


def before(_context: AppContext) -> None:
    """Tell which categories a merchant's contract can name."""
    scopes.register_scopes(scope_choices)


def waiting() -> list[Waiting]:
    """Products that the market sent back to this merchant."""
    count = queries.counts_by_state(g.place.merchant_id).get(ProductState.REJECTED, 0)
    if not count:
        return []
    return [
        Waiting(
            label=ngettext("%(num)s product was sent back", "%(num)s products were sent back", count),
            why=_("Read the remarks, put it right and submit it again."),
            url=url_for("desk.catalogue.index", state=ProductState.REJECTED.value),
            action=_("Look at them"),
            icon="tag",
            permission=Permission.PRODUCTS_EDIT,
            urgent=True,
            count=count,
            order=30,
        )
    ]


def steps() -> list[Step]:
    """Goods, and their way through the market's review."""
    counts = queries.counts_by_state(g.place.merchant_id)
    handed_in = sum(counts.get(state, 0) for state in (ProductState.IN_REVIEW, ProductState.ON_SALE, ProductState.OFF_SALE))
    return [
        Step(
            label=_("Put in your goods"),
            why=_("One by one, or hundreds at once from a table that you have already."),
            url=url_for("desk.catalogue.new"),
            action=_("New product"),
            icon="tag",
            done=sum(counts.values()) > 0,
            permission=Permission.PRODUCTS_EDIT,
            order=30,
        ),
        Step(
            label=_("Hand your goods in for review"),
            why=_("The market looks at them first; what passes goes on sale."),
            url=url_for("desk.catalogue.index"),
            action=_("My products"),
            icon="send",
            done=handed_in > 0,
            permission=Permission.PRODUCTS_PUBLISH,
            order=50,
        ),
    ]


def waiting_for_market() -> list[Waiting]:
    """Products that wait for the market's review."""
    count, since = queries.waiting_for_review()
    if not count:
        return []
    return [
        Waiting(
            label=ngettext("%(num)s product waits for review", "%(num)s products wait for review", count),
            why=_("The oldest has waited since %(moment)s.", moment=words.moment(since)),
            url=url_for("console.catalogue.products", state=ProductState.IN_REVIEW.value),
            action=_("Look at them"),
            icon="tag",
            permission=MarketRight.PRODUCTS_REVIEW,
            urgent=clock.now() - since > timedelta(days=1),
            count=count,
            order=30,
        )
    ]


FEATURE = Feature(
    name="catalogue",
    models=models,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Products"),
            endpoint="desk.catalogue.index",
            icon="tag",
            section=_l("Goods"),
            order=30,
            permission="products.see",
        ),
    ),
    desk_waiting=waiting,
    desk_steps=steps,
    console=console,
    console_menu=(
        MenuItem(
            label=_l("Products"),
            endpoint="console.catalogue.products",
            icon="tag",
            section=_l("Goods"),
            order=30,
            permission="products.review",
            count=lambda: queries.waiting_for_review()[0],
        ),
        MenuItem(
            label=_l("Category tree"),
            endpoint="console.catalogue.kinds.categories",
            icon="tree",
            section=_l("Goods"),
            order=32,
            permission="catalogue.manage",
        ),
    ),
    console_waiting=waiting_for_market,
    listens=listeners,
    tasks=tasks,
    every={"reconcile the products index": (600, "catalogue.reconcile"), "let search catch up": (15, "catalogue.catch_up")},
    reindex=search.reindex,
    before=before,
    seed=later("marketplace.catalogue.seeds:plant"),
    seed_order=20,
)
