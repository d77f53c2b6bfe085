"""Where a buyer has goods sent."""

from __future__ import annotations

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk
from marketplace.kernel.rows import DataClass
from tenants.regions import queries as regions
from tenants.scope import OwnedByBuyer


class Address(OwnedByBuyer, Base):
    """One place and the person who receives there. One of a buyer's addresses may be the usual one."""

    __tablename__ = "addresses"
    __data__ = DataClass.BUYER
    __table_args__ = (Index("uq_addresses_usual", "buyer_id", unique=True, postgresql_where=text("usual")),)

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(40))
    region_code: Mapped[str] = mapped_column(String(6))
    street: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(10), default="")
    usual: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[created]

    @property
    def place(self) -> str:
        """Division and street on one line, in the reader's language."""
        division = regions.full_name(self.region_code)
        return f"{division}{self.street}" if division and division[-1] > "\u2fff" else f"{self.street}, {division}"

    def snapshot(self) -> dict[str, str]:
        """The address as an order keeps it: plain values that no later change touches."""
        return {
            "name": self.name,
            "phone": self.phone,
            "region_code": self.region_code,
            "region": regions.full_name(self.region_code, "zh_Hans"),
            "street": self.street,
            "postcode": self.postcode,
        }
