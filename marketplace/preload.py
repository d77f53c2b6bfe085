"""Warm-up of the web application before gunicorn forks its workers.

It configures the mappers, loads templates and translation catalogs and initializes the database driver: half a second of work
and thirty megabytes that all workers share, instead of repeating it in each worker at its first requests.
"""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy.orm import configure_mappers

from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.surfaces.page_context import require_assets
from search.factory import create_search_engine

LANGUAGES = ("zh-CN", "en")
PRELOADED_PATHS = ("/", "/cart", "/search?q=%E5%B8%83")
SHOP_TEMPLATE_PREFIXES = ("shop/", "layouts/", "macros/")  # templates of the pages that most visitors request first
LINK_PATTERN = re.compile(r'href="(?:https?://[^/"]+)?(/[cp]/[^"?]+)"')  # links of the home page to categories and products
SERVER_ERROR = 500


def preload(app: Flask) -> None:
    """Request the main shop pages as an anonymous visitor, then close every database connection.

    Stops at the first page that fails, for example without a database: the workers then warm up at their own first requests.
    """
    require_assets(app)
    configure_mappers()
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(SHOP_TEMPLATE_PREFIXES)):
        app.jinja_env.get_template(name)
    for language in LANGUAGES:
        if not _visit_pages(app, language):
            break
    with app.app_context():
        db.engine.dispose()
    # An index reader cannot be shared between processes: each worker opens its own.
    settings: Settings = app.config["SETTINGS"]
    app.extensions["search"] = create_search_engine(settings.search_root, settings.elasticsearch_url)


def _visit_pages(app: Flask, language: str) -> bool:
    """Request the home page, its first category and product, and the cart; return whether every page succeeded."""
    settings: Settings = app.config["SETTINGS"]
    client = app.test_client(use_cookies=False)
    paths = list(PRELOADED_PATHS)
    for path in paths:
        response = client.get(path, base_url=settings.base_url, headers={"Accept-Language": language})
        if response.status_code >= SERVER_ERROR:
            return False
        if path == "/":
            paths += {link[:3]: link for link in LINK_PATTERN.findall(response.text)}.values()
    return True


def compile_templates(app: Flask) -> None:
    """Compile every template into the bytecode cache (`var/templates`) for all later processes and starts."""
    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)
