"""Enums with labels: the value for the database, the label for the user."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self


class LabeledStrEnum(StrEnum):
    """String enum whose members have a label: `OPEN = "open", _l("Waiting for an answer")`."""

    label: Any

    def __new__(cls, value: str, label: Any = None) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = value if label is None else label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, Any]]:
        """Return the (value, label) pairs in order, for a select or radio group."""
        return [(member.value, member.label) for member in cls]
