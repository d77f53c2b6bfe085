"""The error summary of the product editor: field labels, order and anchors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.views.product_form import ProductForm
from marketplace.kernel.form_input import FormData
from marketplace.kernel.localized_text import LANGUAGES, localize

MAX_REPEATED_ERRORS = 3  # the number of rows listed individually


def field_labels(form: ProductForm, schema: Sequence[AttributeField]) -> dict[str, str]:
    """Return the labels of the fields by name."""
    labels = {
        "title": _("Name in Chinese"),
        "title.zh_Hans": _("Name in Chinese"),
        "title.en": _("Name in English"),
        "description": _("Product description"),
        "description.zh_Hans": _("Description in Chinese"),
        "description.en": _("Description in English"),
        "category": _("Product category"),
    }
    labels |= {f"attributes.{attribute.code}": localize(attribute.names) for attribute in schema}
    labels |= {"reference": _("Product number"), "pictures": _("Pictures"), "video": _("Video"), "tiers": _("Price ladder")}
    labels |= {
        f"tiers.{n}.{part}": f"{_('Price ladder')} {n + 1}"
        for n in range(len(form.tiers))
        for part in ("price", "from_quantity")
    }
    labels["variants"] = _("Variants")
    for number, row in enumerate(form.variants):
        name = row.sku or _("Variant %(number)s", number=number + 1)
        labels |= {
            f"variants.{number}.{column}": f"{name} · {column_label}" for column, column_label in column_labels().items()
        }
    labels["lead_days"] = _("Days to make")
    return labels


def column_labels() -> dict[str, str]:
    """Return the labels of the variant columns."""
    return {
        "sku": _("SKU"),
        "options": _("Variant"),
        "weight_grams": _("Weight (g)"),
        "min_quantity": _("Minimum"),
        "step": _("Step"),
        "max_quantity": _("Maximum"),
        "tiers": _("Own price"),
    }


def deduplicate(errors: FormData, labels: Mapping[str, str]) -> tuple[FormData, dict[str, str]]:
    """Return errors and labels for the summary: an error of many variants becomes one line at the first of them."""
    names_by_message: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, message in errors.items():
        column = name.rpartition(".")[2] if name.startswith("variants.") else name
        names_by_message[column, str(message)].append(name)
    summary_labels, labels_by_column = dict(labels), column_labels()
    for (column, _message), (first, *others) in names_by_message.items():
        if len(others) >= MAX_REPEATED_ERRORS:
            count = ngettext("%(num)s variant", "%(num)s variants", len(others) + 1)
            summary_labels[first] = f"{labels_by_column.get(column, _('Variants'))} · {count}"
    listed_names = {
        name
        for first, *others in names_by_message.values()
        for name in (first, *(others if len(others) < MAX_REPEATED_ERRORS else ()))
    }
    return FormData({name: message for name, message in errors.items() if name in listed_names}), summary_labels


def sort_errors(errors: FormData, labels: Iterable[str]) -> FormData:
    """Return the errors in the order of their fields on the page; those of the whole form first."""
    position = {name: number for number, name in enumerate(labels)}
    return FormData(sorted(errors.items(), key=lambda error: position.get(error[0], -1 if not error[0] else len(position))))


def field_ids(errors: Iterable[str]) -> dict[str, str]:
    """Return the id of the control of each error whose name differs from the id."""
    return {name: field_id for name in errors if (field_id := _field_id(name)) != name}


def _field_id(name: str) -> str:
    group, _dot, rest = name.partition(".")
    match group:
        case "title" | "description":
            return f"{group}-{rest or LANGUAGES[0]}"
        case "attributes":
            return f"attr-{rest}"
        case "tiers" if rest:
            return f"tiers-{rest.partition('.')[0]}-price"
        case "variants" if rest.endswith(".options"):
            return f"variants.{rest.removesuffix('.options')}.sku"
    return name
