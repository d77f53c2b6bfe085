"""The category tree and the questions that each category asks (CA2)."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.models import Attribute, AttributeKind, Category, MatchRole
from marketplace.catalogue.services import AttributeSheet, CategorySheet
from marketplace.catalogue.views.console import kinds_part as console
from marketplace.catalogue.views.forms import as_uuid
from marketplace.kernel import numbers
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Typed, place_in_order, take
from marketplace.kernel.texts import LANGUAGES
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

CATEGORY_FIELDS = ("slug", "zh_Hans", "en", "summary_zh_Hans", "summary_en", "parent_id", "position")
ATTRIBUTE_FIELDS = ("code", "zh_Hans", "en", "kind", "unit", "options", "least", "greatest", "match_role", "position")
FLAGS = ("required", "facet")
PAIR = re.compile(r"\s*[|/｜]\s*")


@console.get("/categories")
@market_only(MarketRight.CATALOGUE_MANAGE)
def categories() -> ResponseReturnValue:
    """The whole tree with its goods, and a form for one more."""
    return _tree(Typed(parent_id=request.args.get("under", "")), Typed())


@console.post("/categories")
@market_only(MarketRight.CATALOGUE_MANAGE)
def open_category() -> ResponseReturnValue:
    """Add a category."""
    typed = take(request.form, *CATEGORY_FIELDS, longest=500)
    try:
        row = services.open_category(sheet=_category_sheet(typed))
    except Invalid as refusal:
        return _tree(typed, Typed(refusal.errors)), 422
    flash(_("The category is added. Now say what its goods are asked."), "success")
    return redirect(url_for(".category", category_id=row.id), 303)


@console.get("/categories/<uuid:category_id>")
@market_only(MarketRight.CATALOGUE_MANAGE)
def category(category_id: UUID) -> ResponseReturnValue:
    """One category and its questions."""
    return _category(queries.category(category_id), Typed(), Typed())


@console.post("/categories/<uuid:category_id>")
@market_only(MarketRight.CATALOGUE_MANAGE)
def change_category(category_id: UUID) -> ResponseReturnValue:
    """Rename or reorder it."""
    row = queries.category(category_id)
    typed = take(request.form, *CATEGORY_FIELDS, longest=500)
    try:
        services.change_category(category_id=category_id, sheet=_category_sheet(Typed({**typed, "slug": row.slug})))
    except Invalid as refusal:
        return _category(row, typed, Typed(refusal.errors)), 422
    flash(_("The category is saved."), "success")
    return redirect(url_for(".category", category_id=category_id), 303)


@console.post("/categories/<uuid:category_id>/close")
@market_only(MarketRight.CATALOGUE_MANAGE)
def close_category(category_id: UUID) -> ResponseReturnValue:
    """Take it out of use, or back into use."""
    row = queries.category(category_id)
    (services.reopen_category if row.closed_at else services.close_category)(category_id=category_id)
    flash(_("The category is saved."), "success")
    return redirect(url_for(".categories"), 303)


@console.get("/categories/<uuid:category_id>/ask")
@market_only(MarketRight.CATALOGUE_MANAGE)
def new_attribute(category_id: UUID) -> ResponseReturnValue:
    """A form for one more question."""
    return _attribute(queries.category(category_id), None, Typed(kind="choice", match_role="soft"), Typed())


@console.post("/categories/<uuid:category_id>/ask")
@market_only(MarketRight.CATALOGUE_MANAGE)
def open_attribute(category_id: UUID) -> ResponseReturnValue:
    """Ask one more question."""
    typed = take(request.form, *ATTRIBUTE_FIELDS, *FLAGS, longest=20_000)
    try:
        services.open_attribute(category_id=category_id, sheet=_attribute_sheet(typed))
    except Invalid as refusal:
        return _attribute(queries.category(category_id), None, typed, Typed(refusal.errors)), 422
    flash(_("The attribute is added."), "success")
    return redirect(url_for(".category", category_id=category_id), 303)


@console.get("/attributes/<uuid:attribute_id>")
@market_only(MarketRight.CATALOGUE_MANAGE)
def attribute(attribute_id: UUID) -> ResponseReturnValue:
    """One question."""
    row = queries.attribute(attribute_id)
    return _attribute(queries.category(row.category_id), row, _shown(row), Typed())


@console.post("/attributes/<uuid:attribute_id>")
@market_only(MarketRight.CATALOGUE_MANAGE)
def change_attribute(attribute_id: UUID) -> ResponseReturnValue:
    """Ask it differently."""
    row = queries.attribute(attribute_id)
    typed = take(request.form, *ATTRIBUTE_FIELDS, *FLAGS, longest=20_000)
    typed["code"], typed["kind"] = row.code, row.kind.value
    try:
        services.change_attribute(attribute_id=attribute_id, sheet=_attribute_sheet(typed))
    except Invalid as refusal:
        return _attribute(queries.category(row.category_id), row, typed, Typed(refusal.errors)), 422
    flash(_("The attribute is saved."), "success")
    return redirect(url_for(".category", category_id=row.category_id), 303)


@console.post("/attributes/<uuid:attribute_id>/close")
@market_only(MarketRight.CATALOGUE_MANAGE)
def close_attribute(attribute_id: UUID) -> ResponseReturnValue:
    """Ask it no longer, or again."""
    if queries.attribute(attribute_id).closed_at:
        row = services.reopen_attribute(attribute_id=attribute_id)
        flash(_("This is asked again; the answers that were given are there still."), "success")
    else:
        row = services.close_attribute(attribute_id=attribute_id)
        flash(_("This is asked no longer; answers that were given stay."), "success")
    return redirect(url_for(".category", category_id=row.category_id), 303)


def _category_sheet(typed: Typed) -> CategorySheet:
    return CategorySheet(
        slug=typed.slug,
        names={code: typed[code] for code in LANGUAGES if typed[code]},
        summary={code: typed[f"summary_{code}"] for code in LANGUAGES if typed[f"summary_{code}"]},
        parent_id=as_uuid(typed.parent_id),
        position=place_in_order(typed.position),
    )


def _attribute_sheet(typed: Typed) -> AttributeSheet:
    if typed.kind not in set(AttributeKind):
        raise Invalid({"kind": _("Choose one of the list.")})
    return AttributeSheet(
        code=typed.code,
        names={code: typed[code] for code in LANGUAGES if typed[code]},
        kind=AttributeKind(typed.kind),
        unit=typed.unit[:20],
        options=[_option(line) for line in typed.options.splitlines() if line.strip()],
        least=_number(typed.least, "least"),
        greatest=_number(typed.greatest, "greatest"),
        required=bool(typed.required),
        facet=bool(typed.facet),
        match_role=MatchRole(typed.match_role) if typed.match_role in set(MatchRole) else MatchRole.SOFT,
        position=place_in_order(typed.position),
    )


def _option(line: str) -> dict[str, object]:
    """`cotton / 棉 / Cotton`: value and names; two parts are the names, the English one is the value too."""
    parts = [part for part in PAIR.split(line.strip()) if part][:3]
    chinese, english = (parts[1], parts[-1]) if len(parts) == 3 else (parts[0], parts[-1])
    value = parts[0] if len(parts) == 3 else re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-") or chinese
    return {"value": value[:60], "names": {"zh_Hans": chinese[:60], "en": english[:60]}}


def _number(text: str, field: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = numbers.read(text)
    except ValueError:
        raise Invalid({field: _("Enter a number.")}) from None
    if abs(number) >= 10**10:
        raise Invalid({field: _("Enter a number.")})
    return number


def _shown(row: Attribute) -> Typed:
    lines = [
        f"{option['value']} / {option['names'].get('zh_Hans', '')} / {option['names'].get('en', '')}" for option in row.options
    ]
    typed = Typed({code: row.names.get(code, "") for code in LANGUAGES}, code=row.code, kind=row.kind.value, unit=row.unit)
    typed |= {"options": "\n".join(lines), "match_role": row.match_role.value, "position": row.position}
    typed |= {"required": "1" if row.required else "", "facet": "1" if row.facet else ""}
    for name in ("least", "greatest"):
        value = getattr(row, name)
        typed[name] = "" if value is None else f"{value.normalize():f}"
    return typed


def _tree(typed: Typed, errors: Typed) -> str:
    return render_template(
        "console/catalogue/categories.html", tree=queries.tree(closed=True), counts=queries.counts(), typed=typed, errors=errors
    )


def _category(row: Category, typed: Typed, errors: Typed) -> str:
    if not typed:
        typed = Typed({code: row.names.get(code, "") for code in LANGUAGES}, position=row.position)
        typed |= {f"summary_{code}": row.summary.get(code, "") for code in LANGUAGES}
    own = queries.attributes_of(row.id)
    mine = {attribute.code for attribute in own}
    handed_down = [field for field in queries.schema_of(row.id) if field.code not in mine]
    over = queries.attributes_of(row.id, closed=True)
    return render_template(
        "console/catalogue/category.html", row=row, own=own, over=over, handed_down=handed_down, typed=typed, errors=errors
    )


def _attribute(category: Category, row: Attribute | None, typed: Typed, errors: Typed) -> str:
    return render_template(
        "console/catalogue/attribute.html",
        category=category,
        row=row,
        typed=typed,
        errors=errors,
        kinds=AttributeKind.choices(),
        roles=MatchRole.choices(),
    )
