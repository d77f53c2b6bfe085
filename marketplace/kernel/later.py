"""Functions of modules that only commands and workers need: loaded when they are first called, so that pages do without."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(place: str) -> Callable[..., Any]:
    """The function at `package.module:name`; its module is imported by the first call."""

    def call(*args: Any, **kwargs: Any) -> Any:
        module, _, name = place.partition(":")
        return getattr(import_module(module), name)(*args, **kwargs)

    call.__qualname__ = call.__name__ = place
    return call
