"""Registration of the catalogue feature."""

from datetime import timedelta

from flask import g, url_for
from flask.ctx import AppContext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from billing.reference_registry import CategoryPath, register_category_provider
from marketplace.catalogue import listeners, models, queries, search_index, tasks
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.views.console import console
from marketplace.catalogue.views.desk import desk
from marketplace.kernel import clock, formatting
from marketplace.kernel.feature import Feature, MenuItem, OnboardingStep, TodoItem
from marketplace.kernel.localized_text import LANGUAGES, localize
from tenants.access.permissions import Permission, PlatformPermission
from tenants.merchants import business_scopes


@register_category_provider
def commission_branches() -> list[CategoryPath]:
    """Return the categories for which a commission can be set."""
    tree = queries.get_category_tree()
    names = {row.slug: localize(row.names) for row in tree}
    return [CategoryPath("/".join(row.path), tuple(names.get(slug, slug) for slug in row.path)) for row in tree]


def business_scope_choices() -> list[tuple[str, dict[str, str], tuple[str, ...]]]:
    """Return the categories that a merchant's contract can name (MA5): slug, names with ancestors, and path."""
    tree = queries.get_category_tree()
    names = {row.slug: row.names for row in tree}
    return [
        (
            row.slug,
            {code: " / ".join(localize(names[slug], code) for slug in row.path if slug in names) for code in LANGUAGES},
            tuple(row.path),
        )
        for row in tree
    ]


def register_business_scopes(_context: AppContext) -> None:
    """Register the categories that a merchant's contract can name."""
    business_scopes.register_scope_source(business_scope_choices)


def desk_todo_items() -> list[TodoItem]:
    """Return the number of products that the platform rejected as a to-do item."""
    count = queries.count_products_by_state(g.membership.merchant_id).get(ProductState.REJECTED, 0)
    if not count:
        return []
    return [
        TodoItem(
            label=ngettext("%(num)s product was sent back", "%(num)s products were sent back", count),
            description=_("Read the remarks, put it right and submit it again."),
            url=url_for("desk.catalogue.index", state=ProductState.REJECTED.value),
            action=_("Look at them"),
            icon="tag",
            permission=Permission.PRODUCTS_EDIT,
            urgent=True,
            count=count,
            order=30,
        )
    ]


def onboarding_steps() -> list[OnboardingStep]:
    """Return the steps of entering products and submitting them for review."""
    counts = queries.count_products_by_state(g.membership.merchant_id)
    submitted = sum(counts.get(state, 0) for state in (ProductState.IN_REVIEW, ProductState.ON_SALE, ProductState.OFF_SALE))
    return [
        OnboardingStep(
            label=_("Put in your goods"),
            description=_("One by one, or hundreds at once from a table that you have already."),
            url=url_for("desk.catalogue.new"),
            action=_("New product"),
            icon="tag",
            done=sum(counts.values()) > 0,
            permission=Permission.PRODUCTS_EDIT,
            order=30,
        ),
        OnboardingStep(
            label=_("Hand your goods in for review"),
            description=_("The market looks at them first; what passes goes on sale."),
            url=url_for("desk.catalogue.index"),
            action=_("My products"),
            icon="send",
            done=submitted > 0,
            permission=Permission.PRODUCTS_PUBLISH,
            order=50,
        ),
    ]


def console_todo_items() -> list[TodoItem]:
    """Return the number of products that wait for review as a to-do item."""
    count, since = queries.review_queue_stats()
    if not count:
        return []
    return [
        TodoItem(
            label=ngettext("%(num)s product waits for review", "%(num)s products wait for review", count),
            description=_("The oldest has waited since %(moment)s.", moment=formatting.format_timestamp(since)),
            url=url_for("console.catalogue.products", state=ProductState.IN_REVIEW.value),
            action=_("Look at them"),
            icon="tag",
            permission=PlatformPermission.PRODUCTS_REVIEW,
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
    desk_todo_items=desk_todo_items,
    desk_onboarding_steps=onboarding_steps,
    console=console,
    console_menu=(
        MenuItem(
            label=_l("Products"),
            endpoint="console.catalogue.products",
            icon="tag",
            section=_l("Goods"),
            order=30,
            permission="products.review",
            count=lambda: queries.review_queue_stats()[0],
        ),
        MenuItem(
            label=_l("Category tree"),
            endpoint="console.catalogue.taxonomy.categories",
            icon="tree",
            section=_l("Goods"),
            order=32,
            permission="catalogue.manage",
        ),
    ),
    console_todo_items=console_todo_items,
    listeners=listeners,
    tasks=tasks,
    schedule={
        "reconcile the products index": (600, "catalogue.reconcile"),
        "replay failed search writes": (15, "catalogue.replay_failed_writes"),
    },
    reindex=search_index.reindex,
    on_startup=register_business_scopes,
)
