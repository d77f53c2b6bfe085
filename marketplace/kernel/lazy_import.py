"""Lazy imports of functions that only commands and workers need, so that web processes do not load their modules."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def lazy_callable(target: str) -> Callable[..., Any]:
    """Return a proxy of the function `package.module:name`; the first call imports its module."""

    def call(*args: Any, **kwargs: Any) -> Any:
        module, _, name = target.partition(":")
        return getattr(import_module(module), name)(*args, **kwargs)

    call.__qualname__ = call.__name__ = target
    return call
