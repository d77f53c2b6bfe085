"""What commissions plug in."""

from billing.commissions import models
from marketplace.kernel.feature import Feature

FEATURE = Feature(name="commissions", models=models)
