"""The editor's list of errors: what each field is called there, and where it stands on the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.catalogue.rules import AttributeField
from marketplace.catalogue.views.forms import Filled
from marketplace.kernel.forms import Typed
from marketplace.kernel.texts import LANGUAGES, pick

MOST_ALIKE = 3  # so many rows are named one by one


def labels(filled: Filled, schema: Sequence[AttributeField]) -> dict[str, str]:
    """What the fields are called."""
    said = {
        "title": _("Name in Chinese"),
        "title.zh_Hans": _("Name in Chinese"),
        "title.en": _("Name in English"),
        "description": _("Product description"),
        "description.zh_Hans": _("Description in Chinese"),
        "description.en": _("Description in English"),
        "category": _("Product category"),
    }
    said |= {f"attributes.{one.code}": pick(one.names) for one in schema}
    said |= {"reference": _("Product number"), "pictures": _("Pictures"), "video": _("Video"), "tiers": _("Price ladder")}
    said |= {
        f"tiers.{n}.{part}": f"{_('Price ladder')} {n + 1}"
        for n in range(len(filled.tiers))
        for part in ("price", "from_quantity")
    }
    said["variants"] = _("Variants")
    for number, row in enumerate(filled.variants):
        name = row.sku or _("Variant %(number)s", number=number + 1)
        said |= {f"variants.{number}.{column}": f"{name} · {word}" for column, word in columns().items()}
    said["lead_days"] = _("Days to make")
    return said


def columns() -> dict[str, str]:
    """What the columns of the variants are called."""
    return {
        "sku": _("SKU"),
        "options": _("Variant"),
        "weight_grams": _("Weight (g)"),
        "min_quantity": _("Minimum"),
        "step": _("Step"),
        "max_quantity": _("Maximum"),
        "tiers": _("Own price"),
    }


def told_once(errors: Typed, labels: Mapping[str, str]) -> tuple[Typed, dict[str, str]]:
    """The list of errors and its labels for reading: what is wrong with many variants alike is one line, at the first of them."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, said in errors.items():
        column = name.rpartition(".")[2] if name.startswith("variants.") else name
        alike[column, str(said)].append(name)
    called, words = dict(labels), columns()
    for (column, _said), (first, *others) in alike.items():
        if len(others) >= MOST_ALIKE:
            count = ngettext("%(num)s variant", "%(num)s variants", len(others) + 1)
            called[first] = f"{words.get(column, _('Variants'))} · {count}"
    shown = {name for first, *others in alike.values() for name in (first, *(others if len(others) < MOST_ALIKE else ()))}
    return Typed({name: said for name, said in errors.items() if name in shown}), called


def in_order(errors: Typed, labels: Iterable[str]) -> Typed:
    """The errors as their fields come on the page; what concerns the whole form first."""
    place = {name: number for number, name in enumerate(labels)}
    return Typed(sorted(errors.items(), key=lambda error: place.get(error[0], -1 if not error[0] else len(place))))


def places(errors: Iterable[str]) -> dict[str, str]:
    """The name of the control that an error belongs to, where it is called otherwise than the error."""
    return {name: place for name in errors if (place := _place(name)) != name}


def _place(name: str) -> str:
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
