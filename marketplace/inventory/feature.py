"""The manifest of the inventory feature."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.inventory import listeners, models, queries, tasks
from marketplace.inventory.views.desk import desk
from marketplace.kernel.feature import Feature, MenuItem, OnboardingStep, TodoItem
from tenants.access.permissions import Permission


def desk_todo_items() -> list[TodoItem]:
    """Return the to-do item about variants at or below their low-stock threshold (stock alert line, IN5)."""
    count = queries.count_below_threshold()
    if not count:
        return []
    return [
        TodoItem(
            label=ngettext("%(num)s variant is running out", "%(num)s variants are running out", count),
            description=_("Fallen to the alert line: restock, or change the plan."),
            url=url_for("desk.inventory.index", short="line"),
            action=_("Look at them"),
            icon="warehouse",
            permission=Permission.STOCK_ADJUST,
            count=count,
            order=40,
        )
    ]


def onboarding_steps() -> list[OnboardingStep]:
    """Return the onboarding step that leads to the stock: a variant without stock cannot be ordered."""
    return [
        OnboardingStep(
            label=_("Say how much you have"),
            description=_("What is not in stock cannot be ordered."),
            url=url_for("desk.inventory.index"),
            action=_("Stock"),
            icon="warehouse",
            done=queries.has_movements(),
            permission=Permission.STOCK_ADJUST,
            order=40,
        )
    ]


FEATURE = Feature(
    name="inventory",
    models=models,
    desk=desk,
    desk_menu=(
        MenuItem(
            label=_l("Stock"),
            endpoint="desk.inventory.index",
            icon="warehouse",
            section=_l("Goods"),
            order=31,
            permission="stock.see",
        ),
    ),
    desk_todo_items=desk_todo_items,
    desk_onboarding_steps=onboarding_steps,
    listeners=listeners,
    tasks=tasks,
    schedule={"release expired reservations": (60, "inventory.release_expired")},
)
