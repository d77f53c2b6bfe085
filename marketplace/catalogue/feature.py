"""What the catalogue plugs in."""

from flask.ctx import AppContext

from marketplace.catalogue import listeners, models, search, tasks
from marketplace.kernel.feature import Feature
from search.opening import open_engine


def before(context: AppContext) -> None:
    """Open the market's search engine; it connects when it is first asked."""
    settings = context.app.config["SETTINGS"]
    context.app.extensions["search"] = open_engine(settings.search_root, settings.elasticsearch_url)


FEATURE = Feature(
    name="catalogue",
    models=models,
    listens=listeners,
    tasks=tasks,
    every={"reconcile the products index": (600, "catalogue.reconcile"), "let search catch up": (15, "catalogue.catch_up")},
    reindex=search.reindex,
    before=before,
    seed_order=20,
)
