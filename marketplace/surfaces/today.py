"""The first page of a door where people work: the queue before the charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import format_date, to_user_timezone
from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.feature import Feature, Figure, Step, Waiting
from marketplace.kernel.texts import language


@dataclass(frozen=True)
class Day:
    """What a first page shows."""

    waiting: list[Waiting]
    figures: list[Figure]
    charts: list[Figure]


def gather(door: str, may: Callable[[str], bool]) -> Day:
    """Ask every feature what waits at this door (desk or console) for somebody who `may` do it, and how it goes."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    waiting = [line for one in features if (ask := getattr(one, f"{door}_waiting")) for line in ask() if may(line.permission)]
    shown = [figure for one in features if (ask := getattr(one, f"{door}_figures")) for figure in ask()]
    shown.sort(key=lambda figure: figure.order)
    return Day(
        waiting=sorted(waiting, key=lambda line: (not line.urgent, line.order)),
        figures=[figure for figure in shown if figure.kind == "figure"],
        charts=[figure for figure in shown if figure.kind == "chart"],
    )


def first_steps(may: Callable[[str], bool]) -> list[Step]:
    """What a merchant does before its first order, in order, as far as this colleague `may`; nothing once all of it is done."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    steps = [step for one in features if one.desk_steps for step in one.desk_steps()]
    if all(step.done for step in steps):
        return []
    return sorted((step for step in steps if may(step.permission)), key=lambda step: step.order)


def greeting(name: str) -> str:
    """Good morning, by the clock of the market."""
    hour = to_user_timezone(clock.now()).hour
    if hour < 11:
        return str(_("Good morning, %(name)s", name=name))
    if hour < 18:
        return str(_("Good afternoon, %(name)s", name=name))
    return str(_("Good evening, %(name)s", name=name))


def day_line() -> str:
    """The date as people say it."""
    moment = clock.now()
    return str(format_date(moment, "EEEE d MMMM" if language() == "en" else "M月d日 EEEE"))
