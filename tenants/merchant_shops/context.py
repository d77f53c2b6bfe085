"""Template context of every page of a shop: merchant, tabs and header. Views of other features call `shop_context()`."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from marketplace.kernel.formatting import format_day
from marketplace.kernel.localized_text import localize
from marketplace.media.uploads import Picture
from tenants.merchant_shops import extensions, queries
from tenants.merchant_shops.models import MerchantShop
from tenants.merchants.models import Merchant, MerchantState, StaffSize
from tenants.regions import queries as regions


def current_shop() -> tuple[Merchant, MerchantShop | None]:
    """Return merchant and shop of this URL, read once per request.

    Raises:
        NotFound: There is no such shop.
    """
    cached: tuple[Merchant, MerchantShop | None] | None = g.get("current_shop")
    if cached is None:
        cached = g.current_shop = queries.get_open_shop(g.store_slug)
    return cached


def shop_context() -> dict[str, Any]:
    """Return the context of `layouts/merchant_shop.html`.

    Raises:
        NotFound: There is no such shop.
    """
    merchant, merchant_shop = current_shop()
    return {
        "name": localize(merchant.name),
        "url": _shop_url("merchant_shops.index"),
        "home": f"/s/{g.store_slug}/",  # the same for requests by path and by subdomain
        "line": tagline(merchant),
        "theme_url": _shop_url("merchant_shops.theme"),
        "logo": picture_view(merchant_shop.logo if merchant_shop else None),
        "banner": picture_view(merchant_shop.banner if merchant_shop else None, width=1600),
        "announcement": _announcement(merchant, merchant_shop),
        "badges": badges(merchant),
        "tabs": _tabs(merchant),
    }


def tagline(merchant: Any) -> str:
    """Return kind, ownership, size, region and year in one line (MA4)."""
    year = _("since %(year)s", year=merchant.founded_year) if merchant.founded_year else ""
    size = str(StaffSize(merchant.staff_size).label) if merchant.staff_size in set(StaffSize) else ""
    parts = (str(merchant.kind.label), str(merchant.ownership.label), size, regions.short_name(merchant.region_code), year)
    return " · ".join(part for part in parts if part)


def badges(merchant: Merchant) -> list[tuple[Any, str]]:
    """Return the merchant's badges: reviewed by the platform, away."""
    away = [(_("Away"), "due")] if merchant.state is MerchantState.AWAY else []
    return [(_("Reviewed by the market"), "good"), *away]


def picture_view(stored: dict[str, Any] | None, *, width: int = 320) -> dict[str, Any] | None:
    """Return a stored picture in the form that the macros take."""
    return Picture.from_json(stored).view(width=width) if stored else None


def _announcement(merchant: Merchant, merchant_shop: MerchantShop | None) -> str:
    text = localize(merchant_shop.announcement) if merchant_shop else ""
    if merchant.state is not MerchantState.AWAY:
        return text
    if merchant.away_until:
        holiday = _("The shop is away until %(day)s; orders are taken again after that.", day=format_day(merchant.away_until))
    else:
        holiday = _("The shop is away at present and takes no orders.")
    return f"{holiday} {text}".strip()


def _tabs(merchant: Merchant) -> list[dict[str, Any]]:
    tabs: list[dict[str, Any]] = [_tab(_("Shop front"), "merchant_shops.index")]
    for section in extensions.sections():
        if section.endpoint:
            count = section.count(merchant.id) if section.count else None
            tabs.append({**_tab(section.label, section.endpoint.lstrip(".")), "count": count})
    return [*tabs, _tab(_("About"), "merchant_shops.about")]


def _tab(label: Any, endpoint: str) -> dict[str, Any]:
    current = (request.endpoint or "").partition(".")[2] == endpoint
    return {"label": label, "url": _shop_url(endpoint), "current": current, "count": None}


def _shop_url(endpoint: str) -> str:
    """Return a URL of this shop on the site of the request: path or subdomain."""
    blueprint_name = (request.endpoint or "").partition(".")[0]
    return url_for(f"{blueprint_name if blueprint_name.startswith('store') else 'store'}.{endpoint}", store=g.store_slug)
