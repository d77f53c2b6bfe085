"""Create payments: intents, allocations, refunds summed by a trigger, gateway operations and webhook events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_32"
down_revision = "20261122_31"
branch_labels = None
depends_on = None

# The sum of refunds is updated where one is inserted: the check constraint rejects a refund beyond the payment.
COUNT_REFUND = """
create function payments_count_refund() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
begin
    update payment_allocations set refunded = refunded + new.amount
        where id = new.allocation_id and currency = new.currency and reference = new.reference;
    if not found then
        raise exception 'a refund must have the order and currency of its allocation'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    create_intents()
    create_allocations()
    create_refunds()
    create_gateway_tables()
    op.execute(COUNT_REFUND)
    op.execute(
        "create trigger count_refund after insert on payment_refunds for each row execute function payments_count_refund()"
    )
    rls.enable_rls(op, "payment_intents", "select", "insert", "update")
    rls.allow_owner(op, "payment_intents", column="buyer_id", setting="buyer", verbs=("select",))
    rls.allow_purpose(op, "payment_intents", "payment", "select", "insert", "update")
    rls.freeze_columns(op, "payment_intents", "buyer_id", "reference", "amount", "currency")

    rls.enable_rls(op, "payment_allocations", "select", "insert")
    op.execute(f"grant update (released_at) on payment_allocations to {rls.app_role(op)}")
    op.execute("create policy ledger_owner_access on payment_allocations to current_user using (true) with check (true)")
    rls.freeze_columns(op, "payment_allocations", "buyer_id", "merchant_id", "intent_id", "reference", "amount", "currency")

    rls.enable_rls(op, "payment_refunds", "select", "insert", "update")
    rls.freeze_columns(
        op, "payment_refunds", "buyer_id", "merchant_id", "allocation_id", "reference", "amount", "currency", "key"
    )
    for table in ("payment_allocations", "payment_refunds"):
        rls.allow_owner(op, table, column="buyer_id", setting="buyer", verbs=("select",))
        rls.allow_owner(op, table, column="merchant_id", setting="merchant", verbs=("select",))
        rls.allow_purpose(op, table, "payment", "select", "insert", "update")
    for table in ("gateway_operations", "payment_webhook_events"):
        rls.enable_rls(op, table, "select", "insert", "update")
        rls.allow_purpose(op, table, "payment", "select", "insert", "update")
    rls.freeze_columns(op, "gateway_operations", "kind", "key", "intent_id", "refund_id", "params")
    rls.freeze_columns(op, "payment_webhook_events", "event_id", "kind", "gateway_id", "client_id", "body", "received_at")
    for table in ("payment_intents", "payment_allocations", "payment_refunds", "gateway_operations", "payment_webhook_events"):
        rls.allow_purpose(op, table, "console", "select")


def create_intents() -> None:
    """Create payment attempts; at most one active and one captured for a reference."""
    op.create_table(
        "payment_intents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer_account_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("description", sa.String(300), nullable=False),
        sa.Column("return_url", sa.String(500), nullable=False),
        sa.Column("locale", sa.String(10), nullable=False),
        sa.Column("gateway", sa.String(40), nullable=False),
        sa.Column("gateway_id", sa.String(100), nullable=True),
        sa.Column("pay_url", sa.String(500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(100), nullable=False),
        sa.Column("mismatch", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_payment_intents_buyer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_intents"),
        sa.UniqueConstraint("gateway_id", name="uq_payment_intents_gateway_id"),
        sa.UniqueConstraint("id", "buyer_id", name="uq_payment_intents_id_buyer_id"),
    )
    active = sa.text("state in ('prepared', 'open', 'processing')")
    captured = sa.text("state = 'captured'")
    op.create_index("uq_payment_intents_active", "payment_intents", ["reference"], unique=True, postgresql_where=active)
    op.create_index("uq_payment_intents_captured", "payment_intents", ["reference"], unique=True, postgresql_where=captured)
    op.create_index("ix_payment_intents_created_at", "payment_intents", ["created_at"])
    op.create_index("ix_payment_intents_buyer_id", "payment_intents", ["buyer_id"])


def create_allocations() -> None:
    """Create the shares of a payment per order."""
    op.create_table(
        "payment_allocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("refunded between 0 and amount", name="refunded"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_payment_allocations_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_payment_allocations_merchant_id"),
        sa.ForeignKeyConstraint(
            ["intent_id", "buyer_id"],
            ["payment_intents.id", "payment_intents.buyer_id"],
            name="fk_payment_allocations_intent_id_buyer_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_allocations"),
        sa.UniqueConstraint("intent_id", "reference", name="uq_payment_allocations_intent_id_reference"),
        sa.UniqueConstraint(
            "id", "buyer_id", "merchant_id", "intent_id", name="uq_payment_allocations_id_buyer_id_merchant_id_intent_id"
        ),
    )
    for column in ("reference", "buyer_id", "merchant_id"):
        op.create_index(f"ix_payment_allocations_{column}", "payment_allocations", [column])


def create_refunds() -> None:
    """Create the refunds."""
    op.create_table(
        "payment_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("gateway_id", sa.String(100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_payment_refunds_buyer_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_payment_refunds_merchant_id"),
        sa.ForeignKeyConstraint(
            ["allocation_id", "buyer_id", "merchant_id", "intent_id"],
            [
                "payment_allocations.id",
                "payment_allocations.buyer_id",
                "payment_allocations.merchant_id",
                "payment_allocations.intent_id",
            ],
            name="fk_payment_refunds_allocation_id_buyer_id_merchant_id_intent_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_refunds"),
        sa.UniqueConstraint("key", name="uq_payment_refunds_key"),
    )
    for column in ("allocation_id", "buyer_id", "merchant_id"):
        op.create_index(f"ix_payment_refunds_{column}", "payment_refunds", [column])


def create_gateway_tables() -> None:
    """Create the requests to the gateway and its webhook events."""
    op.create_table(
        "gateway_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("params", pg.JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["payment_intents.id"], name="fk_gateway_operations_intent_id"),
        sa.ForeignKeyConstraint(["refund_id"], ["payment_refunds.id"], name="fk_gateway_operations_refund_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_operations"),
        sa.UniqueConstraint("key", name="uq_gateway_operations_key"),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_gateway_operations_pending", "gateway_operations", ["created_at"], postgresql_where=pending)
    op.create_index("ix_gateway_operations_intent_id", "gateway_operations", ["intent_id"])
    op.create_table(
        "payment_webhook_events",
        sa.Column("event_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("gateway_id", sa.String(100), nullable=False),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_payment_webhook_events"),
    )
    unprocessed = sa.text("processed_at is null")
    op.create_index(
        "ix_payment_webhook_events_unprocessed", "payment_webhook_events", ["received_at"], postgresql_where=unprocessed
    )
    op.create_index("ix_payment_webhook_events_gateway_id", "payment_webhook_events", ["gateway_id"])


def downgrade() -> None:
    """Drop the tables and the function."""
    for table in ("payment_webhook_events", "gateway_operations", "payment_refunds", "payment_allocations", "payment_intents"):
        op.drop_table(table)
    op.execute("drop function payments_count_refund()")
