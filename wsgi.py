"""WSGI entry point: `gunicorn wsgi:app`."""

from marketplace.app import create_app
from marketplace.kernel.settings import Settings

app = create_app(Settings.from_env())
