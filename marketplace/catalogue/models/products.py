"""Products with variants, pictures, video, price tiers and the log of their review.

The tables of Product maintenance (CA1), Online product review (CA3) and the Item detail page (SF4).
"""

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

from marketplace.catalogue.errors import InvalidProductTransition
from marketplace.catalogue.models.units import Unit
from marketplace.kernel.db import Base, CreatedAt, CurrencyCode, LocalizedText, MinorUnits, PrimaryKey, Versioned
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin

QUANTITY = Numeric(14, 3)


class ProductState(LabeledStrEnum):
    """The states of a product from draft to sale."""

    DRAFT = "draft", _l("Draft")
    IN_REVIEW = "in_review", _l("In review")
    ON_SALE = "on_sale", _l("On sale")
    OFF_SALE = "off_sale", _l("Off sale")
    REJECTED = "rejected", _l("Sent back")
    DELETED = "deleted", _l("Deleted")


S = ProductState
TRANSITIONS: dict[ProductState, frozenset[ProductState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.DELETED}),
    S.IN_REVIEW: frozenset({S.ON_SALE, S.REJECTED, S.DRAFT}),
    S.ON_SALE: frozenset({S.OFF_SALE, S.REJECTED}),
    S.OFF_SALE: frozenset({S.ON_SALE, S.IN_REVIEW, S.DELETED}),
    S.REJECTED: frozenset({S.IN_REVIEW, S.DELETED}),
    S.DELETED: frozenset({S.DRAFT, S.OFF_SALE}),
}


class Product(MerchantOwnedMixin, Versioned, Base):
    """A product of a merchant. `version` counts edits; `row_version`, set by the database, counts all changes of the row.

    Price range, cover and stock flag are denormalized by the services, so that a list of cards needs one statement.
    """

    __tablename__ = "products"
    __ownership__ = RowOwnership.PUBLIC

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(String(16), unique=True)
    reference: Mapped[str | None] = mapped_column(String(80))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brands.id"))
    title: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    axes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    unit: Mapped[Unit] = mapped_column(default=Unit.PIECE)
    currency: Mapped[CurrencyCode]
    region_code: Mapped[str] = mapped_column(String(12), default="")
    lead_days: Mapped[int] = mapped_column(Integer, default=0)
    mix_variants: Mapped[bool] = mapped_column(default=False)

    state: Mapped[ProductState] = mapped_column(default=ProductState.DRAFT)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    row_version: Mapped[int] = mapped_column(BigInteger, server_default="1", server_onupdate=FetchedValue())

    price_low: Mapped[MinorUnits | None]
    price_high: Mapped[MinorUnits | None]
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

    def transition(self, target: ProductState) -> None:
        """Change the state.

        Raises:
            InvalidProductTransition: The state does not allow it.
        """
        self.ensure_can_transition(target)
        self.state = target

    def ensure_can_transition(self, target: ProductState) -> None:
        """Raise InvalidProductTransition if the present state does not allow this transition."""
        if target not in TRANSITIONS[self.state]:
            raise InvalidProductTransition(state=self.state.label)

    def restore(self, *, category_closed: bool) -> None:
        """Undo the deletion: off sale if the product was approved, otherwise a draft.

        If its category was closed meanwhile, it needs another category and another review, and is restored as a draft.

        Raises:
            InvalidProductTransition: The product is not deleted.
        """
        self.approved_at = None if category_closed else self.approved_at
        self.transition(ProductState.OFF_SALE if self.approved_at else ProductState.DRAFT)


class Variant(MerchantOwnedMixin, Base):
    """A product in one combination of its options: the unit that carts and stock (Inventory management, IN1) refer to."""

    __tablename__ = "variants"
    __ownership__ = RowOwnership.PUBLIC

    id: Mapped[PrimaryKey]
    product_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(String(80))
    barcode: Mapped[str | None] = mapped_column(String(20))
    options: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    label: Mapped[LocalizedText]
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


class PriceTier(MerchantOwnedMixin, Base):
    """A price tier: the unit price from this quantity on.

    Tiers without a variant apply to the product. A variant with tiers of its own is priced by those alone.
    """

    __tablename__ = "price_tiers"
    __ownership__ = RowOwnership.PUBLIC

    id: Mapped[PrimaryKey]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    from_quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    price: Mapped[MinorUnits]

    # The relationship only orders the flush: a new variant is inserted before the tiers that reference it.
    variant: Mapped[Variant | None] = relationship(
        lazy="raise", primaryjoin="PriceTier.variant_id == Variant.id", foreign_keys="PriceTier.variant_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["variant_id", "product_id"], ["variants.id", "variants.product_id"], ondelete="CASCADE"),
        UniqueConstraint("product_id", "variant_id", "from_quantity", postgresql_nulls_not_distinct=True),
        CheckConstraint("from_quantity > 0 and price > 0", name="positive"),
    )


class Picture(MerchantOwnedMixin, Base):
    """A picture of a product or of one of its variants; `colour` is the placeholder while it loads."""

    __tablename__ = "pictures"
    __ownership__ = RowOwnership.PUBLIC

    id: Mapped[PrimaryKey]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    key: Mapped[str] = mapped_column(String(200))
    colour: Mapped[str] = mapped_column(String(9), default="")
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    alt: Mapped[LocalizedText]
    position: Mapped[int] = mapped_column(Integer, default=0)

    # As with price tiers: a new variant is inserted before its pictures.
    variant: Mapped[Variant | None] = relationship(
        lazy="raise", primaryjoin="Picture.variant_id == Variant.id", foreign_keys="Picture.variant_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["variant_id", "product_id"], ["variants.id", "variants.product_id"]),
        Index("ix_pictures_product_id", "product_id"),
        Index("ix_pictures_variant_id", "variant_id", "position"),
    )


class ReviewAction(LabeledStrEnum):
    """The actions in a review."""

    SUBMITTED = "submitted", _l("Submitted for review")
    WITHDRAWN = "withdrawn", _l("Taken back by the merchant")
    APPROVED = "approved", _l("Approved")
    REJECTED = "rejected", _l("Sent back")
    REMOVED = "removed", _l("Taken off the shelves by the market")


class ProductReview(MerchantOwnedMixin, Base):
    """A logged step of the Online product review (CA3): account, time, reason, and comments by field."""

    __tablename__ = "product_reviews"
    __ownership__ = RowOwnership.MERCHANT

    id: Mapped[PrimaryKey]
    product_id: Mapped[UUID]
    action: Mapped[ReviewAction]
    note: Mapped[str] = mapped_column(Text, default="")
    field_comments: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    account_id: Mapped[UUID | None]
    at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"),
        Index("ix_product_reviews_product_id", "product_id", "at"),
    )
