"""Error codes, which API clients depend on."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from marketplace.kernel.errors import MarketplaceError


def error_classes(base: type[MarketplaceError] = MarketplaceError) -> Iterator[type[MarketplaceError]]:
    for error_class in base.__subclasses__():
        yield error_class
        yield from error_classes(error_class)


def test_every_error_class_declares_its_code(app: Flask) -> None:
    assert [
        f"{error.__module__}.{error.__name__}"
        for error in error_classes()
        if not error.__module__.startswith("tests.") and "code" not in vars(error)
    ] == []


def test_str_contains_code_and_context() -> None:
    assert str(MarketplaceError(number=1)) == "marketplace_error(number=1)"
