"""Password hashing with argon2id; a check costs the same whether or not the account exists."""

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
def _dummy_hash(environment: str) -> str:
    return _hasher(environment).hash("dummy password")


def hash_password(password: str) -> str:
    """Return the hash under which the password is stored."""
    return _hasher(_environment()).hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password matches. Without an account (None) a dummy hash is checked, and the result is False."""
    environment = _environment()
    try:
        _hasher(environment).verify(password_hash or _dummy_hash(environment), password)
    except InvalidHashError:
        _hasher(environment).hash(password)
        return False
    except VerificationError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Return whether the hash was made with cheaper parameters than the current ones."""
    return _hasher(_environment()).check_needs_rehash(password_hash)


def _environment() -> str:
    return str(current_app.config["SETTINGS"].environment)
