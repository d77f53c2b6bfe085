"""What the ledger plugs in."""

from billing.ledger import models
from marketplace.kernel.feature import Feature

FEATURE = Feature(name="ledger", models=models)
