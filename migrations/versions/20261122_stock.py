"""How many there are: places, levels that only movements change, the stock book, holds with a deadline, alert lines."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import policies

revision = "20261122_21"
down_revision = "20261122_20"
branch_labels = None
depends_on = None


PLACES = ("checkout", "payment", "fulfilment", "settlement", "sweep")
MOVERS = ("payment", "fulfilment", "settlement")
BOOK = """
    create function book_movement() returns trigger language plpgsql security definer set search_path = public as $$
    begin
        update stock_levels set on_hand = on_hand + new.quantity
        where variant_id = new.variant_id and location_id = new.location_id and merchant_id = new.merchant_id
        returning on_hand into new.after;
        if not found then
            raise exception 'nothing of this variant ever lay at this place' using errcode = 'foreign_key_violation';
        end if;
        new.before := new.after - new.quantity;
        return new;
    end $$;
"""
AVAILABLE = """
    create function stock_available(wanted uuid[], moment timestamptz)
    returns table (variant_id uuid, available numeric) language plpgsql as $$
    declare
        before text := coalesce(current_setting('app.purpose', true), '');
    begin
        perform set_config('app.purpose', 'shelf', true);
        return query
            select asked.id,
                coalesce((select sum(l.on_hand) from stock_levels l where l.variant_id = asked.id), 0)
                - coalesce((
                    select sum(h.quantity) from stock_holds h
                    where h.variant_id = asked.id and h.released_at is null and h.consumed_at is null and h.until > moment
                ), 0)
            from unnest(wanted) as asked(id);
        perform set_config('app.purpose', before, true);
    end $$;
"""


def upgrade() -> None:
    """Expand; backfill in batches elsewhere; enforce in a later release."""
    make_tables()
    op.execute(BOOK)
    op.execute("create trigger book before insert on stock_movements for each row execute function book_movement()")
    op.execute(AVAILABLE)
    policies_of_places()
    policies_of_levels()
    policies_of_holds()
    policies_of_movements()


def policies_of_places() -> None:
    """Where goods lie is the merchant's affair; who holds or ships them must find the place."""
    policies.protect(op, "locations", "select", "insert", "update")
    policies.owner_may(op, "locations", column="merchant_id", setting="merchant")
    for purpose in (*PLACES, "console"):
        policies.purpose_may(op, "locations", purpose, "select")
    policies.purpose_may(op, "locations", "seeding", "select", "insert")
    policies.never_changes(op, "locations", "id", "merchant_id")
    policies.protect(op, "stock_alert_lines")
    policies.owner_may(op, "stock_alert_lines", column="merchant_id", setting="merchant")
    policies.never_changes(op, "stock_alert_lines", "variant_id", "merchant_id")


def policies_of_levels() -> None:
    """Nobody writes what lies there: the database adds up movements. Promising is a column of its own.

    The public's one number comes from `stock_available()`, which alone works with the purpose "shelf".
    """
    policies.protect(op, "stock_levels", "select")
    role = policies.app_role(op)
    op.execute(f"grant insert (id, merchant_id, variant_id, location_id), update (held) on stock_levels to {role}")
    policies.owner_may(op, "stock_levels", column="merchant_id", setting="merchant", verbs=("select", "insert", "update"))
    for purpose in PLACES:
        policies.purpose_may(op, "stock_levels", purpose, "select", "update")
    for purpose in ("shelf", "console", "analytics"):
        policies.purpose_may(op, "stock_levels", purpose, "select")
    policies.purpose_may(op, "stock_levels", "seeding", "select", "insert", "update")
    policies.never_changes(op, "stock_levels", "id", "merchant_id", "variant_id", "location_id")


def policies_of_holds() -> None:
    """A hold is written once; afterwards only its end changes."""
    policies.protect(op, "stock_holds", "select", "insert")
    op.execute(f"grant update (until, released_at, consumed_at) on stock_holds to {policies.app_role(op)}")
    policies.owner_may(op, "stock_holds", column="merchant_id", setting="merchant", verbs=("select", "insert", "update"))
    policies.purpose_may(op, "stock_holds", "checkout", "select", "insert", "update")
    for purpose in (*MOVERS, "sweep"):
        policies.purpose_may(op, "stock_holds", purpose, "select", "update")
    for purpose in ("shelf", "console"):
        policies.purpose_may(op, "stock_holds", purpose, "select")
    policies.purpose_may(op, "stock_holds", "seeding", "select", "insert", "update")
    policies.never_changes(op, "stock_holds", "id", "merchant_id", "variant_id", "location_id", "quantity", "cause")


def policies_of_movements() -> None:
    """The stock book is written line by line and never changed."""
    policies.protect(op, "stock_movements", "select", "insert")
    policies.owner_may(op, "stock_movements", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    for purpose in (*MOVERS, "seeding"):
        policies.purpose_may(op, "stock_movements", purpose, "select", "insert")
    for purpose in ("console", "analytics"):
        policies.purpose_may(op, "stock_movements", purpose, "select")
    policies.append_only(op, "stock_movements")


def make_tables() -> None:
    """The tables as the models say them."""
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
        "stock_alert_lines",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name="ck_stock_alert_lines_quantity"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_alert_lines_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_alert_lines_variant_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", name="pk_stock_alert_lines"),
    )
    op.create_index("ix_stock_alert_lines_merchant_id", "stock_alert_lines", ["merchant_id"], unique=False)
    op.create_table(
        "stock_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_stock_holds_quantity"),
        sa.CheckConstraint("released_at is null or consumed_at is null", name="ck_stock_holds_one_end"),
        sa.ForeignKeyConstraint(
            ["location_id", "merchant_id"],
            ["locations.id", "locations.merchant_id"],
            name="fk_stock_holds_location_id_merchant_id",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_holds_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"], ["variants.id", "variants.merchant_id"], name="fk_stock_holds_variant_id_merchant_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_holds"),
    )
    op.create_index("ix_stock_holds_cause", "stock_holds", ["cause"], unique=False)
    op.create_index("ix_stock_holds_merchant_id", "stock_holds", ["merchant_id"], unique=False)
    op.create_index(
        "ix_stock_holds_open",
        "stock_holds",
        ["variant_id", "until"],
        unique=False,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_index(
        "ix_stock_holds_until",
        "stock_holds",
        ["until"],
        unique=False,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_index(
        "uq_stock_holds_open",
        "stock_holds",
        ["cause", "variant_id", "location_id"],
        unique=True,
        postgresql_where="released_at is null and consumed_at is null",
    )
    op.create_table(
        "stock_levels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("held", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("held between 0 and on_hand", name="ck_stock_levels_held"),
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
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint('"after" = "before" + quantity and "after" >= 0', name="ck_stock_movements_adds_up"),
        sa.CheckConstraint("quantity <> 0", name="ck_stock_movements_moves"),
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
        "uq_stock_movements_cause",
        "stock_movements",
        ["cause", "kind", "variant_id", "location_id"],
        unique=True,
        postgresql_where="kind in ('sold', 'returned') and cause <> ''",
    )


def downgrade() -> None:
    """Drop the tables and functions, children first."""
    for table in ("stock_movements", "stock_levels", "stock_holds", "stock_alert_lines", "locations"):
        op.drop_table(table)
    op.execute("drop function book_movement()")
    op.execute("drop function stock_available(uuid[], timestamptz)")
