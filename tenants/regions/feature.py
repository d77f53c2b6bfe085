"""What the divisions plug in: the address that forms ask."""

from marketplace.kernel.feature import Feature
from tenants.regions.views.shop import shop

FEATURE = Feature(name="regions", shop=shop)
