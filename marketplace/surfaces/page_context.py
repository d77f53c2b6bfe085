"""Template context of every page (user, language, menus), evaluated lazily when a template reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask.globals import request_ctx
from flask_wtf.csrf import generate_csrf

from marketplace.kernel import formatting
from marketplace.kernel.cache import memoize
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.fragment_cache import FragmentCacheExtension
from marketplace.kernel.localized_text import current_language, localize
from tenants.access.login import CurrentUser, get_session_user
from tenants.accounts.models import Realm

NAV_URLS = ("home_url", "search_url", "cart_url", "orders_url", "account_url")
SEARCH_ENDPOINTS = frozenset({"shop.storefront.search", "shop.storefront.category"})
BUILT_ASSETS = ("css/jishi.css", "js/jishi.js", "vendor/htmx.min.js")
HTML_LANGUAGE = {"zh_Hans": "zh-CN", "en": "en"}


class PageContext:
    """Lazy template context; features add values by `Feature.page_context = {"cart_count": …}`."""

    def __init__(self, providers: dict[str, Callable[[], Any]]) -> None:
        self._providers = providers

    def __getattr__(self, name: str) -> Any:
        provider = self._providers.get(name)
        if provider is None:
            raise AttributeError(name)
        value = provider()
        setattr(self, name, value)
        return value

    @cached_property
    def site(self) -> str:
        """Return the site of the request: shop, account, desk or console."""
        root_blueprint = (request.blueprint or "shop").split(".")[0]
        return root_blueprint if root_blueprint in ("desk", "console", "account") else "shop"

    @cached_property
    def locale(self) -> str:
        """Return the language of this page."""
        return current_language()

    @cached_property
    def html_lang(self) -> str:
        """Return the language tag for the `lang` attribute."""
        return HTML_LANGUAGE[self.locale]

    @property
    def other_locale(self) -> str:
        """Return the language that the language switch offers."""
        return "en" if self.locale == "zh_Hans" else "zh_Hans"

    @property
    def market_name(self) -> str:
        """Return the name of the marketplace in the language of the page."""
        settings = current_app.config["SETTINGS"]
        return str(settings.market_name_en if self.locale == "en" else settings.market_name)

    @cached_property
    def user(self) -> CurrentUser | None:
        """Return the user who is signed in at this site."""
        if g.get("is_minimal_page"):
            return None
        realm = {"desk": Realm.DESK, "console": Realm.CONSOLE}.get(self.site, Realm.SHOP)
        return get_session_user(realm)

    @property
    def merchant(self) -> dict[str, str] | None:
        """Return name and slug of the merchant of this desk."""
        membership = g.get("membership")
        return {"name": localize(membership.name), "slug": membership.slug} if membership else None

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        """Return the side menu of desk or console: sections with the items that the user may see."""
        if g.get("is_minimal_page") or self.site not in ("desk", "console"):
            return []
        return _sections(self.site)

    @property
    def search_text(self) -> str:
        """Return the text of the header search field; the `q` of other lists does not belong to it."""
        return request.args.get("q", "") if request.endpoint in SEARCH_ENDPOINTS else ""

    @property
    def search_kind(self) -> str:
        """Return what the search field searches: products or merchants."""
        return request.args.get("what", "products")

    @property
    def active_nav_path(self) -> str:
        """Return the path of this page if it is a link of the main navigation."""
        return request.path if request.path in [getattr(self, name, "/") for name in NAV_URLS] else ""

    def _form_path(self) -> str:
        """Return the path of the form that was posted, if its page has the same path; otherwise the home page."""
        adapter = request_ctx.url_adapter
        return request.path if adapter is not None and adapter.test(request.path, "GET") else "/"

    def language_url(self, locale: str) -> str:
        """Return the URL that switches this page to another language."""
        return_path = request.full_path.rstrip("?") if request.method == "GET" else self._form_path()
        return url_for("shop.home.change_language", locale=locale, back=return_path)


def _sections(site: str) -> list[dict[str, Any]]:
    features: tuple[Feature, ...] = current_app.extensions["features"]
    items = [item for feature in features for item in getattr(feature, f"{site}_menu")]
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in sorted(items, key=lambda item: item.order):
        if _is_visible(item):
            sections.setdefault(str(item.section), []).append(_menu_entry(item))
    return [{"title": title, "items": entries} for title, entries in sections.items()]


def _is_visible(item: MenuItem) -> bool:
    if item.permission is None:
        return True
    membership, permissions = g.get("membership"), g.get("permissions", frozenset())
    return membership.can(item.permission) if membership is not None else item.permission in permissions


def _menu_entry(item: MenuItem) -> dict[str, Any]:
    is_current = (request.endpoint or "").rpartition(".")[0] == item.endpoint.rpartition(".")[0]
    return {
        "label": item.label,
        "url": url_for(item.endpoint),
        "icon": item.icon,
        "count": item.count() if item.count else 0,
        "current": is_current,
    }


@lru_cache(maxsize=512)
def _content_hash(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


@memoize(ttl=2)
def static_url(path: str) -> str:
    """Return the URL of a static file with a content hash, so that browsers may cache it forever."""
    file = Path(str(current_app.static_folder)) / path
    try:
        version = _content_hash(str(file), file.stat().st_mtime)
    except FileNotFoundError:
        if path in BUILT_ASSETS:
            raise FileNotFoundError(f"{file} not found: run `make assets`") from None
        version = "0"
    return f"/static/{path}?v={version}"


def require_assets(app: Flask) -> None:
    """Check that the files that `make assets` builds exist.

    Raises:
        FileNotFoundError: A file is missing; without it every page would be unstyled.
    """
    missing = [path for path in BUILT_ASSETS if not (Path(str(app.static_folder)) / path).is_file()]
    if missing:
        raise FileNotFoundError(f"{', '.join(missing)} not found in {app.static_folder}: run `make assets`")


def init_app(app: Flask) -> None:
    """Register the page context, the template globals and the Jinja extensions."""
    providers = {name: provider for feature in app.extensions["features"] for name, provider in feature.page_context.items()}
    fallback_providers: dict[str, Callable[[], Any]] = {"cart_count": lambda: 0, "categories": list, "active_category": str}

    @app.context_processor
    def _inject_page_context() -> dict[str, Any]:
        if "page_context" not in g:
            g.page_context = PageContext({**fallback_providers, **providers})
        return {"page_context": g.page_context}

    app.jinja_env.globals.update(static_url=static_url, csrf_token=generate_csrf, localize=localize)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(FragmentCacheExtension)
    formatting.init(app)


__all__ = ["PageContext", "init_app", "require_assets", "static_url"]
