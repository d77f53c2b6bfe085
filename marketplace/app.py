"""The composition root: settings, extensions, features, doors, refusals. It reads like a table of contents."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.templating import Environment
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from marketplace import cli
from marketplace.features import FEATURES
from marketplace.kernel import kept, limits, logs, tasks, translations
from marketplace.kernel.db import db, stands, unit_of_work
from marketplace.kernel.ports import FolderStorage, KeepingMailer, SmtpMailer
from marketplace.kernel.settings import Settings
from marketplace.kernel.translations import MarketBabel, choose_locale
from marketplace.surfaces import doors, errors, frame, health, media, safety
from search.opening import open_engine
from tenants.access.identity import note_use, set_cookies

ROOT = Path(__file__).resolve().parent.parent
babel = MarketBabel()


class Templates(Environment):
    """Templates that share one dictionary of globals.

    A view over two would be walked through, key by key, at every import of a macro: a tenth of the time of a page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Nobody adds globals to a single template here; if somebody does, it has its own."""
        return super().make_globals(d) if d else self.globals


class _Refused(Exception):
    """A page that says why not: nothing of its request is kept, whatever was written before it was known."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class MarketplaceApp(Flask):
    """Flask, with one rule added: an answer commits unless it refuses (`let_stand` is the exception); a GET cannot write."""

    jinja_environment = Templates

    def dispatch_request(self, *args: Any) -> ResponseReturnValue:
        """Run the view in one unit of work."""
        if request.endpoint in ("static", "health.live"):
            return super().dispatch_request(*args)
        try:
            with unit_of_work(read_only=request.method in limits.SAFE):
                answer = self.make_response(super().dispatch_request(*args))
                if answer.status_code >= 400 and not stands():
                    raise _Refused(answer)
                return answer
        except _Refused as refused:
            return refused.answer

    def create_url_adapter(self, req: Any) -> MapAdapter | None:
        """Find a shop's subdomain only under our own host; any other name has none."""
        if req is None:
            return super().create_url_adapter(req)
        settings: Settings = self.config["SETTINGS"]
        host = req.host
        store = host[: -len(settings.host) - 1] if host.endswith("." + settings.host) else ""
        return self.url_map.bind_to_environ(req.environ, server_name=settings.host, subdomain=store)


def create_app(settings: Settings) -> Flask:
    """The whole market as one WSGI application."""
    logs.configure(settings)
    app = MarketplaceApp(
        "marketplace", template_folder=str(ROOT / "templates"), static_folder="static", subdomain_matching=True
    )
    _configure(app, settings)
    _connect(app, settings)
    for feature in FEATURES:
        if feature.before is not None:
            with app.app_context() as context:
                feature.before(context)
    doors.open_all(app, FEATURES)
    frame.init(app)
    errors.register(app)
    app.after_request(set_cookies)
    app.after_request(note_use)
    cli.init(app)
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
            "pool_use_lifo": True,  # a few warm connections rather than many cold ones
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
        CONTENT_POLICY=safety.policy(settings),
        TESTING=settings.environment == "test",
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _keep_compiled(app, settings.var / "templates" / _compiler())
    translations.keep_in(settings.var / "translations")
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0)  # type: ignore[method-assign]


def _compiler() -> str:
    """Changes with what turns templates into code: what an older one of them made must not be run."""
    parts = (version("jinja2"), sys.version, Path(kept.__file__).read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _keep_compiled(app: Flask, folder: Path) -> None:
    """Templates are compiled once for all processes and starts: half a second for the first pages otherwise."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))


def _connect(app: Flask, settings: Settings) -> None:
    Compress(app)
    db.init_app(app)
    babel.init_app(
        app,
        default_locale="zh_Hans_CN",
        default_timezone=settings.timezone,
        locale_selector=choose_locale,
        timezone_selector=lambda: settings.timezone,
    )
    app.extensions["mailer"] = SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else KeepingMailer()
    app.extensions["search"] = open_engine(settings.search_root, settings.elasticsearch_url)
    app.extensions["storage"] = FolderStorage(settings.media_root)
    every = {title: timing for feature in FEATURES for title, timing in feature.every.items()}
    tasks.configure(app, broker_url=settings.broker_url, every=every)
    app.before_request(lambda: safety.check_host(app))
    safety.init(app, settings)
    health.init(app)
    media.init(app)
