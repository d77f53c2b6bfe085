"""Feature declaration of the regions: the endpoint for region selects."""

from marketplace.kernel.feature import Feature
from tenants.regions.views.shop import shop

FEATURE = Feature(name="regions", shop=shop)
