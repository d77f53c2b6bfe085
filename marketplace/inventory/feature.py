"""What the stock-keeper plugs in."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.inventory import listeners, models, queries, tasks
from marketplace.inventory.views.desk import desk
from marketplace.kernel.feature import Feature, MenuItem, Step, Waiting
from marketplace.kernel.later import later
from tenants.access.permissions import Permission


def waiting() -> list[Waiting]:
    """Goods that have fallen to their alert line (IN5)."""
    count = queries.below_line()
    if not count:
        return []
    return [
        Waiting(
            label=ngettext("%(num)s variant is running out", "%(num)s variants are running out", count),
            why=_("Fallen to the alert line: restock, or change the plan."),
            url=url_for("desk.inventory.index", short="line"),
            action=_("Look at them"),
            icon="warehouse",
            permission=Permission.STOCK_ADJUST,
            count=count,
            order=40,
        )
    ]


def steps() -> list[Step]:
    """Stock: what is not there cannot be ordered."""
    return [
        Step(
            label=_("Say how much you have"),
            why=_("What is not in stock cannot be ordered."),
            url=url_for("desk.inventory.index"),
            action=_("Stock"),
            icon="warehouse",
            done=queries.anything_booked(),
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
    desk_waiting=waiting,
    desk_steps=steps,
    listens=listeners,
    tasks=tasks,
    every={"release overdue holds": (60, "inventory.release_overdue")},
    seed=later("marketplace.inventory.seeds:plant"),
    seed_order=30,
)
