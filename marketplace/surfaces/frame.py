"""What surrounds every page: who is here, in which language, with which menu; asked for only when a template shows it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask.globals import request_ctx
from flask_wtf.csrf import generate_csrf

from marketplace.kernel import words
from marketplace.kernel.feature import Feature, MenuItem
from marketplace.kernel.kept import Kept
from marketplace.kernel.memo import remembered
from marketplace.kernel.texts import language, pick
from tenants.access.identity import Identity, identity
from tenants.accounts.models import Audience

WAYS = ("home_url", "search_url", "cart_url", "orders_url", "account_url")
SEARCHED = frozenset({"shop.showroom.search", "shop.showroom.category"})
HTML_LANGUAGE = {"zh_Hans": "zh-CN", "en": "en"}


class Frame:
    """The page's surroundings. Features contribute values of their own: `Feature.frame = {"cart_count": …}`."""

    def __init__(self, parts: dict[str, Callable[[], Any]]) -> None:
        self._parts = parts

    def __getattr__(self, name: str) -> Any:
        part = self._parts.get(name)
        if part is None:
            raise AttributeError(name)
        value = part()
        setattr(self, name, value)
        return value

    @cached_property
    def door(self) -> str:
        """shop, account, desk or console."""
        first = (request.blueprint or "shop").split(".")[0]
        return first if first in ("desk", "console", "account") else "shop"

    @cached_property
    def locale(self) -> str:
        """The language of this page."""
        return language()

    @cached_property
    def html_lang(self) -> str:
        """The same for the `lang` attribute."""
        return HTML_LANGUAGE[self.locale]

    @property
    def other_locale(self) -> str:
        """The language that the switch offers."""
        return "en" if self.locale == "zh_Hans" else "zh_Hans"

    @property
    def market(self) -> str:
        """The market's name."""
        settings = current_app.config["SETTINGS"]
        return str(settings.market_name_en if self.locale == "en" else settings.market_name)

    @cached_property
    def account(self) -> Identity | None:
        """Who is signed in at this door."""
        if g.get("frame_plain"):
            return None
        audience = {"desk": Audience.DESK, "console": Audience.CONSOLE}.get(self.door, Audience.SHOP)
        return identity(audience)

    @property
    def merchant(self) -> dict[str, str] | None:
        """The merchant of this desk."""
        place = g.get("place")
        return {"name": pick(place.name), "slug": place.slug} if place else None

    @cached_property
    def menu(self) -> list[dict[str, Any]]:
        """The side menu of desk or console: sections of items, as far as the role sees them."""
        if g.get("frame_plain") or self.door not in ("desk", "console"):
            return []
        return _sections(self.door)

    @property
    def search_text(self) -> str:
        """What the search field holds: what was sought with it, not what another list of the page was asked."""
        return request.args.get("q", "") if request.endpoint in SEARCHED else ""

    @property
    def search_kind(self) -> str:
        """What is searched: products or merchants."""
        return request.args.get("what", "products")

    @property
    def way_here(self) -> str:
        """The path of this page, if it is one of the main ways."""
        return request.path if request.path in [getattr(self, name, "/") for name in WAYS] else ""

    def _form_page(self) -> str:
        """Where the form stands whose answer this page is, if it stands at the same address."""
        adapter = request_ctx.url_adapter
        return request.path if adapter is not None and adapter.test(request.path, "GET") else "/"

    def language_url(self, locale: str) -> str:
        """The same page in the other language."""
        back = request.full_path.rstrip("?") if request.method == "GET" else self._form_page()
        return url_for("shop.home.change_language", locale=locale, back=back)


def _sections(door: str) -> list[dict[str, Any]]:
    features: tuple[Feature, ...] = current_app.extensions["features"]
    items = [item for feature in features for item in getattr(feature, f"{door}_menu")]
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in sorted(items, key=lambda item: item.order):
        if _visible(item):
            sections.setdefault(str(item.section), []).append(_entry(item))
    return [{"title": title, "items": entries} for title, entries in sections.items()]


def _visible(item: MenuItem) -> bool:
    if item.permission is None:
        return True
    place, rights = g.get("place"), g.get("rights", frozenset())
    return place.may(item.permission) if place is not None else item.permission in rights


def _entry(item: MenuItem) -> dict[str, Any]:
    current = (request.endpoint or "").rpartition(".")[0] == item.endpoint.rpartition(".")[0]
    return {
        "label": item.label,
        "url": url_for(item.endpoint),
        "icon": item.icon,
        "count": item.count() if item.count else 0,
        "current": current,
    }


@lru_cache(maxsize=512)
def _fingerprint(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


@remembered(seconds=2)
def static(path: str) -> str:
    """The address of a static file, with its fingerprint, so that browsers may keep it for ever."""
    file = Path(str(current_app.static_folder)) / path
    try:
        mark = _fingerprint(str(file), file.stat().st_mtime)
    except FileNotFoundError:
        mark = "0"
    return f"/static/{path}?v={mark}"


def init(app: Flask) -> None:
    """Give every template its surroundings."""
    parts = {name: part for feature in app.extensions["features"] for name, part in feature.frame.items()}
    missing: dict[str, Callable[[], Any]] = {"cart_count": lambda: 0, "categories": list, "category_here": str}

    @app.context_processor
    def _surroundings() -> dict[str, Any]:
        if "frame" not in g:
            g.frame = Frame({**missing, **parts})
        return {"frame": g.frame}

    app.jinja_env.globals.update(static=static, csrf_token=generate_csrf, pick=pick)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(Kept)
    words.init(app)


__all__ = ["Frame", "init", "static"]
