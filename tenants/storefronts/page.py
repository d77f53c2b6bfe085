"""What every page of a shop needs: who keeps it, its tabs, and the words for its head. Other features' pages call `shop()`."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from marketplace.kernel.texts import pick
from marketplace.kernel.uploads import Picture
from marketplace.kernel.words import date
from tenants.merchants.models import Merchant, MerchantState, StaffSize
from tenants.regions import queries as regions
from tenants.storefronts import queries, seams
from tenants.storefronts.models import Storefront


def here() -> tuple[Merchant, Storefront | None]:
    """The shop of this address: merchant and arrangement, asked for once a request. Raises NotFound."""
    found: tuple[Merchant, Storefront | None] | None = g.get("open_shop")
    if found is None:
        found = g.open_shop = queries.open_shop(g.store_slug)
    return found


def shop() -> dict[str, Any]:
    """The mapping that `layouts/storefront.html` takes. Raises NotFound."""
    merchant, front = here()
    return {
        "name": pick(merchant.name),
        "url": _to("storefront.index"),
        "home": f"/s/{g.store_slug}/",  # the same whether one came by path or by subdomain
        "line": line_of(merchant),
        "theme_url": _to("storefront.theme"),
        "logo": view(front.logo if front else None),
        "banner": view(front.banner if front else None, width=1600),
        "announcement": _announcement(merchant, front),
        "badges": badges_of(merchant),
        "tabs": _tabs(merchant),
    }


def line_of(merchant: Any) -> str:
    """Kind, ownership, size, region and year in one line (MA4)."""
    year = _("since %(year)s", year=merchant.founded_year) if merchant.founded_year else ""
    size = str(StaffSize(merchant.staff_size).label) if merchant.staff_size in set(StaffSize) else ""
    parts = (str(merchant.kind.label), str(merchant.ownership.label), size, regions.short_name(merchant.region_code), year)
    return " · ".join(part for part in parts if part)


def badges_of(merchant: Merchant) -> list[tuple[Any, str]]:
    """Reviewed by the market; on holiday."""
    away = [(_("Away"), "due")] if merchant.state is MerchantState.AWAY else []
    return [(_("Reviewed by the market"), "good"), *away]


def view(kept: dict[str, Any] | None, *, width: int = 320) -> dict[str, Any] | None:
    """A kept picture as the macros take it."""
    return Picture.from_json(kept).view(width=width) if kept else None


def _announcement(merchant: Merchant, front: Storefront | None) -> str:
    said = pick(front.announcement) if front else ""
    if merchant.state is not MerchantState.AWAY:
        return said
    if merchant.away_until:
        holiday = _("The shop is away until %(day)s; orders are taken again after that.", day=date(merchant.away_until))
    else:
        holiday = _("The shop is away at present and takes no orders.")
    return f"{holiday} {said}".strip()


def _tabs(merchant: Merchant) -> list[dict[str, Any]]:
    tabs: list[dict[str, Any]] = [_tab(_("Shop front"), "storefront.index")]
    for section in seams.sections():
        if section.endpoint:
            count = section.count(merchant.id) if section.count else None
            tabs.append({**_tab(section.label, section.endpoint.lstrip(".")), "count": count})
    return [*tabs, _tab(_("About"), "storefront.about")]


def _tab(label: Any, endpoint: str) -> dict[str, Any]:
    current = (request.endpoint or "").partition(".")[2] == endpoint
    return {"label": label, "url": _to(endpoint), "current": current, "count": None}


def _to(endpoint: str) -> str:
    """An address in this shop, by the door one came through: path or subdomain."""
    door = (request.endpoint or "").partition(".")[0]
    return url_for(f"{door if door.startswith('store') else 'store'}.{endpoint}", store=g.store_slug)
