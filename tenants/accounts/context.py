"""Template context of every page: login and logout URLs, and the account menu."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for

from marketplace.kernel.urls import cached_url
from tenants.access import memberships
from tenants.access.login import CurrentUser


def _current_user() -> CurrentUser | None:
    user: CurrentUser | None = g.page_context.user
    return user


def account_menu() -> list[dict[str, Any]]:
    """Return the menu of the account pages, collected from all features."""
    items = [item for feature in current_app.extensions["features"] for item in feature.account_menu]
    return [
        {
            "label": item.label,
            "url": url_for(item.endpoint),
            "icon": item.icon,
            "count": item.count() if item.count else 0,
            "current": item.endpoint in (request.endpoint, _parent_endpoint(request.endpoint or "")),
        }
        for item in sorted(items, key=lambda item: item.order)
    ]


def _parent_endpoint(endpoint: str) -> str:
    """Return the list endpoint that a detail page belongs to, so that "add an address" marks the address book."""
    return f"{endpoint.rpartition('.')[0]}.index"


def sign_in_url() -> str:
    """Return the URL of the login page, which leads back to this page."""
    is_shop_page = request.method == "GET" and (request.endpoint or "").split(".")[0] == "shop" and request.path != "/"
    return (
        url_for("account.auth.sign_in", next=request.full_path.rstrip("?")) if is_shop_page else url_for("account.auth.sign_in")
    )


def desk_url() -> str:
    """Return the URL of the user's desk, or an empty string."""
    user = _current_user()
    merchant_slugs = memberships.get_available_sites(user.account_id).merchant_slugs if user else ()
    if not merchant_slugs:
        return ""
    return (
        url_for("account.me.desks") if len(merchant_slugs) > 1 else url_for("desk.dashboard.index", merchant=merchant_slugs[0])
    )


def console_url() -> str:
    """Return the URL of the console for platform staff, or an empty string."""
    user = _current_user()
    return (
        url_for("console.dashboard.index")
        if user is not None and memberships.get_available_sites(user.account_id).has_console
        else ""
    )


TEMPLATE_CONTEXT = {
    "account_menu": account_menu,
    "account_url": cached_url("account.me.profile"),
    "sign_in_url": sign_in_url,
    "register_url": cached_url("account.auth.register"),
    "sign_out_url": cached_url("account.auth.sign_out"),
    "desk_url": desk_url,
    "console_url": console_url,
}
