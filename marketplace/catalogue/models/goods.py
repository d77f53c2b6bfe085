"""A merchant's goods: products with variants, pictures, video, price ladders, and the record of their review (CA1, CA3, SF4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.catalogue.errors import NotInThisState
from marketplace.catalogue.models.units import Unit
from marketplace.kernel.db import Base, Versioned, created, currency, minor, pk, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant

QUANTITY = Numeric(14, 3)


class ProductState(Labelled):
    """Where a product stands between the merchant's desk and the market's shelves."""

    DRAFT = "draft", _l("Draft")
    IN_REVIEW = "in_review", _l("In review")
    ON_SALE = "on_sale", _l("On sale")
    OFF_SALE = "off_sale", _l("Off sale")
    REJECTED = "rejected", _l("Sent back")
    DELETED = "deleted", _l("Deleted")


S = ProductState
MOVES: dict[ProductState, frozenset[ProductState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.DELETED}),
    S.IN_REVIEW: frozenset({S.ON_SALE, S.REJECTED, S.DRAFT}),
    S.ON_SALE: frozenset({S.OFF_SALE, S.REJECTED}),
    S.OFF_SALE: frozenset({S.ON_SALE, S.IN_REVIEW, S.DELETED}),
    S.REJECTED: frozenset({S.IN_REVIEW, S.DELETED}),
    S.DELETED: frozenset({S.DRAFT, S.OFF_SALE}),
}


class Product(OwnedByMerchant, Versioned, Base):
    """What a merchant sells under one title. `version` numbers the edits; the database's `stamp` numbers every change.

    Price range, cover and stock flag are what a card shows: kept here by the services, so that a list is one statement.
    """

    __tablename__ = "products"
    __data__ = DataClass.PUBLIC

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(String(16), unique=True)
    reference: Mapped[str | None] = mapped_column(String(80))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))
    title: Mapped[texts]
    description: Mapped[texts]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    axes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    unit: Mapped[Unit] = mapped_column(default=Unit.PIECE)
    currency: Mapped[currency]
    region_code: Mapped[str] = mapped_column(String(12), default="")
    lead_days: Mapped[int] = mapped_column(Integer, default=0)
    mixes: Mapped[bool] = mapped_column(default=False)

    state: Mapped[ProductState] = mapped_column(default=ProductState.DRAFT)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    created_at: Mapped[created]
    updated_at: Mapped[created]
    stamp: Mapped[int] = mapped_column(BigInteger, server_default="1", server_onupdate=FetchedValue())

    price_low: Mapped[minor | None]
    price_high: Mapped[minor | None]
    from_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    cover_key: Mapped[str | None] = mapped_column(String(200))
    cover_colour: Mapped[str] = mapped_column(String(9), default="")
    video: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    in_stock: Mapped[bool] = mapped_column(default=False)
    sales_count: Mapped[int] = mapped_column(Integer, default=0)

    variants: Mapped[list[Variant]] = relationship(
        back_populates="product", lazy="raise", order_by="Variant.position, Variant.id", cascade="all, delete-orphan"
    )
    tiers: Mapped[list[PriceTier]] = relationship(
        lazy="raise", order_by="PriceTier.from_quantity", cascade="all, delete-orphan"
    )
    pictures: Mapped[list[Picture]] = relationship(
        lazy="raise", order_by="Picture.position, Picture.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        UniqueConstraint("id", "merchant_id"),
        UniqueConstraint("merchant_id", "reference"),
        Index("ix_products_category_id_state", "category_id", "state"),
        Index("ix_products_published", "state", text("published_at desc")),
        Index("ix_products_merchant_id_state", "merchant_id", "state", text("updated_at desc")),
        CheckConstraint("lead_days between 0 and 365", name="lead_days"),
        CheckConstraint("state <> 'on_sale' or (approved_at is not null and published_at is not null)", name="approved"),
    )

    def move(self, target: ProductState) -> None:
        """Go to another state. Raises NotInThisState when no way leads there."""
        self.must_reach(target)
        self.state = target

    def must_reach(self, target: ProductState) -> None:
        """Raises NotInThisState when no way leads from here to another state."""
        if target not in MOVES[self.state]:
            raise NotInThisState(state=self.state.label)

    def bring_back(self, *, shut: bool) -> None:
        """Stand among the others again: off sale if the market approved it, else as a draft. Raises NotInThisState.

        `shut`: its category was closed meanwhile, so that it needs another one, and another review.
        """
        self.approved_at = None if shut else self.approved_at
        self.move(ProductState.OFF_SALE if self.approved_at else ProductState.DRAFT)


class Variant(OwnedByMerchant, Base):
    """One thing that can be put into a cart: a product in one choice of its options (IN1: what stock is counted of)."""

    __tablename__ = "variants"
    __data__ = DataClass.PUBLIC

    id: Mapped[pk]
    product_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(String(80))
    barcode: Mapped[str | None] = mapped_column(String(20))
    options: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    label: Mapped[texts]
    weight_grams: Mapped[int] = mapped_column(Integer, default=0)
    min_quantity: Mapped[Decimal] = mapped_column(QUANTITY, default=Decimal(1))
    max_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    step: Mapped[Decimal] = mapped_column(QUANTITY, default=Decimal(1))
    position: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise")

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        UniqueConstraint("id", "merchant_id"),
        UniqueConstraint("id", "product_id"),
        UniqueConstraint("merchant_id", "sku"),
        Index("ix_variants_product_id", "product_id"),
        CheckConstraint("min_quantity > 0 and step > 0 and weight_grams >= 0", name="positive"),
        CheckConstraint("max_quantity is null or max_quantity >= min_quantity", name="span"),
    )


class PriceTier(OwnedByMerchant, Base):
    """One rung of a price ladder: from this quantity on, this price for one unit.

    Rungs without a variant are the product's ladder. A variant with rungs of its own is priced by those alone.
    """

    __tablename__ = "price_tiers"
    __data__ = DataClass.PUBLIC

    id: Mapped[pk]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    from_quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    price: Mapped[minor]

    # Told to the unit of work alone: a new variant is written before the rungs that name it.
    variant: Mapped[Variant | None] = relationship(
        lazy="raise", primaryjoin="PriceTier.variant_id == Variant.id", foreign_keys="PriceTier.variant_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["variant_id", "product_id"], ["variants.id", "variants.product_id"], ondelete="CASCADE"),
        UniqueConstraint("product_id", "variant_id", "from_quantity", postgresql_nulls_not_distinct=True),
        CheckConstraint("from_quantity > 0 and price > 0", name="positive"),
    )


class Picture(OwnedByMerchant, Base):
    """A picture of a product, or of one of its variants; `colour` fills its place while it loads."""

    __tablename__ = "pictures"
    __data__ = DataClass.PUBLIC

    id: Mapped[pk]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    key: Mapped[str] = mapped_column(String(200))
    colour: Mapped[str] = mapped_column(String(9), default="")
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    alt: Mapped[texts]
    position: Mapped[int] = mapped_column(Integer, default=0)

    # As with the rungs: a new variant is written before its pictures.
    variant: Mapped[Variant | None] = relationship(
        lazy="raise", primaryjoin="Picture.variant_id == Variant.id", foreign_keys="Picture.variant_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["variant_id", "product_id"], ["variants.id", "variants.product_id"]),
        Index("ix_pictures_product_id", "product_id"),
        Index("ix_pictures_variant_id", "variant_id", "position"),
    )


class ReviewStep(Labelled):
    """What happened in a review."""

    SUBMITTED = "submitted", _l("Submitted for review")
    WITHDRAWN = "withdrawn", _l("Taken back by the merchant")
    APPROVED = "approved", _l("Approved")
    REJECTED = "rejected", _l("Sent back")
    REMOVED = "removed", _l("Taken off the shelves by the market")


class ProductReview(OwnedByMerchant, Base):
    """One step of a product's review: who, when, why, and remarks by field (CA3)."""

    __tablename__ = "product_reviews"
    __data__ = DataClass.MERCHANT

    id: Mapped[pk]
    product_id: Mapped[UUID]
    step: Mapped[ReviewStep]
    note: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    account_id: Mapped[UUID | None]
    at: Mapped[created]

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        Index("ix_product_reviews_product_id", "product_id", "at"),
    )
