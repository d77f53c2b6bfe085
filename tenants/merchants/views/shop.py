"""The merchant directory beside the goods (SF2): by kind, ownership, size, region and category (MA4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel.paging import page_of
from marketplace.kernel.texts import pick
from tenants.access.guards import visitor
from tenants.merchants import queries, scopes
from tenants.merchants.models import Merchant, MerchantKind, Ownership, StaffSize
from tenants.merchants.queries import Wanted
from tenants.regions import queries as regions
from tenants.storefronts import page as shops
from tenants.storefronts import seams
from tenants.storefronts.queries import logos_of

shop = Blueprint("merchants", __name__, url_prefix="/merchants")
FILTERS = {"kind": "kinds", "ownership": "ownerships", "size": "sizes", "province": "provinces", "scope": "scopes"}
SIZE = 24


@shop.get("/")
@visitor
def index() -> ResponseReturnValue:
    """All merchants that buyers may see."""
    chosen = {name: tuple(request.args.getlist(name))[:40] for name in FILTERS}
    wanted = Wanted(find=request.args.get("q", "").strip()[:60], **{FILTERS[name]: values for name, values in chosen.items()})
    page = page_of(queries.directory(wanted), number=request.args.get("page", 1, type=int), size=SIZE)
    ids = [one.id for one in page.items]
    extras = {"logos": logos_of(ids), "windows": seams.windows(ids), "scopes": queries.scopes_of(ids)}
    cards = [_card(one, extras) for one in page.items]
    groups, names = _groups(wanted), dict(scopes.choices())
    chips = [_chip(name, value, names, chosen) for name, values in chosen.items() for value in values]
    return render_template(
        "shop/merchants/index.html", page=page, cards=cards, groups=groups, chips=chips, wanted=wanted,
        page_url=lambda n: _here(chosen, page=n),
    )  # fmt: skip


def _card(merchant: Merchant, extras: dict[str, Any]) -> dict[str, Any]:
    held = scopes.labels(extras["scopes"].get(merchant.id, []))
    away = [(_("Away"), "due")] if not merchant.may_sell else []
    return {
        "name": pick(merchant.name),
        "url": url_for("store.storefront.index", store=merchant.slug),
        "logo": shops.view(extras["logos"].get(merchant.id)),
        "line": shops.line_of(merchant),
        "badges": away,
        "figures": str(_(", ")).join(held[:4]),
        "pictures": extras["windows"].get(merchant.id, []),
    }


def _groups(wanted: Wanted) -> list[dict[str, Any]]:
    counts = queries.directory_counts(wanted)
    provinces = [(code, name) for code, name in regions.children() if counts["provinces"].get(code) or code in wanted.provinces]
    listed: list[tuple[str, Any, list[tuple[str, Any]]]] = [
        ("kind", _("Kind of merchant"), MerchantKind.choices()),
        ("ownership", _("Ownership"), Ownership.choices()),
        ("size", _("Number of employees"), StaffSize.choices()),
        ("province", _("Region"), sorted(provinces, key=lambda one: -counts["provinces"].get(one[0], 0))),
        ("scope", _("Categories"), scopes.choices()),
    ]
    groups = []
    for name, label, choices in listed:
        held, on = counts[FILTERS[name]], getattr(wanted, FILTERS[name])
        options = [
            {"value": value, "label": word, "count": held.get(value, 0), "on": value in on}
            for value, word in choices
            if held.get(value) or value in on
        ]
        if options:
            groups.append({"name": name, "label": label, "kind": "list", "options": options})
    return groups


def _chip(name: str, value: str, names: dict[str, str], chosen: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    labels: dict[str, Any] = {
        "kind": dict(MerchantKind.choices()),
        "ownership": dict(Ownership.choices()),
        "size": dict(StaffSize.choices()),
        "scope": names,
    }
    label = regions.name(value) if name == "province" else labels[name].get(value)
    rest = {**chosen, name: tuple(one for one in chosen[name] if one != value)}
    return {"label": label or value, "url": _here(rest)}


def _here(chosen: dict[str, tuple[str, ...]], **more: Any) -> str:
    values: dict[str, Any] = {**chosen, "q": request.args.get("q") or None, **more}
    return url_for(".index", **values)
