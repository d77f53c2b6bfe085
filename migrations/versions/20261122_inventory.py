"""Create the inventory: locations, stock levels, movements, reservations, low-stock thresholds and unit costs."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import rls

revision = "20261122_21"
down_revision = "20261122_20"
branch_labels = None
depends_on = None


STOCK_READING_PURPOSES = ("checkout", "payment", "fulfilment", "settlement", "sweep")
STOCK_MOVING_PURPOSES = ("payment", "fulfilment", "settlement")
APPLY_MOVEMENT = """
    create function apply_stock_movement() returns trigger language plpgsql security definer set search_path = public as $$
    begin
        update stock_levels set on_hand = on_hand + new.quantity
        where variant_id = new.variant_id and location_id = new.location_id and merchant_id = new.merchant_id
        returning on_hand into new.after;
        if not found then
            raise exception 'there is no stock level of this variant at this location' using errcode = 'foreign_key_violation';
        end if;
        new.before := new.after - new.quantity;
        return new;
    end $$;
"""
# `reserved` counts every open reservation: those that have expired and were not yet released (few) are available again.
# One generic plan, because planning costs three times what reading does.
AVAILABLE = """
    create function stock_available(variant_ids uuid[], moment timestamptz)
    returns table (variant_id uuid, available numeric) language plpgsql stable rows 4
    set plan_cache_mode = force_generic_plan as $$
    declare
        previous_purpose text := coalesce(current_setting('app.purpose', true), '');
    begin
        perform set_config('app.purpose', 'availability', true);
        return query select requested.id,
            coalesce((select sum(l.on_hand - l.reserved) from stock_levels l where l.variant_id = requested.id), 0)
            + coalesce((
                select sum(r.quantity) from stock_reservations r
                where r.variant_id = requested.id
                and r.released_at is null and r.consumed_at is null and r.expires_at <= moment
            ), 0)
            from unnest(variant_ids) as requested(id);
        perform set_config('app.purpose', previous_purpose, true);
    end $$;
