"""Shipping addresses of buyers."""

from __future__ import annotations

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, PrimaryKey
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import BuyerOwnedMixin
from tenants.regions import queries as regions


class Address(BuyerOwnedMixin, Base):
    """A recipient with a postal address. One of a buyer's addresses may be the default."""

    __tablename__ = "addresses"
    __ownership__ = RowOwnership.BUYER
    __table_args__ = (Index("uq_addresses_default", "buyer_id", unique=True, postgresql_where=text("is_default")),)

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(40))
    region_code: Mapped[str] = mapped_column(String(6))
    street: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(10), default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]

    @property
    def single_line(self) -> str:
        """Return region and street on one line, in the reader's language."""
        region_name = regions.full_name(self.region_code)
        return f"{region_name}{self.street}" if region_name and region_name[-1] > "\u2fff" else f"{self.street}, {region_name}"

    def snapshot(self) -> dict[str, str]:
        """Return the address as an order stores it: plain values that later changes do not affect."""
        return {
            "name": self.name,
            "phone": self.phone,
            "region_code": self.region_code,
            "region": regions.full_name(self.region_code, "zh_Hans"),
            "street": self.street,
            "postcode": self.postcode,
        }
