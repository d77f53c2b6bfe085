"""What `celery -A marketplace.worker` loads: the whole market, so that every task and every timer is known."""

from marketplace.app import create_app
from marketplace.kernel.settings import Settings
from marketplace.kernel.tasks import celery

app = create_app(Settings.from_env())

__all__ = ["app", "celery"]
