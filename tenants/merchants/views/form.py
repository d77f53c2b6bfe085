"""What a form says of a merchant, read the same way wherever it stands: applying, admitting, keeping the record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request

from marketplace.kernel.forms import narrow, take
from tenants.merchants import scopes
from tenants.merchants.models import MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

NUMBERS = ("slug", "founded_year", "credit_code", "contact_phone", "contact_email")


def read(names: Iterable[str]) -> dict[str, Any]:
    """The named entries as they were typed, in one spelling: codes in capitals, addresses small, one code for a region."""
    wanted = tuple(names)
    typed: dict[str, Any] = dict(take(request.form, *wanted))
    typed |= {name: narrow(typed[name]) for name in NUMBERS if name in typed}
    if "region" in wanted:
        levels = take(request.form, "region_province", "region_city", "region_district", longest=6)
        typed["region"] = regions.chosen(levels.region_province, levels.region_city, levels.region_district)
    if "credit_code" in wanted:
        typed["credit_code"] = "".join(typed["credit_code"].split()).upper()
    if "scopes" in wanted:
        known = {code for code, _name in scopes.choices()}
        typed["scopes"] = [code for code in dict.fromkeys(request.form.getlist("scopes")) if code in known]
    if "slug" in wanted:
        typed["slug"] = typed["slug"].lower()
    return typed


def choices(region: str) -> dict[str, Any]:
    """What the selects of such a form offer, and what its three selects of a region hold."""
    return {
        "kinds": MerchantKind.choices(),
        "ownerships": Ownership.choices(),
        "sizes": StaffSize.choices(),
        "scopes": scopes.choices(),
        "region": {"values": regions.values(region), "options": regions.options(region)},
    }
