"""Passwords are kept as argon2id hashes; checking one costs the same whether or not there is an account."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app


@cache
def _hasher(environment: str) -> PasswordHasher:
    if environment == "test":
        return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobody(environment: str) -> str:
    return _hasher(environment).hash("the password of nobody")


def hashed(password: str) -> str:
    """How a password is kept."""
    return _hasher(_environment()).hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without an account (None) a hash of nobody's is checked, and the answer is no."""
    environment = _environment()
    try:
        _hasher(environment).verify(kept or _nobody(environment), password)
    except InvalidHashError:
        _hasher(environment).hash(password)
        return False
    except VerificationError:
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether it was hashed more cheaply than we hash today."""
    return _hasher(_environment()).check_needs_rehash(kept)


def _environment() -> str:
    return str(current_app.config["SETTINGS"].environment)
