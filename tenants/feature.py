"""Feature declaration of the base tables of the tenants package."""

from marketplace.kernel.feature import Feature
from tenants import models

FEATURE = Feature(name="tenants", models=models)
