"""Migrations: the migrated schema matches the models."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import CheckConstraint, Engine, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint, inspect

from marketplace.kernel.db import Base


def test_migrated_schema_matches_models(app: Flask, superuser: Engine) -> None:
    with superuser.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": Base.metadata})
        assert compare_metadata(context, Base.metadata) == []


def test_constraint_names_match_models(app: Flask, superuser: Engine) -> None:
    differences = {}
    inspector = inspect(superuser)
    for table in Base.metadata.sorted_tables:
        database_names = {
            str(inspector.get_pk_constraint(table.name)["name"]),
            *(str(key["name"]) for key in inspector.get_foreign_keys(table.name)),
            *(str(constraint["name"]) for constraint in inspector.get_unique_constraints(table.name)),
            *(str(constraint["name"]) for constraint in inspector.get_check_constraints(table.name)),
        }
        prepare = superuser.dialect.identifier_preparer.format_constraint
        kinds = (PrimaryKeyConstraint, ForeignKeyConstraint, UniqueConstraint, CheckConstraint)
        model_names = {str(prepare(constraint)) for constraint in table.constraints if isinstance(constraint, kinds)}
        if difference := database_names ^ model_names:
            differences[table.name] = sorted(difference)
    assert differences == {}
