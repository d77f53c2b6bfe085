"""The manifest of a feature: everything that it registers with the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from flask import Blueprint
from flask.ctx import AppContext

Menu = Callable[[], Sequence["MenuItem"]]


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """One entry of the side menu of a site."""

    label: Any
    endpoint: str
    icon: str
    section: str = ""
    order: int = 50
    permission: str | None = None
    count: Callable[[], int] | None = None


@dataclass(frozen=True, kw_only=True)
class TodoItem:
    """One open task on the dashboard of a site, shown to users with the permission to do it."""

    label: Any
    description: Any
    url: str
    action: Any
    icon: str
    permission: str  # of the task itself, not only of viewing its list
    urgent: bool = False
    count: int = 1
    due: Any = None
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class OnboardingStep:
    """One step of a newly admitted merchant towards its first order, provided by the feature it leads to."""

    label: Any
    description: Any
    url: str
    action: Any
    icon: str
    done: bool
    permission: str  # of the step itself: others do not see it
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class DashboardMetric:
    """One number or chart on the dashboard of a site: a value, its change, and its daily series."""

    label: Any
    value: Any
    detail: Any = ""
    change: float | None = None
    series: Sequence[float] = ()
    dates: Sequence[Any] = ()
    url: str | None = None
    display: str = "number"  # number | chart
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Feature:
    """The registrations of one feature package; only the name is required."""

    name: str
    shop: Blueprint | None = None  # buyers and guests, on the platform's own pages
    store: Blueprint | None = None  # inside one merchant's storefront: by path and by subdomain
    account: Blueprint | None = None  # a user's own pages
    desk: Blueprint | None = None  # a merchant's staff, under /desk/<merchant>
    console: Blueprint | None = None  # the platform's staff, under /console
    api: Blueprint | None = None  # API clients, under /api/v1
    hooks: Blueprint | None = None  # webhooks: signed requests, without session or CSRF
    listeners: ModuleType | None = None  # imported to register its event handlers
    tasks: ModuleType | None = None  # imported to register its Celery tasks
    models: ModuleType | None = None  # imported to register its tables for migrations
    schedule: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # name -> (seconds, task)
    desk_menu: Sequence[MenuItem] = ()
    console_menu: Sequence[MenuItem] = ()
    account_menu: Sequence[MenuItem] = ()
    desk_todo_items: Callable[[], Sequence[TodoItem]] | None = None
    desk_onboarding_steps: Callable[[], Sequence[OnboardingStep]] | None = None
    console_todo_items: Callable[[], Sequence[TodoItem]] | None = None
    desk_metrics: Callable[[], Sequence[DashboardMetric]] | None = None
    console_metrics: Callable[[], Sequence[DashboardMetric]] | None = None
    page_context: Mapping[str, Callable[[], Any]] = field(default_factory=dict)  # lazily computed values for every page
    reindex: Callable[[], Mapping[str, int]] | None = None  # rebuilds its search indexes; returns document counts by index
    on_startup: Callable[[AppContext], None] | None = None
