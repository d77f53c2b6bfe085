"""Validation and formatting of attribute values by the schema of a category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from marketplace.catalogue.models.taxonomy import AttributeType, MatchRole
from marketplace.kernel import numbers
from marketplace.kernel.localized_text import current_language, localize

_: Callable[..., str] = gettext

MAX_TEXT_LENGTH = 300
TRUE_VALUES = frozenset({"1", "true", "yes", "on", "是", "有"})
FALSE_VALUES = frozenset({"0", "false", "no", "off", "否", "无", ""})


@dataclass(frozen=True, slots=True)
class Option:
    """A value of an option list with its names."""

    value: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeField:
    """An attribute of a category's schema, as plain values."""

    code: str
    names: dict[str, str]
    kind: AttributeType
    unit: str = ""
    options: tuple[Option, ...] = ()
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    required: bool = False
    facet: bool = False
    match_role: MatchRole = MatchRole.SOFT

    @property
    def values(self) -> frozenset[str]:
        """Return the values that can be chosen."""
        return frozenset(option.value for option in self.options)

    def option_name(self, value: str, language: str | None = None) -> str:
        """Return the name of an option, or the value itself if the list no longer contains it."""
        return next((localize(option.names, language) for option in self.options if option.value == value), value)


def parse_attribute_values(schema: Sequence[AttributeField], raw_values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert input to the types of the schema: choices by value or by name in any language, numbers, flags.

    Unreadable input is kept as typed, so that `validate_attributes` can report it. Unknown codes are dropped.
    """
    parsed = {field.code: _parse(field, raw_values[field.code]) for field in schema if field.code in raw_values}
    return {code: value for code, value in parsed.items() if value not in (None, "", [])}


def validate_attributes(schema: Sequence[AttributeField], values: Mapping[str, Any]) -> dict[str, str]:
    """Return one message per invalid attribute value, by code.

    Missing required values are reported by `requirements.missing_requirements`.
    """
    messages = {field.code: _value_error(field, values[field.code]) for field in schema if field.code in values}
    errors = {code: message for code, message in messages.items() if message}
    known_codes = {field.code for field in schema}
    for code in values.keys() - known_codes:
        errors[code] = _("This category has no such attribute.")
    return errors


def format_attribute_value(field: AttributeField, value: Any, language: str | None = None) -> str:
    """Return a value as shown in a specification table, in the user's language or a given one."""
    if field.kind is AttributeType.FLAG:
        return _yes_or_no(bool(value), language)
    if field.kind in (AttributeType.CHOICE, AttributeType.CHOICES):
        separator = ", " if (language or current_language()) == "en" else "、"
        return separator.join(field.option_name(str(item), language) for item in _as_list(value))
    return f"{value} {field.unit}".strip() if field.kind is AttributeType.NUMBER else str(value)


def _yes_or_no(value: bool, language: str | None) -> str:
    if language is None:
        return _("yes") if value else _("no")
    return {"en": ("no", "yes")}.get(language, ("否", "是"))[value]


def _parse(field: AttributeField, raw: Any) -> Any:
    if field.kind is AttributeType.CHOICES:
        return sorted({_parse_option(field, str(item)) for item in _as_list(raw) if str(item).strip()})
    if isinstance(raw, list | tuple):
        raw = raw[0] if raw else ""
    if field.kind is AttributeType.CHOICE:
        return _parse_option(field, str(raw))
    if field.kind is AttributeType.NUMBER:
        return _parse_number(raw)
    if field.kind is AttributeType.FLAG:
        return _parse_flag(raw)
    return str(raw).strip()


def _parse_option(field: AttributeField, typed: str) -> str:
    typed = typed.strip()
    if typed in field.values:
        return typed
    casefolded = typed.casefold()
    for option in field.options:
        if casefolded in {name.casefold() for name in option.names.values()}:
            return option.value
    return typed


def _parse_number(raw: Any) -> int | float | str:
    text = str(raw).strip()
    try:
        number = numbers.parse_decimal(text)
    except ValueError:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _parse_flag(raw: Any) -> bool | str:
    normalized = str(raw).strip().lower()
    if normalized in TRUE_VALUES or normalized in FALSE_VALUES:
        return normalized in TRUE_VALUES
    return str(raw)


def _value_error(field: AttributeField, value: Any) -> str | None:
    if field.kind is AttributeType.NUMBER:
        return _number_error(field, value)
    if field.kind is AttributeType.FLAG:
        return None if isinstance(value, bool) else _("Say yes or no.")
    if field.kind is AttributeType.TEXT:
        is_invalid = not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH
        return _("At most %(most)s characters.", most=MAX_TEXT_LENGTH) if is_invalid else None
    if field.kind is AttributeType.CHOICE and isinstance(value, list):
        return _("Choose one of the list.")
    unknown = [str(item) for item in _as_list(value) if item not in field.values]
    return _("“%(value)s” is not in the list.", value="、".join(unknown)) if unknown else None


def _number_error(field: AttributeField, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _("Enter a number.")
    number = Decimal(str(value))
    if field.min_value is not None and number < field.min_value:
        return _("At least %(least)s.", least=f"{field.min_value.normalize():f} {field.unit}".strip())
    if field.max_value is not None and number > field.max_value:
        return _("At most %(greatest)s.", greatest=f"{field.max_value.normalize():f} {field.unit}".strip())
    return None


def _as_list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else [value]
