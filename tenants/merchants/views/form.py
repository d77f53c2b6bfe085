"""Parsing of merchant fields, shared by application, direct admission and profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request

from marketplace.kernel.form_input import clean_fields, to_halfwidth
from tenants.merchants import business_scopes
from tenants.merchants.models import MerchantKind, Ownership, StaffSize
from tenants.regions import queries as regions

NARROWED_FIELDS = ("slug", "founded_year", "credit_code", "contact_phone", "contact_email")


def parse_merchant_form(names: Iterable[str]) -> dict[str, Any]:
    """Return the named fields normalized: codes in capitals, slugs in small letters, one code for a region."""
    field_names = tuple(names)
    typed: dict[str, Any] = dict(clean_fields(request.form, *field_names))
    typed |= {name: to_halfwidth(typed[name]) for name in NARROWED_FIELDS if name in typed}
    if "region" in field_names:
        levels = clean_fields(request.form, "region_province", "region_city", "region_district", max_length=6)
        typed["region"] = regions.parse_selects(levels.region_province, levels.region_city, levels.region_district)
    if "credit_code" in field_names:
        typed["credit_code"] = "".join(typed["credit_code"].split()).upper()
    if "scopes" in field_names:
        known_codes = {code for code, _name in business_scopes.scope_choices()}
        typed["scopes"] = [code for code in dict.fromkeys(request.form.getlist("scopes")) if code in known_codes]
    if "slug" in field_names:
        typed["slug"] = typed["slug"].lower()
    return typed


def form_choices(region: str) -> dict[str, Any]:
    """Return the options of the selects, and the options and values of the three region selects."""
    return {
        "kinds": MerchantKind.choices(),
        "ownerships": Ownership.choices(),
        "sizes": StaffSize.choices(),
        "scopes": business_scopes.scope_choices(),
        "region": {"values": regions.select_values(region), "options": regions.select_options(region)},
    }