"""


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    create_tables()
    op.execute(APPLY_MOVEMENT)
    op.execute(
        "create trigger apply_movement before insert on stock_movements for each row execute function apply_stock_movement()"
    )
    op.execute(AVAILABLE)
    create_location_policies()
    create_level_policies()
    create_reservation_policies()
    create_movement_policies()
    create_cost_policies()


def create_location_policies() -> None:
    """Open locations to their merchant, and to the purposes that reserve or ship stock."""
    rls.enable_rls(op, "locations", "select", "insert", "update")
    rls.allow_owner(op, "locations", column="merchant_id", setting="merchant")
    for purpose in (*STOCK_READING_PURPOSES, "console"):
        rls.allow_purpose(op, "locations", purpose, "select")
    rls.allow_purpose(op, "locations", "seeding", "select", "insert")
    rls.freeze_columns(op, "locations", "id", "merchant_id")
    rls.enable_rls(op, "low_stock_thresholds")
    rls.allow_owner(op, "low_stock_thresholds", column="merchant_id", setting="merchant")
    rls.freeze_columns(op, "low_stock_thresholds", "variant_id", "merchant_id")


def create_level_policies() -> None:
    """Open levels to their merchant, except `on_hand`: only the trigger on movements writes it.

    The available quantity that everyone may read comes from `stock_available()`, which alone uses the purpose "availability".
    """
    rls.enable_rls(op, "stock_levels", "select")
    role = rls.app_role(op)
    op.execute(f"grant insert (id, merchant_id, variant_id, location_id), update (reserved) on stock_levels to {role}")
    rls.allow_owner(op, "stock_levels", column="merchant_id", setting="merchant", verbs=("select", "insert", "update"))
    for purpose in STOCK_READING_PURPOSES:
        rls.allow_purpose(op, "stock_levels", purpose, "select", "update")
    for purpose in ("availability", "console", "analytics"):
        rls.allow_purpose(op, "stock_levels", purpose, "select")
    rls.allow_purpose(op, "stock_levels", "seeding", "select", "insert", "update")
    rls.freeze_columns(op, "stock_levels", "id", "merchant_id", "variant_id", "location_id")


def create_reservation_policies() -> None:
    """Open reservations to their merchant; after the insert only the columns of their end may change."""
    rls.enable_rls(op, "stock_reservations", "select", "insert")
    op.execute(f"grant update (expires_at, released_at, consumed_at) on stock_reservations to {rls.app_role(op)}")
    rls.allow_owner(op, "stock_reservations", column="merchant_id", setting="merchant", verbs=("select", "insert", "update"))
    rls.allow_purpose(op, "stock_reservations", "checkout", "select", "insert", "update")
    for purpose in (*STOCK_MOVING_PURPOSES, "sweep"):
        rls.allow_purpose(op, "stock_reservations", purpose, "select", "update")
    for purpose in ("availability", "console"):
        rls.allow_purpose(op, "stock_reservations", purpose, "select")
    rls.allow_purpose(op, "stock_reservations", "seeding", "select", "insert", "update")
    rls.freeze_columns(op, "stock_reservations", "id", "merchant_id", "variant_id", "location_id", "quantity", "reference")


def create_movement_policies() -> None:
    """Open movements to their merchant, append-only."""
    rls.enable_rls(op, "stock_movements", "select", "insert")
    rls.allow_owner(op, "stock_movements", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    for purpose in (*STOCK_MOVING_PURPOSES, "seeding"):
        rls.allow_purpose(op, "stock_movements", purpose, "select", "insert")
    for purpose in ("console", "analytics"):
        rls.allow_purpose(op, "stock_movements", purpose, "select")
    rls.make_append_only(op, "stock_movements")


def create_cost_policies() -> None:
    """Open unit costs to their merchant."""
    rls.enable_rls(op, "stock_costs")
    rls.allow_owner(op, "stock_costs", column="merchant_id", setting="merchant")
    rls.freeze_columns(op, "stock_costs", "variant_id", "merchant_id")


def create_tables() -> None:
    """Create the tables."""
    op.create_table(
        "locations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_locations_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_locations_id_merchant_id"),
        sa.UniqueConstraint("merchant_id", "name", name="uq_locations_merchant_id_name"),
    )
    op.create_index("ix_locations_merchant_id", "locations", ["merchant_id"], unique=False)
    op.create_table(
        "low_stock_thresholds",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name="quantity"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_low_stock_thresholds_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_low_stock_thresholds_variant_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", name="pk_low_stock_thresholds"),
    )
    op.create_index("ix_low_stock_thresholds_merchant_id", "low_stock_thresholds", ["merchant_id"], unique=False)
    op.create_table(
        "stock_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("released_at is null or consumed_at is null", name="one_end"),
        sa.ForeignKeyConstraint(
            ["location_id", "merchant_id"],
            ["locations.id", "locations.merchant_id"],
            name="fk_stock_reservations_location_id_merchant_id",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_reservations_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_reservations_variant_id_merchant_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_reservations"),
    )
    op.create_index("ix_stock_reservations_reference", "stock_reservations", ["reference"], unique=False)
    op.create_index("ix_stock_reservations_merchant_id", "stock_reservations", ["merchant_id"], unique=False)
    op.create_index(
        "ix_stock_reservations_open",
        "stock_reservations",
        ["variant_id", "expires_at"],
        unique=False,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_index(
        "ix_stock_reservations_expires_at",
        "stock_reservations",
        ["expires_at"],
        unique=False,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_index(
        "uq_stock_reservations_open",
        "stock_reservations",
        ["reference", "variant_id", "location_id"],
        unique=True,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_table(
        "stock_levels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("reserved", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reserved between 0 and on_hand", name="reserved"),
        sa.ForeignKeyConstraint(
            ["location_id", "merchant_id"],
            ["locations.id", "locations.merchant_id"],
            name="fk_stock_levels_location_id_merchant_id",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_levels_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_levels_variant_id_merchant_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_levels"),
        sa.UniqueConstraint("variant_id", "location_id", name="uq_stock_levels_variant_id_location_id"),
    )
    op.create_index("ix_stock_levels_location_id", "stock_levels", ["location_id"], unique=False)
    op.create_index("ix_stock_levels_merchant_id", "stock_levels", ["merchant_id"], unique=False)
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("before", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("after", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"after" = "before" + quantity and "after" >= 0', name="adds_up"),
        sa.CheckConstraint("quantity <> 0", name="nonzero"),
        sa.ForeignKeyConstraint(
            ["location_id", "merchant_id"],
            ["locations.id", "locations.merchant_id"],
            name="fk_stock_movements_location_id_merchant_id",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_movements_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_movements_variant_id_merchant_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
    )
    op.create_index("ix_stock_movements_merchant_id", "stock_movements", ["merchant_id"], unique=False)
    op.create_index("ix_stock_movements_merchant_id_at", "stock_movements", ["merchant_id", "at"], unique=False)
    op.create_index("ix_stock_movements_variant_id_at", "stock_movements", ["variant_id", "at"], unique=False)
    op.create_index(
        "uq_stock_movements_reference",
        "stock_movements",
        ["reference", "kind", "variant_id", "location_id"],
        unique=True,
        postgresql_where="kind in ('sold', 'returned') and reference <> ''",
    )
    op.create_table(
        "stock_costs",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("average", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.CheckConstraint("average >= 0", name="average"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_costs_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_costs_variant_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", name="pk_stock_costs"),
    )
    op.create_index("ix_stock_costs_merchant_id", "stock_costs", ["merchant_id"], unique=False)


def downgrade() -> None:
    """Drop the tables and functions, children first."""
    for table in ("stock_costs", "stock_movements", "stock_levels", "stock_reservations", "low_stock_thresholds", "locations"):
        op.drop_table(table)
    op.execute("drop function apply_stock_movement()")
    op.execute("drop function stock_available(uuid[], timestamptz)")
