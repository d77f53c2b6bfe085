"""Console views for the category tree and the attributes of each category (Category and brand management, CA2)."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.catalogue import queries, services
from marketplace.catalogue.models import Attribute, AttributeType, Category, MatchRole
from marketplace.catalogue.services import AttributeInput, CategoryInput
from marketplace.catalogue.views.console.blueprint import taxonomy as console
from marketplace.catalogue.views.product_form import as_uuid
from marketplace.kernel import numbers
from marketplace.kernel.errors import ValidationError
from marketplace.kernel.form_input import FormData, clean_fields, parse_position
from marketplace.kernel.localized_text import LANGUAGES
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

CATEGORY_FIELDS = ("slug", "zh_Hans", "en", "summary_zh_Hans", "summary_en", "parent_id", "position")
ATTRIBUTE_FIELDS = ("code", "zh_Hans", "en", "kind", "unit", "options", "min_value", "max_value", "match_role", "position")
FLAGS = ("required", "facet")
SEPARATOR_RE = re.compile(r"\s*[|/｜]\s*")


@console.get("/categories")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def categories() -> ResponseReturnValue:
    """Show the tree with product counts, and a form for a new category."""
    return _render_tree(FormData(parent_id=request.args.get("under", "")), FormData())


@console.post("/categories")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def open_category() -> ResponseReturnValue:
    """Create a category."""
    typed = clean_fields(request.form, *CATEGORY_FIELDS, max_length=500)
    try:
        row = services.create_category(data=_category_input(typed))
    except ValidationError as exc:
        return _render_tree(typed, FormData(exc.errors)), 422
    flash(_("The category is added. Now say what its goods are asked."), "success")
    return redirect(url_for(".category", category_id=row.id), 303)


@console.get("/categories/<uuid:category_id>")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def category(category_id: UUID) -> ResponseReturnValue:
    """Show a category and its attributes."""
    return _render_category(queries.get_category(category_id), FormData(), FormData())


@console.post("/categories/<uuid:category_id>")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def change_category(category_id: UUID) -> ResponseReturnValue:
    """Rename or reorder a category."""
    row = queries.get_category(category_id)
    typed = clean_fields(request.form, *CATEGORY_FIELDS, max_length=500)
    try:
        services.update_category(category_id=category_id, data=_category_input(FormData({**typed, "slug": row.slug})))
    except ValidationError as exc:
        return _render_category(row, typed, FormData(exc.errors)), 422
    flash(_("The category is saved."), "success")
    return redirect(url_for(".category", category_id=category_id), 303)


@console.post("/categories/<uuid:category_id>/close")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def close_category(category_id: UUID) -> ResponseReturnValue:
    """Close a category, or reopen it."""
    row = queries.get_category(category_id)
    (services.reopen_category if row.closed_at else services.close_category)(category_id=category_id)
    flash(_("The category is saved."), "success")
    return redirect(url_for(".categories"), 303)


@console.get("/categories/<uuid:category_id>/ask")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def new_attribute(category_id: UUID) -> ResponseReturnValue:
    """Show the form for a new attribute."""
    return _render_attribute(queries.get_category(category_id), None, FormData(kind="choice", match_role="soft"), FormData())


@console.post("/categories/<uuid:category_id>/ask")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def open_attribute(category_id: UUID) -> ResponseReturnValue:
    """Create an attribute."""
    typed = clean_fields(request.form, *ATTRIBUTE_FIELDS, *FLAGS, max_length=20_000)
    try:
        services.create_attribute(category_id=category_id, data=_attribute_input(typed))
    except ValidationError as exc:
        return _render_attribute(queries.get_category(category_id), None, typed, FormData(exc.errors)), 422
    flash(_("The attribute is added."), "success")
    return redirect(url_for(".category", category_id=category_id), 303)


@console.get("/attributes/<uuid:attribute_id>")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def attribute(attribute_id: UUID) -> ResponseReturnValue:
    """Show an attribute."""
    row = queries.get_attribute(attribute_id)
    return _render_attribute(queries.get_category(row.category_id), row, _attribute_form(row), FormData())


@console.post("/attributes/<uuid:attribute_id>")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def change_attribute(attribute_id: UUID) -> ResponseReturnValue:
    """Update an attribute."""
    row = queries.get_attribute(attribute_id)
    typed = clean_fields(request.form, *ATTRIBUTE_FIELDS, *FLAGS, max_length=20_000)
    typed["code"], typed["kind"] = row.code, row.kind.value
    try:
        services.update_attribute(attribute_id=attribute_id, data=_attribute_input(typed))
    except ValidationError as exc:
        return _render_attribute(queries.get_category(row.category_id), row, typed, FormData(exc.errors)), 422
    flash(_("The attribute is saved."), "success")
    return redirect(url_for(".category", category_id=row.category_id), 303)


@console.post("/attributes/<uuid:attribute_id>/close")
@require_platform_permission(PlatformPermission.CATALOGUE_MANAGE)
def close_attribute(attribute_id: UUID) -> ResponseReturnValue:
    """Close an attribute, or reopen it."""
    if queries.get_attribute(attribute_id).closed_at:
        row = services.reopen_attribute(attribute_id=attribute_id)
        flash(_("This is asked again; the answers that were given are there still."), "success")
    else:
        row = services.close_attribute(attribute_id=attribute_id)
        flash(_("This is asked no longer; answers that were given stay."), "success")
    return redirect(url_for(".category", category_id=row.category_id), 303)


def _category_input(typed: FormData) -> CategoryInput:
    return CategoryInput(
        slug=typed.slug,
        names={code: typed[code] for code in LANGUAGES if typed[code]},
        summary={code: typed[f"summary_{code}"] for code in LANGUAGES if typed[f"summary_{code}"]},
        parent_id=as_uuid(typed.parent_id),
        position=parse_position(typed.position),
    )


def _attribute_input(typed: FormData) -> AttributeInput:
    if typed.kind not in set(AttributeType):
        raise ValidationError({"kind": _("Choose one of the list.")})
    return AttributeInput(
        code=typed.code,
        names={code: typed[code] for code in LANGUAGES if typed[code]},
        kind=AttributeType(typed.kind),
        unit=typed.unit[:20],
        options=[_parse_option(line) for line in typed.options.splitlines() if line.strip()],
        min_value=_parse_number(typed.min_value, "min_value"),
        max_value=_parse_number(typed.max_value, "max_value"),
        required=bool(typed.required),
        facet=bool(typed.facet),
        match_role=MatchRole(typed.match_role) if typed.match_role in set(MatchRole) else MatchRole.SOFT,
        position=parse_position(typed.position),
    )


def _parse_option(line: str) -> dict[str, object]:
    """Parse `cotton / 棉 / Cotton` as value and names; two parts are the names, with the value from the English one."""
    parts = [part for part in SEPARATOR_RE.split(line.strip()) if part][:3]
    chinese, english = (parts[1], parts[-1]) if len(parts) == 3 else (parts[0], parts[-1])
    value = parts[0] if len(parts) == 3 else re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-") or chinese
    return {"value": value[:60], "names": {"zh_Hans": chinese[:60], "en": english[:60]}}


def _parse_number(text: str, field: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = numbers.parse_decimal(text)
    except ValueError:
        raise ValidationError({field: _("Enter a number.")}) from None
    if abs(number) >= 10**10:
        raise ValidationError({field: _("Enter a number.")})
    return number


def _attribute_form(row: Attribute) -> FormData:
    lines = [
        f"{option['value']} / {option['names'].get('zh_Hans', '')} / {option['names'].get('en', '')}" for option in row.options
    ]
    typed = FormData({code: row.names.get(code, "") for code in LANGUAGES}, code=row.code, kind=row.kind.value, unit=row.unit)
    typed |= {"options": "\n".join(lines), "match_role": row.match_role.value, "position": row.position}
    typed |= {"required": "1" if row.required else "", "facet": "1" if row.facet else ""}
    for name in ("min_value", "max_value"):
        value = getattr(row, name)
        typed[name] = "" if value is None else f"{value.normalize():f}"
    return typed


def _render_tree(typed: FormData, errors: FormData) -> str:
    return render_template(
        "console/catalogue/categories.html",
        tree=queries.get_category_tree(closed=True),
        counts=queries.count_products_by_category(),
        typed=typed,
        errors=errors,
    )


def _render_category(row: Category, typed: FormData, errors: FormData) -> str:
    if not typed:
        typed = FormData({code: row.names.get(code, "") for code in LANGUAGES}, position=row.position)
        typed |= {f"summary_{code}": row.summary.get(code, "") for code in LANGUAGES}
    own_attributes = queries.list_attributes(row.id)
    own_codes = {attribute.code for attribute in own_attributes}
    inherited_fields = [field for field in queries.get_schema(row.id) if field.code not in own_codes]
    closed_attributes = queries.list_attributes(row.id, closed=True)
    return render_template(
        "console/catalogue/category.html",
        row=row,
        own_attributes=own_attributes,
        closed_attributes=closed_attributes,
        inherited_fields=inherited_fields,
        typed=typed,
        errors=errors,
    )


def _render_attribute(category: Category, row: Attribute | None, typed: FormData, errors: FormData) -> str:
    return render_template(
        "console/catalogue/attribute.html",
        category=category,
        row=row,
        typed=typed,
        errors=errors,
        kinds=AttributeType.choices(),
        roles=MatchRole.choices(),
    )
