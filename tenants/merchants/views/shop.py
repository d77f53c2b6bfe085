"""The merchant directory (SF2): by kind, ownership, size, region and category (MA4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.localized_text import localize
from marketplace.kernel.paging import paginate
from tenants.access.decorators import optional_login
from tenants.merchant_shops import context as shop_context
from tenants.merchant_shops import extensions
from tenants.merchant_shops.queries import get_logos
from tenants.merchants import business_scopes, queries
from tenants.merchants.models import Merchant, MerchantKind, Ownership, StaffSize
from tenants.merchants.queries import DirectoryFilter
from tenants.regions import queries as regions

shop = Blueprint("merchants", __name__, url_prefix="/merchants")
FILTERS = {"kind": "kinds", "ownership": "ownerships", "size": "sizes", "province": "provinces", "scope": "scopes"}
PAGE_SIZE = 24


@shop.get("/")
@optional_login
def index() -> ResponseReturnValue:
    """List all merchants that buyers may see."""
    chosen = {name: tuple(request.args.getlist(name))[:40] for name in FILTERS}
    filters = DirectoryFilter(
        search_text=request.args.get("q", "").strip()[:60], **{FILTERS[name]: values for name, values in chosen.items()}
    )
    page = paginate(queries.select_directory(filters), number=request.args.get("page", 1, type=int), size=PAGE_SIZE)
    ids = [merchant.id for merchant in page.items]
    extras = {
        "logos": get_logos(ids),
        "windows": extensions.product_previews(ids),
        "scopes": queries.get_scopes_by_merchant(ids),
    }
    cards = [_card(merchant, extras) for merchant in page.items]
    groups, names = _filter_groups(filters), dict(business_scopes.scope_choices())
    chips = [_filter_chip(name, value, names, chosen) for name, values in chosen.items() for value in values]
    return render_template(
        "shop/merchants/index.html", page=page, cards=cards, groups=groups, chips=chips, filters=filters,
        page_url=lambda n: _directory_url(chosen, page=n),
    )  # fmt: skip


def _card(merchant: Merchant, extras: dict[str, Any]) -> dict[str, Any]:
    scope_names = business_scopes.scope_labels(extras["scopes"].get(merchant.id, []))
    away = [(_("Away"), "due")] if not merchant.may_sell else []
    return {
        "name": localize(merchant.name),
        "url": url_for("store.merchant_shops.index", store=merchant.slug),
        "logo": shop_context.picture_view(extras["logos"].get(merchant.id)),
        "line": shop_context.tagline(merchant),
        "badges": away,
        "figures": str(_(", ")).join(scope_names[:4]),
        "pictures": extras["windows"].get(merchant.id, []),
    }


def _filter_groups(filters: DirectoryFilter) -> list[dict[str, Any]]:
    counts = queries.count_directory_facets(filters)
    provinces = [
        (code, name) for code, name in regions.children() if counts["provinces"].get(code) or code in filters.provinces
    ]
    specs: list[tuple[str, Any, list[tuple[str, Any]]]] = [
        ("kind", _("Kind of merchant"), MerchantKind.choices()),
        ("ownership", _("Ownership"), Ownership.choices()),
        ("size", _("Number of employees"), StaffSize.choices()),
        ("province", _("Region"), sorted(provinces, key=lambda province: -counts["provinces"].get(province[0], 0))),
        ("scope", _("Categories"), business_scopes.scope_choices()),
    ]
    groups = []
    for name, label, choices in specs:
        group_counts, selected = counts[FILTERS[name]], getattr(filters, FILTERS[name])
        options = [
            {"value": value, "label": option_label, "count": group_counts.get(value, 0), "selected": value in selected}
            for value, option_label in choices
            if group_counts.get(value) or value in selected
        ]
        if options:
            groups.append({"name": name, "label": label, "kind": "list", "options": options})
    return groups


def _filter_chip(name: str, value: str, names: dict[str, str], chosen: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    labels: dict[str, Any] = {
        "kind": dict(MerchantKind.choices()),
        "ownership": dict(Ownership.choices()),
        "size": dict(StaffSize.choices()),
        "scope": names,
    }
    label = regions.name(value) if name == "province" else labels[name].get(value)
    remaining = {**chosen, name: tuple(other_value for other_value in chosen[name] if other_value != value)}
    return {"label": label or value, "url": _directory_url(remaining)}


def _directory_url(chosen: dict[str, tuple[str, ...]], **params: Any) -> str:
    values: dict[str, Any] = {**chosen, "q": request.args.get("q") or None, **params}
    return url_for(".index", **values)
