"""Dashboards of desk and console, collected from all features: todo items before metrics and charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import format_date, to_user_timezone
from flask_babel import gettext as _

from marketplace.kernel import clock
from marketplace.kernel.feature import DashboardMetric, Feature, OnboardingStep, TodoItem
from marketplace.kernel.localized_text import current_language


@dataclass(frozen=True)
class Dashboard:
    """Content of a dashboard page."""

    todo_items: list[TodoItem]
    metrics: list[DashboardMetric]
    charts: list[DashboardMetric]


def build_dashboard(site: str, can: Callable[[str], bool]) -> Dashboard:
    """Collect the todo items that the user `can` work on and the metrics of all features.

    Args:
        site: "desk" or "console".
        can: whether the user has a permission.
    """
    features: tuple[Feature, ...] = current_app.extensions["features"]
    todo_items = [
        item
        for feature in features
        if (provider := getattr(feature, f"{site}_todo_items"))
        for item in provider()
        if can(item.permission)
    ]
    metrics = [metric for feature in features if (provider := getattr(feature, f"{site}_metrics")) for metric in provider()]
    metrics.sort(key=lambda metric: metric.order)
    return Dashboard(
        todo_items=sorted(todo_items, key=lambda item: (not item.urgent, item.order)),
        metrics=[metric for metric in metrics if metric.display == "number"],
        charts=[metric for metric in metrics if metric.display == "chart"],
    )


def onboarding_steps(can: Callable[[str], bool]) -> list[OnboardingStep]:
    """Return the onboarding steps that the user `can` take, in order; an empty list once every step is done."""
    features: tuple[Feature, ...] = current_app.extensions["features"]
    steps = [step for feature in features if feature.desk_onboarding_steps for step in feature.desk_onboarding_steps()]
    if all(step.done for step in steps):
        return []
    return sorted((step for step in steps if can(step.permission)), key=lambda step: step.order)


def greeting(name: str) -> str:
    """Return a greeting for the time of day in the time zone of the marketplace."""
    hour = to_user_timezone(clock.now()).hour
    if hour < 11:
        return str(_("Good morning, %(name)s", name=name))
    if hour < 18:
        return str(_("Good afternoon, %(name)s", name=name))
    return str(_("Good evening, %(name)s", name=name))


def date_line() -> str:
    """Return the current date with the weekday, in the language of the page."""
    now = clock.now()
    return str(format_date(now, "EEEE d MMMM" if current_language() == "en" else "M月d日 EEEE"))
