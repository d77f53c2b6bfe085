"""What admission plugs in: applying at the shop, reviewing at the console."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from marketplace.kernel.feature import Feature, MenuItem, Waiting
from marketplace.kernel.later import later
from marketplace.kernel.urls import steady
from tenants.access.permissions import MarketRight
from tenants.admission import models, queries
from tenants.admission.views.console import console
from tenants.admission.views.shop import shop


def waiting() -> Sequence[Waiting]:
    """How many applications wait for the market."""
    number = queries.counts()["waiting"] if MarketRight.APPLICATIONS_REVIEW in g.get("rights", ()) else 0
    if not number:
        return ()
    line = Waiting(
        label=ngettext("%(num)s application waits", "%(num)s applications wait", number),
        why=_l("An answer within two working days was promised."),
        url=url_for("console.applications.index"),
        action=_l("Review"),
        icon="stamp",
        permission=MarketRight.APPLICATIONS_REVIEW,
        urgent=True,
        count=number,
        order=10,
    )
    return (line,)


FEATURE = Feature(
    name="admission",
    models=models,
    shop=shop,
    console=console,
    console_menu=(
        MenuItem(
            label=_l("Applications"),
            endpoint="console.applications.index",
            icon="stamp",
            section=_l("Merchants"),
            order=10,
            permission=MarketRight.APPLICATIONS_REVIEW,
            count=lambda: queries.counts()["waiting"],
        ),
    ),
    console_waiting=waiting,
    seed=later("tenants.admission.seeds:seed"),
    seed_order=10,
    frame={"apply_url": steady("shop.apply.index")},
)
