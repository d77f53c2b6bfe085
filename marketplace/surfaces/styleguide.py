"""Style guide: every template macro with realistic sample data, in the language of the reader."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.localized_text import LANGUAGES, localize
from marketplace.kernel.money import Money
from marketplace.surfaces.page_context import static_url
from tenants.access.decorators import require_platform_permission
from tenants.access.permissions import PlatformPermission

SAMPLES_FILE = Path(__file__).with_name("styleguide_samples.json")
FABRIC_COLORS = {
    "gingham": "#dd8f7c",
    "denim": "#4f6a94",
    "waves": "#5b75a2",
    "linen": "#cbb993",
    "plaid": "#335a41",
    "dots": "#3a4868",
    "stripe": "#cdd5dd",
    "jade": "#2f7f66",
}
console = Blueprint("styleguide", __name__)


@console.get("/style")
@require_platform_permission(PlatformPermission.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """Show every template macro on one page."""
    return render_template("console/styleguide.html", **sample_context())


@console.post("/style")
@require_platform_permission(PlatformPermission.CONSOLE_SEE)
def submit_sample() -> ResponseReturnValue:
    """Handle the sample forms and buttons: show a toast and change nothing."""
    flash(_("This is only a sample; nothing was changed."), "success")
    return redirect(url_for(".index"), code=303)


def sample_context() -> dict[str, Any]:
    """Return sample products, orders and figures for every macro; none of them is in the database."""
    days = [clock.now() - timedelta(days=29 - n) for n in range(30)]
    return {
        **_resolve(_load_samples()),
        "pictures": [sample_picture(name) for name in FABRIC_COLORS],
        "days": [f"{day.month}/{day.day}" for day in days],
        "sales": [round(9000 + 5200 * ((n * 7919) % 13) / 13 + 260 * n) for n in range(30)],
        "visits": [round(5200 + 3900 * ((n * 104729) % 17) / 17 + 90 * n) for n in range(30)],
        "soon": clock.now() + timedelta(minutes=38),
        "swatches": FABRIC_COLORS,
        "yuan": yuan,
        "localized": localized,
    }


def localized(chinese: str, english: str) -> str:
    """Return the text in the current language; sample data is content, so it carries both languages itself."""
    return localize({"zh_Hans": chinese, "en": english})


def yuan(amount: str) -> Money:
    """Parse an amount of CNY such as `18.50`."""
    return Money.parse(amount, "CNY")


def sample_picture(fabric: str) -> dict[str, str]:
    """Return a sample picture with its average color."""
    return {"url": static_url(f"styleguide/{fabric}.svg"), "alt": "", "colour": FABRIC_COLORS[fabric]}


@cache
def _load_samples() -> Any:
    return json.loads(SAMPLES_FILE.read_text("utf-8"))


def _resolve(value: Any) -> Any:
    """Resolve localized texts, amounts, pictures and relative times in the sample data."""
    if isinstance(value, list):
        return [_resolve(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"yuan": str(amount)}:
            return yuan(amount)
        case {"fabric": str(fabric), **rest} if not rest:
            return sample_picture(fabric)
        case {"hours_ago": int(hours)}:
            return clock.now() - timedelta(hours=hours)
        case _ if set(value) == set(LANGUAGES):
            return localize(value)
        case _:
            return {key: _resolve(item) for key, item in value.items()}
