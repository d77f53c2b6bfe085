"""What is sold: categories with their attributes, brands, products with variants, prices, pictures and reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_20"
down_revision = "20261122_10"
branch_labels = None
depends_on = None


KINDS = ("categories", "attributes", "brands")
PARTS = ("variants", "price_tiers", "pictures")
SHOWN = "exists (select 1 from products shown where shown.id = product_id and shown.published_at is not null)"
STAMP = """
    create function stamp_product() returns trigger language plpgsql as $$
    begin
        new.stamp := old.stamp + 1;
        return new;
    end $$;
"""


def upgrade() -> None:
    """Expand; backfill in batches elsewhere; enforce in a later release."""
    make_tables()
    op.execute(STAMP)
    op.execute("create trigger stamp before update on products for each row execute function stamp_product()")
    policies_of_kinds()
    policies_of_goods()


def policies_of_kinds() -> None:
    """Everybody reads what kinds of goods there are; the market's staff alone arranges them."""
    for table in KINDS:
        policies.protect(op, table, "select", "insert", "update")
        policies.anyone_may_read(op, table, where="true")
        for purpose in ("console", "seeding"):
            policies.purpose_may(op, table, purpose, "insert", "update")


def policies_of_goods() -> None:
    """A merchant works on its own goods; what was ever published is public; the market reviews and indexes."""
    policies.protect(op, "products")
    policies.owner_may(op, "products", column="merchant_id", setting="merchant")
    policies.anyone_may_read(op, "products", where="published_at is not null")
    policies.purpose_may(op, "products", "console", "select", "update")
    policies.purpose_may(op, "products", "indexing", "select", "update")
    policies.purpose_may(op, "products", "analytics", "select")
    policies.purpose_may(op, "products", "seeding", "select", "insert", "update")
    policies.never_changes(op, "products", "id", "merchant_id", "code")
    for table in PARTS:
        policies.protect(op, table)
        policies.owner_may(op, table, column="merchant_id", setting="merchant")
        policies.anyone_may_read(op, table, where=SHOWN)
        for purpose in ("console", "indexing", "analytics"):
            policies.purpose_may(op, table, purpose, "select")
        policies.purpose_may(op, table, "seeding", "select", "insert", "update")
        policies.never_changes(op, table, "id", "merchant_id", "product_id")
    policies.protect(op, "product_reviews", "select", "insert")
    policies.owner_may(op, "product_reviews", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    policies.purpose_may(op, "product_reviews", "console", "select", "insert")
    policies.purpose_may(op, "product_reviews", "seeding", "select", "insert")
    policies.append_only(op, "product_reviews")


def make_tables() -> None:
    """The tables as the models say them."""
    op.create_table(
        "brands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("names", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
        sa.UniqueConstraint("slug", name="uq_brands_slug"),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", pg.JSONB(), nullable=False),
        sa.Column("names", pg.JSONB(), nullable=False),
        sa.Column("summary", pg.JSONB(), nullable=False),
        sa.Column("picture", sa.String(length=200), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name="fk_categories_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.UniqueConstraint("slug", name="uq_categories_slug"),
    )
    op.create_index("ix_categories_parent_id", "categories", ["parent_id"], unique=False)
    op.create_index("ix_categories_path", "categories", ["path"], unique=False, postgresql_using="gin")
    op.create_table(
        "attributes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("names", pg.JSONB(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("least", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("greatest", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("facet", sa.Boolean(), nullable=False),
        sa.Column("match_role", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_attributes_category_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attributes"),
        sa.UniqueConstraint("category_id", "code", name="uq_attributes_category_id_code"),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("title", pg.JSONB(), nullable=False),
        sa.Column("description", pg.JSONB(), nullable=False),
        sa.Column("attributes", pg.JSONB(), nullable=False),
        sa.Column("axes", pg.JSONB(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("mixes", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stamp", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("price_low", sa.BigInteger(), nullable=True),
        sa.Column("price_high", sa.BigInteger(), nullable=True),
        sa.Column("from_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("cover_key", sa.String(length=200), nullable=True),
        sa.Column("cover_colour", sa.String(length=9), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("sales_count", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state <> 'on_sale' or (approved_at is not null and published_at is not null)", name="ck_products_approved"
        ),
        sa.CheckConstraint("lead_days between 0 and 365", name="ck_products_lead_days"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_products_brand_id"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_products_category_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_products_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("code", name="uq_products_code"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_products_id_merchant_id"),
        sa.UniqueConstraint("merchant_id", "reference", name="uq_products_merchant_id_reference"),
    )
    op.create_index("ix_products_category_id_state", "products", ["category_id", "state"], unique=False)
    op.create_index("ix_products_merchant_id", "products", ["merchant_id"], unique=False)
    op.create_index(
        "ix_products_merchant_id_state",
        "products",
        ["merchant_id", "state", sa.literal_column("updated_at desc")],
        unique=False,
    )
    op.create_index("ix_products_published", "products", ["state", sa.literal_column("published_at desc")], unique=False)
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("remarks", pg.JSONB(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_product_reviews_merchant_id"),
        sa.ForeignKeyConstraint(
            ["product_id", "merchant_id"],
            ["products.id", "products.merchant_id"],
            name="fk_product_reviews_product_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_product_reviews"),
    )
    op.create_index("ix_product_reviews_merchant_id", "product_reviews", ["merchant_id"], unique=False)
    op.create_index("ix_product_reviews_product_id", "product_reviews", ["product_id", "at"], unique=False)
    op.create_table(
        "variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("barcode", sa.String(length=20), nullable=True),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("label", pg.JSONB(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("min_quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("max_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("step", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("max_quantity is null or max_quantity >= min_quantity", name="ck_variants_span"),
        sa.CheckConstraint("min_quantity > 0 and step > 0 and weight_grams >= 0", name="ck_variants_positive"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_variants_merchant_id"),
        sa.ForeignKeyConstraint(
            ["product_id", "merchant_id"],
            ["products.id", "products.merchant_id"],
            name="fk_variants_product_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_variants_id_merchant_id"),
        sa.UniqueConstraint("id", "product_id", name="uq_variants_id_product_id"),
        sa.UniqueConstraint("merchant_id", "sku", name="uq_variants_merchant_id_sku"),
    )
    op.create_index("ix_variants_merchant_id", "variants", ["merchant_id"], unique=False)
    op.create_index("ix_variants_product_id", "variants", ["product_id"], unique=False)
    op.create_table(
        "pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=9), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt", pg.JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_pictures_merchant_id"),
        sa.ForeignKeyConstraint(
            ["product_id", "merchant_id"],
            ["products.id", "products.merchant_id"],
            name="fk_pictures_product_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id", "product_id"], ["variants.id", "variants.product_id"], name="fk_pictures_variant_id_product_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pictures"),
    )
    op.create_index("ix_pictures_merchant_id", "pictures", ["merchant_id"], unique=False)
    op.create_index("ix_pictures_product_id", "pictures", ["product_id"], unique=False)
    op.create_index("ix_pictures_variant_id", "pictures", ["variant_id", "position"], unique=False)
    op.create_table(
        "price_tiers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("from_quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("from_quantity > 0 and price > 0", name="ck_price_tiers_positive"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_price_tiers_merchant_id"),
        sa.ForeignKeyConstraint(
            ["product_id", "merchant_id"],
            ["products.id", "products.merchant_id"],
            name="fk_price_tiers_product_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id", "product_id"],
            ["variants.id", "variants.product_id"],
            name="fk_price_tiers_variant_id_product_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_price_tiers"),
        sa.UniqueConstraint(
            "product_id",
            "variant_id",
            "from_quantity",
            name="uq_price_tiers_product_id_variant_id_from_quantity",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_price_tiers_merchant_id", "price_tiers", ["merchant_id"], unique=False)


def downgrade() -> None:
    """Drop the tables and functions, children first."""
    for table in ("price_tiers", "pictures", "variants", "product_reviews", "products", "attributes", "categories", "brands"):
        op.drop_table(table)
    op.execute("drop function stamp_product()")
