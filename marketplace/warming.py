"""What every worker of a web server would do at its first pages, done once before they are forked.

Models find each other, templates and catalogues of words are read, the database's library wakes up: half a second of work
and thirty megabytes that all workers then share, where each would make its own.
"""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy.orm import configure_mappers

from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from search.opening import open_engine

LANGUAGES = ("zh-CN", "en")
DOORS = ("/", "/cart", "/search?q=%E5%B8%83")
SHOP = ("shop/", "layouts/", "macros/")  # templates of the door that everybody comes through
INSIDE = re.compile(r'href="(?:https?://[^/"]+)?(/[cp]/[^"?]+)"')  # categories and products that the home page leads to
BROKEN = 500


def warm(app: Flask) -> None:
    """Ask the shop's own doors for pages as a visitor would, and let go of every connection again.

    Gives up at the first page that fails, for want of a database perhaps: the workers then do this themselves.
    """
    configure_mappers()
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(SHOP)):
        app.jinja_env.get_template(name)
    for language in LANGUAGES:
        if not _walk(app, language):
            break
    with app.app_context():
        db.engine.dispose()
    # A reader of the index is no thing to share: each worker opens its own.
    settings: Settings = app.config["SETTINGS"]
    app.extensions["search"] = open_engine(settings.search_root, settings.elasticsearch_url)


def _walk(app: Flask, language: str) -> bool:
    """Home, the first category and the first product that it leads to, the cart; whether all of them came."""
    settings: Settings = app.config["SETTINGS"]
    visitor = app.test_client(use_cookies=False)
    paths = list(DOORS)
    for path in paths:
        answer = visitor.get(path, base_url=settings.base_url, headers={"Accept-Language": language})
        if answer.status_code >= BROKEN:
            return False
        if path == "/":
            paths += {found[:3]: found for found in INSIDE.findall(answer.text)}.values()
    return True


def compile_pages(app: Flask) -> None:
    """Compile every template once, for all processes and starts that follow, where they are kept (`var/templates`)."""
    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)
