"""Application factory: settings, extensions, features, sites, error handlers."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.templating import Environment
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from marketplace import cli
from marketplace.features import FEATURES
from marketplace.kernel import fragment_cache, logs, rate_limit, tasks, translations
from marketplace.kernel.db import db, discard_changes, transactions_of_view, unit_of_work
from marketplace.kernel.ports import FileSystemStorage, NullMailer, SmtpMailer
from marketplace.kernel.settings import Settings
from marketplace.kernel.translations import MergedBabel, choose_locale
from marketplace.surfaces import error_handlers, health, media, page_context, security, sites
from search.factory import create_search_engine
from tenants.access import login

ROOT = Path(__file__).resolve().parent.parent
babel = MergedBabel()


class SharedGlobalsEnvironment(Environment):
    """Jinja environment whose templates share one dictionary of globals.

    Jinja would give each template a chained view over two dictionaries and iterate over it at every import of a macro, which
    costs a tenth of the rendering time of a page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the shared globals, or a copy for a template that adds globals of its own."""
        return super().make_globals(d) if d else self.globals


class MarketplaceApp(Flask):
    """Flask application that commits a request unless its response is an error; GET is read-only."""

    jinja_environment = SharedGlobalsEnvironment

    def dispatch_request(self, *args: Any) -> ResponseReturnValue:
        """Run the view in one unit of work, unless it opens several itself (`db.manages_transactions`).

        An error response discards what was written, except by the functions marked with `db.keep_on_error`.
        """
        endpoint = request.endpoint or ""
        if endpoint in ("static", "health.live"):
            return super().dispatch_request(*args)
        if getattr(self.view_functions.get(endpoint), "manages_transactions", False):
            with transactions_of_view():
                return self.make_response(super().dispatch_request(*args))
        with unit_of_work(read_only=request.method in rate_limit.SAFE_METHODS):
            response = self.make_response(super().dispatch_request(*args))
            if response.status_code >= 400:
                discard_changes()
            return response

    def create_url_adapter(self, req: Any) -> MapAdapter | None:
        """Match the subdomain of a shop under the configured host only; other hosts have no subdomain."""
        if req is None:
            return super().create_url_adapter(req)
        settings: Settings = self.config["SETTINGS"]
        host = req.host
        subdomain = host[: -len(settings.host) - 1] if host.endswith("." + settings.host) else ""
        return self.url_map.bind_to_environ(req.environ, server_name=settings.host, subdomain=subdomain)


def create_app(settings: Settings) -> Flask:
    """Create the WSGI application with every feature registered."""
    logs.configure(settings)
    app = MarketplaceApp(
        "marketplace", template_folder=str(ROOT / "templates"), static_folder="static", subdomain_matching=True
    )
    _configure(app, settings)
    _init_extensions(app, settings)
    for feature in FEATURES:
        if feature.on_startup is not None:
            with app.app_context() as context:
                feature.on_startup(context)
    sites.register_sites(app, FEATURES)
    page_context.init_app(app)
    error_handlers.register(app)
    login.init_app(app)
    cli.init_app(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SERVER_NAME=settings.host,
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.database_pool,
            "max_overflow": settings.database_pool,
            "pool_timeout": 5,
            "pool_recycle": 1800,
            "pool_use_lifo": True,  # reuse a few warm connections instead of cycling through all of them
            "connect_args": {
                "prepare_threshold": 2,  # planning a statement under row security costs more than running it
                "connect_timeout": 5,
                "options": "-c timezone=UTC -c lock_timeout=3000 -c statement_timeout=10000"
                " -c idle_in_transaction_session_timeout=15000 -c jit=off -c default_transaction_read_only=on",
            },
        },
        SESSION_COOKIE_NAME="__Host-visit" if settings.secure else "visit",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_LEVEL=4,
        COMPRESS_BR_LEVEL=3,
        COMPRESS_MIN_SIZE=1000,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
        CONTENT_POLICY=security.content_security_policy(settings),
        TESTING=settings.environment == "test",
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _enable_bytecode_cache(app, settings.var / "templates" / _bytecode_version())
    translations.set_cache_dir(settings.var / "translations")
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0)  # type: ignore[method-assign]


def _bytecode_version() -> str:
    """Return a hash of everything that compiles templates, because bytecode of another version must not be executed."""
    parts = (version("jinja2"), sys.version, Path(fragment_cache.__file__).read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _enable_bytecode_cache(app: Flask, folder: Path) -> None:
    """Store compiled templates for all processes and starts; without it the first pages take half a second longer."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))


def _init_extensions(app: Flask, settings: Settings) -> None:
    Compress(app)
    db.init_app(app)
    babel.init_app(
        app,
        default_locale="zh_Hans_CN",
        default_timezone=settings.timezone,
        locale_selector=choose_locale,
        timezone_selector=lambda: settings.timezone,
    )
    app.extensions["mailer"] = SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else NullMailer()
    app.extensions["search"] = create_search_engine(settings.search_root, settings.elasticsearch_url)
    app.extensions["storage"] = FileSystemStorage(settings.media_root)
    schedule = {name: timing for feature in FEATURES for name, timing in feature.schedule.items()}
    tasks.configure(app, broker_url=settings.broker_url, schedule=schedule)
    app.before_request(lambda: security.check_host(app))
    security.init_app(app, settings)
    health.init_app(app)
    media.init_app(app)
