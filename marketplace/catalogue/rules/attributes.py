"""Values of attributes against the schema of a category (behaviour 18)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from marketplace.catalogue.models.kinds import AttributeKind, MatchRole
from marketplace.kernel import numbers
from marketplace.kernel.texts import language as current_language
from marketplace.kernel.texts import pick

_: Callable[..., str] = gettext

LONGEST_TEXT = 300
YES = frozenset({"1", "true", "yes", "on", "是", "有"})
NO = frozenset({"0", "false", "no", "off", "否", "无", ""})


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a list, and what it is called."""

    value: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeField:
    """One question of a category's schema, as plain values."""

    code: str
    names: dict[str, str]
    kind: AttributeKind
    unit: str = ""
    options: tuple[Option, ...] = ()
    least: Decimal | None = None
    greatest: Decimal | None = None
    required: bool = False
    facet: bool = False
    match_role: MatchRole = MatchRole.SOFT

    @property
    def values(self) -> frozenset[str]:
        """The values that may be chosen."""
        return frozenset(option.value for option in self.options)

    def name_of(self, value: str, language: str | None = None) -> str:
        """What an option is called; the value itself when the list no longer has it."""
        return next((pick(option.names, language) for option in self.options if option.value == value), value)


def attribute_values(schema: Sequence[AttributeField], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was entered, in the types of the schema: choices by value or by name in any language, numbers, flags.

    What cannot be read is kept as it was typed, so that `attribute_errors` can say so beside it. Unknown codes are dropped.
    """
    read = {field.code: _read(field, given[field.code]) for field in schema if field.code in given}
    return {code: value for code, value in read.items() if value not in (None, "", [])}


def attribute_errors(schema: Sequence[AttributeField], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with attribute values, by code: one sentence each. Missing required ones are `standard.missing`'s."""
    found = {field.code: _complaint(field, values[field.code]) for field in schema if field.code in values}
    errors = {code: sentence for code, sentence in found.items() if sentence}
    known = {field.code for field in schema}
    for code in values.keys() - known:
        errors[code] = _("This category has no such attribute.")
    return errors


def spoken(field: AttributeField, value: Any, language: str | None = None) -> str:
    """A value as it reads on a specification table, in the reader's language or a given one."""
    if field.kind is AttributeKind.FLAG:
        return _yes_or_no(bool(value), language)
    if field.kind in (AttributeKind.CHOICE, AttributeKind.CHOICES):
        joint = ", " if (language or current_language()) == "en" else "、"
        return joint.join(field.name_of(str(item), language) for item in _listed(value))
    return f"{value} {field.unit}".strip() if field.kind is AttributeKind.NUMBER else str(value)


def _yes_or_no(value: bool, language: str | None) -> str:
    if language is None:
        return _("yes") if value else _("no")
    return {"en": ("no", "yes")}.get(language, ("否", "是"))[value]


def _read(field: AttributeField, raw: Any) -> Any:
    if field.kind is AttributeKind.CHOICES:
        return sorted({_option(field, str(item)) for item in _listed(raw) if str(item).strip()})
    if isinstance(raw, list | tuple):
        raw = raw[0] if raw else ""
    if field.kind is AttributeKind.CHOICE:
        return _option(field, str(raw))
    if field.kind is AttributeKind.NUMBER:
        return _number(raw)
    if field.kind is AttributeKind.FLAG:
        return _flag(raw)
    return str(raw).strip()


def _option(field: AttributeField, typed: str) -> str:
    typed = typed.strip()
    if typed in field.values:
        return typed
    folded = typed.casefold()
    for option in field.options:
        if folded in {name.casefold() for name in option.names.values()}:
            return option.value
    return typed


def _number(raw: Any) -> int | float | str:
    text = str(raw).strip()
    try:
        number = numbers.read(text)
    except ValueError:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _flag(raw: Any) -> bool | str:
    word = str(raw).strip().lower()
    if word in YES or word in NO:
        return word in YES
    return str(raw)


def _complaint(field: AttributeField, value: Any) -> str | None:
    if field.kind is AttributeKind.NUMBER:
        return _number_complaint(field, value)
    if field.kind is AttributeKind.FLAG:
        return None if isinstance(value, bool) else _("Say yes or no.")
    if field.kind is AttributeKind.TEXT:
        long = not isinstance(value, str) or len(value) > LONGEST_TEXT
        return _("At most %(most)s characters.", most=LONGEST_TEXT) if long else None
    if field.kind is AttributeKind.CHOICE and isinstance(value, list):
        return _("Choose one of the list.")
    unknown = [str(item) for item in _listed(value) if item not in field.values]
    return _("“%(value)s” is not in the list.", value="、".join(unknown)) if unknown else None


def _number_complaint(field: AttributeField, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _("Enter a number.")
    number = Decimal(str(value))
    if field.least is not None and number < field.least:
        return _("At least %(least)s.", least=f"{field.least.normalize():f} {field.unit}".strip())
    if field.greatest is not None and number > field.greatest:
        return _("At most %(greatest)s.", greatest=f"{field.greatest.normalize():f} {field.unit}".strip())
    return None


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else [value]
