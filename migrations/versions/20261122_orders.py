"""Create carts, purchases, orders with their workflow versions, freight rates and parcels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_40"
down_revision = "20261122_11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    op.create_table(
        "carts",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_carts_buyer_id"),
        sa.PrimaryKeyConstraint("buyer_id", name="pk_carts"),
    )
    op.create_table(
        "merchant_order_minimums",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_merchant_order_minimums_merchant_id"),
        sa.PrimaryKeyConstraint("merchant_id", name="pk_merchant_order_minimums"),
    )
    op.create_table(
        "cart_lines",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.ForeignKeyConstraint(["buyer_id"], ["carts.buyer_id"], name="fk_cart_lines_buyer_id"),
        sa.PrimaryKeyConstraint("buyer_id", "variant_id", name="pk_cart_lines"),
    )
    op.create_table(
        "freight_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rates", pg.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_freight_rates_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_freight_rates"),
        sa.UniqueConstraint("merchant_id", name="uq_freight_rates_merchant_id"),
    )
    op.create_index("ix_freight_rates_merchant_id", "freight_rates", ["merchant_id"], unique=False)
    op.create_table(
        "order_workflows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("definition", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_order_workflows_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_workflows"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_order_workflows_id_merchant_id"),
        sa.UniqueConstraint("merchant_id", "number", name="uq_order_workflows_merchant_id_number"),
    )
    op.create_index("ix_order_workflows_merchant_id", "order_workflows", ["merchant_id"], unique=False)
    op.create_table(
        "parcels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.String(40), nullable=False),
        sa.Column("tracking_number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("ship_to", pg.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_by", sa.Uuid(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_parcels_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_parcels_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_parcels"),
        sa.UniqueConstraint("id", "buyer_id", name="uq_parcels_id_buyer_id"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_parcels_id_merchant_id"),
        sa.UniqueConstraint("merchant_id", "carrier", "tracking_number", name="uq_parcels_merchant_id_carrier_tracking_number"),
    )
    op.create_index("ix_parcels_buyer_id", "parcels", ["buyer_id"], unique=False)
    op.create_index("ix_parcels_merchant_id", "parcels", ["merchant_id"], unique=False)
    op.create_index("ix_parcels_merchant_list", "parcels", ["merchant_id", "shipped_at"], unique=False)
    op.create_index("ix_parcels_in_transit", "parcels", ["carrier", "state"], unique=False)
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("orders_count", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_purchases_account_id"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_purchases_buyer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.UniqueConstraint("buyer_id", "idempotency_key", name="uq_purchases_buyer_id_idempotency_key"),
        sa.UniqueConstraint("id", "buyer_id", name="uq_purchases_id_buyer_id"),
        sa.UniqueConstraint("number", name="uq_purchases_number"),
    )
    op.create_index("ix_purchases_buyer_id", "purchases", ["buyer_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("state_times", pg.JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_reference", sa.String(length=60), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_all", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("merchant_name", pg.JSONB(), nullable=False),
        sa.Column("merchant_slug", sa.String(length=80), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("ship_to", pg.JSONB(), nullable=False),
        sa.Column("phone_digits", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("line_preview", pg.JSONB(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subtotal_minor >= 0 and freight_minor >= 0 and total_minor = subtotal_minor + freight_minor",
            name="totals",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_orders_account_id"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_orders_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_orders_merchant_id"),
        sa.ForeignKeyConstraint(
            ["purchase_id", "buyer_id"], ["purchases.id", "purchases.buyer_id"], name="fk_orders_purchase_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id", "merchant_id"],
            ["order_workflows.id", "order_workflows.merchant_id"],
            name="fk_orders_workflow_id_merchant_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("id", "buyer_id", name="uq_orders_id_buyer_id"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_orders_id_merchant_id"),
        sa.UniqueConstraint("number", name="uq_orders_number"),
    )
    op.create_index("ix_orders_buyer_id", "orders", ["buyer_id"], unique=False)
    op.create_index("ix_orders_buyer_list", "orders", ["buyer_id", "placed_at"], unique=False)
    op.create_index("ix_orders_due", "orders", ["due_at"], unique=False, postgresql_where="due_at is not null")
    op.create_index("ix_orders_merchant_id", "orders", ["merchant_id"], unique=False)
    op.create_index("ix_orders_merchant_queue", "orders", ["merchant_id", "state", "placed_at"], unique=False)
    op.create_index("ix_orders_payment_reference", "orders", ["payment_reference"], unique=False)
    op.create_index("ix_orders_purchase_id", "orders", ["purchase_id"], unique=False)
    op.create_table(
        "parcel_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=False),
        sa.Column("event_key", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("location", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("by_carrier", sa.Boolean(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_parcel_events_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_parcel_events_merchant_id"),
        sa.ForeignKeyConstraint(
            ["parcel_id", "buyer_id"], ["parcels.id", "parcels.buyer_id"], name="fk_parcel_events_parcel_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id", "merchant_id"], ["parcels.id", "parcels.merchant_id"], name="fk_parcel_events_parcel_id_merchant_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parcel_events"),
        sa.UniqueConstraint("parcel_id", "event_key", name="uq_parcel_events_parcel_id_event_key"),
    )
    op.create_index("ix_parcel_events_buyer_id", "parcel_events", ["buyer_id"], unique=False)
    op.create_index("ix_parcel_events_merchant_id", "parcel_events", ["merchant_id"], unique=False)
    op.create_index("ix_parcel_events_parcel", "parcel_events", ["parcel_id", "at"], unique=False)
    op.create_table(
        "order_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=False),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("details", pg.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_order_events_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_order_events_merchant_id"),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"], name="fk_order_events_order_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"], name="fk_order_events_order_id_merchant_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_events"),
    )
    op.create_index("ix_order_events_buyer_id", "order_events", ["buyer_id"], unique=False)
    op.create_index("ix_order_events_merchant_id", "order_events", ["merchant_id"], unique=False)
    op.create_index("ix_order_events_order", "order_events", ["order_id", "at"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("title", pg.JSONB(), nullable=False),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("picture", pg.JSONB(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("shipped", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("price_minor >= 0 and amount_minor >= 0", name="amounts"),
        sa.CheckConstraint("quantity > 0 and shipped >= 0 and shipped <= quantity", name="quantities"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_order_lines_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_order_lines_merchant_id"),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"], name="fk_order_lines_order_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"], name="fk_order_lines_order_id_merchant_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_lines"),
        sa.UniqueConstraint("id", "order_id", name="uq_order_lines_id_order_id"),
        sa.UniqueConstraint("order_id", "position", name="uq_order_lines_order_id_position"),
    )
    op.create_index("ix_order_lines_buyer_id", "order_lines", ["buyer_id"], unique=False)
    op.create_index("ix_order_lines_merchant_id", "order_lines", ["merchant_id"], unique=False)
    op.create_table(
        "parcel_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_parcel_lines_buyer_id"),
        sa.ForeignKeyConstraint(
            ["line_id", "order_id"], ["order_lines.id", "order_lines.order_id"], name="fk_parcel_lines_line_id_order_id"
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_parcel_lines_merchant_id"),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id"], ["orders.id", "orders.buyer_id"], name="fk_parcel_lines_order_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "merchant_id"], ["orders.id", "orders.merchant_id"], name="fk_parcel_lines_order_id_merchant_id"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id", "buyer_id"], ["parcels.id", "parcels.buyer_id"], name="fk_parcel_lines_parcel_id_buyer_id"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id", "merchant_id"], ["parcels.id", "parcels.merchant_id"], name="fk_parcel_lines_parcel_id_merchant_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parcel_lines"),
        sa.UniqueConstraint("parcel_id", "line_id", name="uq_parcel_lines_parcel_id_line_id"),
    )
    op.create_index("ix_parcel_lines_buyer_id", "parcel_lines", ["buyer_id"], unique=False)
    op.create_index("ix_parcel_lines_merchant_id", "parcel_lines", ["merchant_id"], unique=False)
    op.create_index("ix_parcel_lines_order_id", "parcel_lines", ["order_id"], unique=False)

    create_cart_policies()
    create_order_policies()
    create_shipping_policies()


def create_cart_policies() -> None:
    """Open carts to their buyer, and order minimums to everyone for reading."""
    for table in ("carts", "cart_lines"):
        rls.enable_rls(op, table)
        rls.allow_owner(op, table, column="buyer_id", setting="buyer")
    rls.enable_rls(op, "merchant_order_minimums", "select", "insert", "update")
    rls.allow_owner(op, "merchant_order_minimums", column="merchant_id", setting="merchant")
    rls.allow_public_read(op, "merchant_order_minimums", where="true")
    rls.freeze_columns(op, "merchant_order_minimums", "merchant_id")


def create_order_policies() -> None:
    """Open orders to their buyer for reading, to their merchant, and to the purposes of checkout and fulfilment."""
    rls.enable_rls(op, "order_workflows", "select", "insert")
    rls.allow_owner(op, "order_workflows", column="merchant_id", setting="merchant")
    rls.allow_purpose(op, "order_workflows", "checkout", "insert")
    rls.allow_public_read(op, "order_workflows", where="true")
    rls.make_append_only(op, "order_workflows")

    rls.enable_rls(op, "purchases", "select", "insert")
    rls.allow_owner(op, "purchases", column="buyer_id", setting="buyer", verbs=("select",))
    rls.allow_purpose(op, "purchases", "checkout", "select", "insert")
    rls.allow_purpose(op, "purchases", "fulfilment", "select")
    rls.allow_purpose(op, "purchases", "console", "select")
    rls.make_append_only(op, "purchases")

    rls.enable_rls(op, "orders", "select", "insert", "update")
    rls.enable_rls(op, "order_lines")
    for table in ("orders", "order_lines"):
        rls.allow_owner(op, table, column="buyer_id", setting="buyer", verbs=("select",))
        rls.allow_owner(op, table, column="merchant_id", setting="merchant", verbs=("select", "update"))
        rls.allow_purpose(op, table, "checkout", "select", "insert")
        rls.allow_purpose(op, table, "fulfilment", "select", "update")
        rls.allow_purpose(op, table, "console", "select")
        rls.freeze_columns(op, table, "merchant_id", "buyer_id")
    rls.allow_purpose(op, "order_lines", "fulfilment", "delete")

    rls.enable_rls(op, "order_events", "select", "insert")
    visible_to_buyer = "buyer_id = (select app_buyer()) and not internal"
    rls.add_policy(op, "order_events", "buyer_may_select", "select", visible_to_buyer)
    rls.allow_owner(op, "order_events", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    rls.allow_purpose(op, "order_events", "checkout", "insert")
    rls.allow_purpose(op, "order_events", "fulfilment", "select", "insert")
    rls.allow_purpose(op, "order_events", "console", "select")
    rls.make_append_only(op, "order_events")


def create_shipping_policies() -> None:
    """Open freight rates to everyone, parcels to both parties, and both for carrier updates under a purpose."""
    rls.enable_rls(op, "freight_rates", "select", "insert", "update")
    rls.allow_owner(op, "freight_rates", column="merchant_id", setting="merchant")
    rls.allow_public_read(op, "freight_rates", where="true")
    rls.freeze_columns(op, "freight_rates", "merchant_id")

    rls.enable_rls(op, "parcels", "select", "insert", "update")
    rls.allow_owner(op, "parcels", column="buyer_id", setting="buyer", verbs=("select",))
    rls.allow_owner(op, "parcels", column="merchant_id", setting="merchant")
    rls.allow_purpose(op, "parcels", "fulfilment", "select", "update")
    rls.allow_purpose(op, "parcels", "console", "select")
    rls.freeze_columns(op, "parcels", "merchant_id", "buyer_id")
    for table in ("parcel_lines", "parcel_events"):
        rls.enable_rls(op, table, "select", "insert")
        rls.allow_owner(op, table, column="buyer_id", setting="buyer", verbs=("select",))
        rls.allow_owner(op, table, column="merchant_id", setting="merchant", verbs=("select", "insert"))
        rls.allow_purpose(op, table, "console", "select")
        rls.make_append_only(op, table)
    rls.allow_purpose(op, "parcel_lines", "fulfilment", "select")
    rls.allow_purpose(op, "parcel_events", "fulfilment", "select", "insert")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_parcel_lines_order_id", table_name="parcel_lines")
    op.drop_index("ix_parcel_lines_merchant_id", table_name="parcel_lines")
    op.drop_index("ix_parcel_lines_buyer_id", table_name="parcel_lines")
    op.drop_table("parcel_lines")
    op.drop_index("ix_order_lines_merchant_id", table_name="order_lines")
    op.drop_index("ix_order_lines_buyer_id", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index("ix_order_events_order", table_name="order_events")
    op.drop_index("ix_order_events_merchant_id", table_name="order_events")
    op.drop_index("ix_order_events_buyer_id", table_name="order_events")
    op.drop_table("order_events")
    op.drop_index("ix_parcel_events_parcel", table_name="parcel_events")
    op.drop_index("ix_parcel_events_merchant_id", table_name="parcel_events")
    op.drop_index("ix_parcel_events_buyer_id", table_name="parcel_events")
    op.drop_table("parcel_events")
    op.drop_index("ix_orders_purchase_id", table_name="orders")
    op.drop_index("ix_orders_payment_reference", table_name="orders")
    op.drop_index("ix_orders_merchant_queue", table_name="orders")
    op.drop_index("ix_orders_merchant_id", table_name="orders")
    op.drop_index("ix_orders_due", table_name="orders", postgresql_where="due_at is not null")
    op.drop_index("ix_orders_buyer_list", table_name="orders")
    op.drop_index("ix_orders_buyer_id", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_purchases_buyer_id", table_name="purchases")
    op.drop_table("purchases")
    op.drop_index("ix_parcels_in_transit", table_name="parcels")
    op.drop_index("ix_parcels_merchant_list", table_name="parcels")
    op.drop_index("ix_parcels_merchant_id", table_name="parcels")
    op.drop_index("ix_parcels_buyer_id", table_name="parcels")
    op.drop_table("parcels")
    op.drop_index("ix_order_workflows_merchant_id", table_name="order_workflows")
    op.drop_table("order_workflows")
    op.drop_index("ix_freight_rates_merchant_id", table_name="freight_rates")
    op.drop_table("freight_rates")
    op.drop_table("cart_lines")
    op.drop_table("merchant_order_minimums")
    op.drop_table("carts")
