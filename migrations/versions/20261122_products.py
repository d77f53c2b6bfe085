"""Create the catalogue: categories with attributes, brands, products with variants, prices, pictures and reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_20"
down_revision = "20261122_10"
branch_labels = None
depends_on = None


TAXONOMY_TABLES = ("categories", "attributes", "brands")
PRODUCT_CHILD_TABLES = ("variants", "price_tiers", "pictures")
IS_PUBLISHED = "exists (select 1 from products p where p.id = product_id and p.published_at is not null)"
ROW_VERSION_FUNCTION = """
    create function increment_product_row_version() returns trigger language plpgsql as $$
    begin
        new.row_version := old.row_version + 1;
        return new;
    end $$;
"""


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    create_tables()
    op.execute(ROW_VERSION_FUNCTION)
    op.execute(
        "create trigger increment_row_version before update on products"
        " for each row execute function increment_product_row_version()"
    )
    create_taxonomy_policies()
    create_product_policies()


def create_taxonomy_policies() -> None:
    """Open the taxonomy to everyone for reading, to the platform's staff for writing."""
    for table in TAXONOMY_TABLES:
        rls.enable_rls(op, table, "select", "insert", "update")
        rls.allow_public_read(op, table, where="true")
        for purpose in ("console", "seeding"):
            rls.allow_purpose(op, table, purpose, "insert", "update")


def create_product_policies() -> None:
    """Open products to their merchant, published ones to everyone, and all to reviews and indexing."""
    rls.enable_rls(op, "products")
    rls.allow_owner(op, "products", column="merchant_id", setting="merchant")
    rls.allow_public_read(op, "products", where="published_at is not null")
    rls.allow_purpose(op, "products", "console", "select", "update")
    rls.allow_purpose(op, "products", "indexing", "select", "update")
    rls.allow_purpose(op, "products", "analytics", "select")
    rls.allow_purpose(op, "products", "seeding", "select", "insert", "update")
    rls.freeze_columns(op, "products", "id", "merchant_id", "code")
    for table in PRODUCT_CHILD_TABLES:
        rls.enable_rls(op, table)
        rls.allow_owner(op, table, column="merchant_id", setting="merchant")
        rls.allow_public_read(op, table, where=IS_PUBLISHED)
        for purpose in ("console", "indexing", "analytics"):
            rls.allow_purpose(op, table, purpose, "select")
        rls.allow_purpose(op, table, "seeding", "select", "insert", "update")
        rls.freeze_columns(op, table, "id", "merchant_id", "product_id")
    rls.enable_rls(op, "product_reviews", "select", "insert")
    rls.allow_owner(op, "product_reviews", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    rls.allow_purpose(op, "product_reviews", "console", "select", "insert")
    rls.allow_purpose(op, "product_reviews", "seeding", "select", "insert")
    rls.make_append_only(op, "product_reviews")


def create_tables() -> None:
    """Create the tables."""
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
        sa.Column("min_value", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("max_value", sa.Numeric(precision=14, scale=3), nullable=True),
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
        sa.Column("mix_variants", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("price_low", sa.BigInteger(), nullable=True),
        sa.Column("price_high", sa.BigInteger(), nullable=True),
        sa.Column("from_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("cover_key", sa.String(length=200), nullable=True),
        sa.Column("cover_colour", sa.String(length=9), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("sales_count", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("video", pg.JSONB(), nullable=True),
        sa.CheckConstraint("state <> 'on_sale' or (approved_at is not null and published_at is not null)", name="approved"),
        sa.CheckConstraint("lead_days between 0 and 365", name="lead_days"),
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
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("field_comments", pg.JSONB(), nullable=False),
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
        sa.CheckConstraint("max_quantity is null or max_quantity >= min_quantity", name="span"),
        sa.CheckConstraint("min_quantity > 0 and step > 0 and weight_grams >= 0", name="positive"),
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
        sa.CheckConstraint("from_quantity > 0 and price > 0", name="positive"),
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
    op.execute("drop function increment_product_row_version()")
