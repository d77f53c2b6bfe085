"""The manifest of a feature: at a glance, what it plugs into the platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from flask import Blueprint
from flask.ctx import AppContext

from marketplace.kernel.seeding import Plan

Menu = Callable[[], Sequence["MenuItem"]]


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """One line of a door's side menu."""

    label: Any
    endpoint: str
    icon: str
    section: str = ""
    order: int = 50
    permission: str | None = None
    count: Callable[[], int] | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One line of a queue "what waits for me": said by the feature, shown by the door's first page to who may do the work."""

    label: Any
    why: Any
    url: str
    action: Any
    icon: str
    permission: str  # that the work itself needs: to see where it lies is not enough
    urgent: bool = False
    count: int = 1
    when: Any = None
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a newly admitted merchant on the way to its first order (MA1): said by the feature that it leads to."""

    label: Any
    why: Any
    url: str
    action: Any
    icon: str
    done: bool
    permission: str  # shown to those who can take it
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure or chart of a door's first page: a value, how it compares, and its days."""

    label: Any
    value: Any
    detail: Any = ""
    change: float | None = None
    series: Sequence[float] = ()
    days: Sequence[Any] = ()
    url: str | None = None
    kind: str = "figure"  # figure | chart
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What one feature package plugs in; everything is optional but the name."""

    name: str
    shop: Blueprint | None = None  # buyers and visitors, on the market's own pages
    store: Blueprint | None = None  # inside one merchant's storefront: by path and by subdomain
    account: Blueprint | None = None  # a person's own pages
    desk: Blueprint | None = None  # a merchant's staff, under /desk/<merchant>
    console: Blueprint | None = None  # the market's staff, under /console
    api: Blueprint | None = None  # programs, under /api/v1
    hooks: Blueprint | None = None  # other machines: signed notifications, without session or CSRF
    listens: ModuleType | None = None  # imported so that its decorators run
    tasks: ModuleType | None = None  # imported so that the worker knows them
    models: ModuleType | None = None  # imported so that migrations and the registry see its tables
    every: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # name -> (seconds, task)
    desk_menu: Sequence[MenuItem] = ()
    console_menu: Sequence[MenuItem] = ()
    account_menu: Sequence[MenuItem] = ()
    desk_waiting: Callable[[], Sequence[Waiting]] | None = None
    desk_steps: Callable[[], Sequence[Step]] | None = None
    console_waiting: Callable[[], Sequence[Waiting]] | None = None
    desk_figures: Callable[[], Sequence[Figure]] | None = None
    console_figures: Callable[[], Sequence[Figure]] | None = None
    frame: Mapping[str, Callable[[], Any]] = field(default_factory=dict)  # values for every page, asked for when shown
    reindex: Callable[[], Mapping[str, int]] | None = None  # rebuild its search indexes; documents by index
    seed: Callable[[Plan], None] | None = None  # plant its corner of the demo market; takes a kernel.seeding.Plan
    seed_order: int = 50
    sign_ins: Callable[[], Sequence[str]] | None = None  # lines that say how to enter the demo market
    before: Callable[[AppContext], None] | None = None
