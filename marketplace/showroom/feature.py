"""What the exhibition hall plugs in."""

from __future__ import annotations

from flask import url_for
from flask.ctx import AppContext
from flask_babel import lazy_gettext as _l

from marketplace.kernel.feature import Feature
from marketplace.showroom import front
from marketplace.showroom.views import shop, store
from tenants.storefronts import seams


def _hang_up(_context: AppContext) -> None:
    """Give every shop its goods: a tab, a part of its front, pictures on its card in the directory."""
    section = seams.Section(name="goods", label=_l("All goods"), endpoint="showroom.goods", order=10, front=store.front)
    seams.register_section(section)
    seams.register_windows(store.windows)


FEATURE = Feature(
    name="showroom",
    shop=shop.shop,
    store=store.store,
    before=_hang_up,
    frame={
        "categories": front.categories,
        "search_url": lambda: url_for("shop.showroom.search"),
        "suggest_url": lambda: url_for("shop.showroom.suggest"),
    },
)
