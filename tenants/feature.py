"""What the ground of the tenants plugs in: its tables."""

from marketplace.kernel.feature import Feature
from tenants import models

FEATURE = Feature(name="tenants", models=models)
