"""The living style page: every macro of the face, with goods of the trade, in the reader's language."""

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
from marketplace.kernel.money import Money
from marketplace.kernel.texts import LANGUAGES, pick
from marketplace.surfaces.frame import static
from tenants.access.guards import market_only
from tenants.access.permissions import MarketRight

SAMPLES = Path(__file__).with_name("style_samples.json")
CLOTHS = {
    "gingham": "#dd8f7c",
    "denim": "#4f6a94",
    "waves": "#5b75a2",
    "linen": "#cbb993",
    "plaid": "#335a41",
    "dots": "#3a4868",
    "stripe": "#cdd5dd",
    "jade": "#2f7f66",
}
console = Blueprint("style", __name__)


@console.get("/style")
@market_only(MarketRight.CONSOLE_SEE)
def index() -> ResponseReturnValue:
    """Every part of the face on one page."""
    return render_template("console/style.html", **samples())


@console.post("/style")
@market_only(MarketRight.CONSOLE_SEE)
def try_out() -> ResponseReturnValue:
    """What the page's forms and buttons lead to: a toast, and nothing else."""
    flash(_("This is only a sample; nothing was changed."), "success")
    return redirect(url_for(".index"), code=303)


def samples() -> dict[str, Any]:
    """Realistic goods, orders and figures for every macro; nothing of it is in the database."""
    days = [clock.now() - timedelta(days=29 - n) for n in range(30)]
    return {
        **_said(_raw()),
        "pictures": [picture(name) for name in CLOTHS],
        "days": [f"{day.month}/{day.day}" for day in days],
        "sales": [round(9000 + 5200 * ((n * 7919) % 13) / 13 + 260 * n) for n in range(30)],
        "visits": [round(5200 + 3900 * ((n * 104729) % 17) / 17 + 90 * n) for n in range(30)],
        "soon": clock.now() + timedelta(minutes=38),
        "swatches": CLOTHS,
        "yuan": yuan,
        "t": t,
    }


def t(chinese: str, english: str) -> str:
    """Sample goods are content, not words of the interface: they bring both languages along."""
    return pick({"zh_Hans": chinese, "en": english})


def yuan(amount: str) -> Money:
    """`18.50` as money."""
    return Money.parse(amount, "CNY")


def picture(cloth: str) -> dict[str, str]:
    """A sample cloth with its average colour."""
    return {"url": static(f"sample/{cloth}.svg"), "alt": "", "colour": CLOTHS[cloth]}


@cache
def _raw() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))


def _said(value: Any) -> Any:
    """The samples with their texts picked and their money, pictures and moments made."""
    if isinstance(value, list):
        return [_said(one) for one in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"yuan": str(amount)}:
            return yuan(amount)
        case {"cloth": str(cloth), **rest} if not rest:
            return picture(cloth)
        case {"hours_ago": int(hours)}:
            return clock.now() - timedelta(hours=hours)
        case _ if set(value) == set(LANGUAGES):
            return pick(value)
        case _:
            return {key: _said(one) for key, one in value.items()}
