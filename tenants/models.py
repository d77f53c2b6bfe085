"""All models of this package, imported for the migrations and the row ownership registry."""

from tenants.accounts import models as accounts
from tenants.merchants import models as merchants
from tenants.organisations import models as organisations
from tenants.staff import models as staff

__all__ = ["accounts", "merchants", "organisations", "staff"]
