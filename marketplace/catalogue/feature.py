"""What the catalogue plugs in."""

from marketplace.catalogue import models
from marketplace.kernel.feature import Feature

FEATURE = Feature(name="catalogue", models=models, seed_order=20)
