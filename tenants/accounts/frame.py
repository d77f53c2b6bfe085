"""What accounts put around every page: the ways in and out, and the menu of one's own pages."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for

from marketplace.kernel.urls import steady
from tenants.access import desks
from tenants.access.identity import Identity


def _person() -> Identity | None:
    person: Identity | None = g.frame.account
    return person


def account_menu() -> list[dict[str, Any]]:
    """The menu of a person's own pages, gathered from all features."""
    items = [item for feature in current_app.extensions["features"] for item in feature.account_menu]
    return [
        {
            "label": item.label,
            "url": url_for(item.endpoint),
            "icon": item.icon,
            "count": item.count() if item.count else 0,
            "current": item.endpoint in (request.endpoint, _list_above(request.endpoint or "")),
        }
        for item in sorted(items, key=lambda item: item.order)
    ]


def _list_above(endpoint: str) -> str:
    """The list that a page of one thing belongs to: adding an address is still the address book."""
    return f"{endpoint.rpartition('.')[0]}.index"


def sign_in_url() -> str:
    """The way in, and back to this page."""
    page = request.method == "GET" and (request.endpoint or "").split(".")[0] == "shop" and request.path != "/"
    return url_for("account.entry.sign_in", next=request.full_path.rstrip("?")) if page else url_for("account.entry.sign_in")


def desk_url() -> str:
    """The desk of a merchant's staff, or nothing."""
    person = _person()
    mine = desks.doors_of(person.account_id).desks if person else ()
    if not mine:
        return ""
    return url_for("account.me.desks") if len(mine) > 1 else url_for("desk.today.index", merchant=mine[0])


def console_url() -> str:
    """The console, for the market's own staff."""
    person = _person()
    return url_for("console.overview.index") if person is not None and desks.doors_of(person.account_id).console else ""


FRAME = {
    "account_menu": account_menu,
    "account_url": steady("account.me.profile"),
    "sign_in_url": sign_in_url,
    "register_url": steady("account.entry.register"),
    "sign_out_url": steady("account.entry.sign_out"),
    "desk_url": desk_url,
    "console_url": console_url,
}
