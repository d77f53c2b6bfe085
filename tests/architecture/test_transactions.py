"""Static check: a view opens units of work only if it is marked with `manages_transactions`."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from flask import Flask

from marketplace.kernel.db import unit_of_work

PACKAGES = ("marketplace.", "tenants.", "billing.", "search.")
TARGET = inspect.unwrap(unit_of_work)
_references: dict[FunctionType, list[FunctionType]] = {}


def test_views_that_open_units_of_work_are_marked(app: Flask) -> None:
    """Follow what each view refers to, through services of any package, up to `unit_of_work`."""
    views = {endpoint: inspect.unwrap(view) for endpoint, view in app.view_functions.items()}
    opening = {endpoint for endpoint, view in views.items() if isinstance(view, FunctionType) and _opens_unit_of_work(view)}
    marked = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "manages_transactions", False)}
    assert opening == marked
    assert "shop.checkout.submit_checkout" in marked


def _opens_unit_of_work(view: FunctionType) -> bool:
    visited, queue = {view}, [view]
    while queue:
        for function in _referenced_functions(queue.pop()):
            if function is TARGET:
                return True
            if function not in visited and function.__module__.startswith(PACKAGES):
                visited.add(function)
                queue.append(function)
    return False


def _referenced_functions(function: FunctionType) -> list[FunctionType]:
    """Return the functions that the source of a function names, also in lambdas, nested functions and local imports."""
    if function not in _references:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        body = [node for statement in tree.body for node in _body_nodes(statement)]
        scope: dict[str, Any] = dict(function.__globals__)
        for node in body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGES):
                module = importlib.import_module(node.module or "")
                scope |= {alias.asname or alias.name: getattr(module, alias.name, None) for alias in node.names}
        named = (inspect.unwrap(value) for node in body if callable(value := _resolve(node, scope)))
        _references[function] = [value for value in named if isinstance(value, FunctionType)]
    return _references[function]


def _body_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a function without its decorators."""
    for part in getattr(statement, "body", []) if isinstance(statement, ast.FunctionDef) else [statement]:
        yield from ast.walk(part)


def _resolve(node: ast.AST, scope: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute) and inspect.ismodule(owner := _resolve(node.value, scope)):
        return getattr(owner, node.attr, None)
    return None
