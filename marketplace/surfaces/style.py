"""The living style page: every macro of the face with goods of the trade, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any

from flask import Blueprint, render_template
from flask_babel import get_locale

type Words = Callable[[str, str], str]


@dataclass(frozen=True)
class Money:
    minor: int
    currency: str
