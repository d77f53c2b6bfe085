"""Carts, purchases, orders with their workflow versions, freight rules, parcels (OR1–OR12, DE1–DE3)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_40"
down_revision = "20261122_11"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; backfill in batches elsewhere; enforce in a later release."""
    op.create_table(
        "carts",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_carts_buyer_id"),
        sa.PrimaryKeyConstraint("buyer_id", name="pk_carts"),
    )
    op.create_table(
        "basket_terms",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_basket_terms_merchant_id"),
        sa.PrimaryKeyConstraint("merchant_id", name="pk_basket_terms"),
    )
    op.create_table(
        "cart_lines",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_cart_lines_quantity"),
        sa.ForeignKeyConstraint(["buyer_id"], ["carts.buyer_id"], name="fk_cart_lines_buyer_id"),
        sa.PrimaryKeyConstraint("buyer_id", "variant_id", name="pk_cart_lines"),
    )
    op.create_table(
        "freight_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rules", pg.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_freight_rules_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_freight_rules"),
        sa.UniqueConstraint("merchant_id", name="uq_freight_rules_merchant_id"),
    )
    op.create_index("ix_freight_rules_merchant_id", "freight_rules", ["merchant_id"], unique=False)
    op.create_table(
        "order_workflows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("choices", pg.JSONB(), nullable=False),
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
    op.create_index("ix_parcels_moving", "parcels", ["carrier", "state"], unique=False)
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
        sa.Column("entered", pg.JSONB(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_reference", sa.String(length=60), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_all", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("merchant_name", pg.JSONB(), nullable=False),
        sa.Column("merchant_slug", sa.String(length=80), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("ship_to", pg.JSONB(), nullable=False),
        sa.Column("phone_digits", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("flag", sa.String(length=20), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("first_line", pg.JSONB(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "goods_minor >= 0 and freight_minor >= 0 and total_minor = goods_minor + freight_minor", name="ck_orders_sums"
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
        sa.Column("report_key", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
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
        sa.UniqueConstraint("parcel_id", "report_key", name="uq_parcel_events_parcel_id_report_key"),
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
        sa.Column("leaves", sa.String(length=40), nullable=False),
        sa.Column("reaches", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
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
        sa.CheckConstraint("price_minor >= 0 and amount_minor >= 0", name="ck_order_lines_amounts"),
        sa.CheckConstraint("quantity > 0 and shipped >= 0 and shipped <= quantity", name="ck_order_lines_quantities"),
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
        sa.CheckConstraint("quantity > 0", name="ck_parcel_lines_quantity"),
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

    policies_of_carts()
    policies_of_orders()
    policies_of_shipping()


def policies_of_carts() -> None:
    """A cart is its buyer's alone; what a merchant asks of an order is public."""
    for table in ("carts", "cart_lines"):
        policies.protect(op, table)
        policies.owner_may(op, table, column="buyer_id", setting="buyer")
    policies.protect(op, "basket_terms", "select", "insert", "update")
    policies.owner_may(op, "basket_terms", column="merchant_id", setting="merchant")
    policies.anyone_may_read(op, "basket_terms", where="true")
    policies.never_changes(op, "basket_terms", "merchant_id")


def policies_of_orders() -> None:
    """Buyers read theirs; a merchant's staff move theirs; checkout writes; clocks, payments and buyers' moves have a purpose."""
    policies.protect(op, "order_workflows", "select", "insert")
    policies.owner_may(op, "order_workflows", column="merchant_id", setting="merchant")
    policies.purpose_may(op, "order_workflows", "checkout", "insert")
    policies.anyone_may_read(op, "order_workflows", where="true")
    policies.append_only(op, "order_workflows")

    policies.protect(op, "purchases", "select", "insert")
    policies.owner_may(op, "purchases", column="buyer_id", setting="buyer", verbs=("select",))
    policies.purpose_may(op, "purchases", "checkout", "select", "insert")
    policies.purpose_may(op, "purchases", "fulfilment", "select")
    policies.purpose_may(op, "purchases", "console", "select")
    policies.append_only(op, "purchases")

    policies.protect(op, "orders", "select", "insert", "update")
    policies.protect(op, "order_lines", "select", "insert", "update")
    for table in ("orders", "order_lines"):
        policies.owner_may(op, table, column="buyer_id", setting="buyer", verbs=("select",))
        policies.owner_may(op, table, column="merchant_id", setting="merchant", verbs=("select", "update"))
        policies.purpose_may(op, table, "checkout", "select", "insert")
        policies.purpose_may(op, table, "fulfilment", "select", "update")
        policies.purpose_may(op, table, "console", "select")
        policies.never_changes(op, table, "merchant_id", "buyer_id")

    policies.protect(op, "order_events", "select", "insert")
    mine = "buyer_id = (select app_buyer()) and not inside"
    policies.also_may(op, "order_events", "buyer_may_select", "select", mine)
    policies.owner_may(op, "order_events", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    policies.purpose_may(op, "order_events", "checkout", "insert")
    policies.purpose_may(op, "order_events", "fulfilment", "select", "insert")
    policies.purpose_may(op, "order_events", "console", "select")
    policies.append_only(op, "order_events")


def policies_of_shipping() -> None:
    """Freight is public; a parcel is seen by both sides and written by the merchant; carriers report under a purpose."""
    policies.protect(op, "freight_rules", "select", "insert", "update")
    policies.owner_may(op, "freight_rules", column="merchant_id", setting="merchant")
    policies.anyone_may_read(op, "freight_rules", where="true")
    policies.never_changes(op, "freight_rules", "merchant_id")

    policies.protect(op, "parcels", "select", "insert", "update")
    policies.owner_may(op, "parcels", column="buyer_id", setting="buyer", verbs=("select",))
    policies.owner_may(op, "parcels", column="merchant_id", setting="merchant")
    policies.purpose_may(op, "parcels", "fulfilment", "select", "update")
    policies.purpose_may(op, "parcels", "console", "select")
    policies.never_changes(op, "parcels", "merchant_id", "buyer_id")
    for table in ("parcel_lines", "parcel_events"):
        policies.protect(op, table, "select", "insert")
        policies.owner_may(op, table, column="buyer_id", setting="buyer", verbs=("select",))
        policies.owner_may(op, table, column="merchant_id", setting="merchant", verbs=("select", "insert"))
        policies.purpose_may(op, table, "console", "select")
        policies.append_only(op, table)
    policies.purpose_may(op, "parcel_lines", "fulfilment", "select")
    policies.purpose_may(op, "parcel_events", "fulfilment", "select", "insert")


def downgrade() -> None:

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
    op.drop_index("ix_parcels_moving", table_name="parcels")
    op.drop_index("ix_parcels_merchant_list", table_name="parcels")
    op.drop_index("ix_parcels_merchant_id", table_name="parcels")
    op.drop_index("ix_parcels_buyer_id", table_name="parcels")
    op.drop_table("parcels")
    op.drop_index("ix_order_workflows_merchant_id", table_name="order_workflows")
    op.drop_table("order_workflows")
    op.drop_index("ix_freight_rules_merchant_id", table_name="freight_rules")
    op.drop_table("freight_rules")
    op.drop_table("cart_lines")
    op.drop_table("basket_terms")
    op.drop_table("carts")
