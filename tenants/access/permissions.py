"""The 27 permissions and six built-in roles of a merchant's staff (RO2); permissions and roles of the platform staff."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.labels import LabeledStrEnum


class Permission(LabeledStrEnum):
    """A permission of a merchant's staff at the desk."""

    DESK_SEE = "desk.see", _l("See the day's queue and figures")
    SHOP_EDIT = "shop.edit", _l("Arrange the shop")
    PROFILE_EDIT = "profile.edit", _l("Change the merchant's legal profile")
    STAFF_SEE = "staff.see", _l("See colleagues")
    STAFF_MANAGE = "staff.manage", _l("Invite colleagues and give roles")
    PRODUCTS_SEE = "products.see", _l("See products")
    PRODUCTS_EDIT = "products.edit", _l("Add and edit products")
    PRODUCTS_PUBLISH = "products.publish", _l("Put products on sale and take them off")
    PRICES_EDIT = "prices.edit", _l("Change prices")
    PRODUCTS_IMPORT = "products.import", _l("Import products")
    PRODUCTS_EXPORT = "products.export", _l("Export products")
    STOCK_SEE = "stock.see", _l("See stock and its history")
    STOCK_ADJUST = "stock.adjust", _l("Receive, correct and write off stock")
    LOCATIONS_MANAGE = "locations.manage", _l("Manage warehouses")
    ORDERS_SEE = "orders.see", _l("See orders")
    ORDERS_REVIEW = "orders.review", _l("Review orders")
    ORDERS_FINANCE = "orders.finance", _l("Do the finance review of orders")
    ORDERS_RELEASE = "orders.release", _l("Do the outbound review of orders")
    ORDERS_SHIP = "orders.ship", _l("Ship orders and enter tracking")
    ORDERS_CANCEL = "orders.cancel", _l("Cancel orders")
    ORDERS_PRINT = "orders.print", _l("Print orders and picking lists")
    ORDERS_EXPORT = "orders.export", _l("Export orders")
    WORKFLOW_EDIT = "workflow.edit", _l("Configure the order workflow")
    FREIGHT_EDIT = "freight.edit", _l("Set freight rules")
    MONEY_SEE = "money.see", _l("See balances and statements")
    MONEY_EXPORT = "money.export", _l("Export statements")
    AUDIT_SEE = "audit.see", _l("See who did what")


class StaffRole(LabeledStrEnum):
    """The six built-in roles of a merchant's staff."""

    OWNER = "owner", _l("Owner")
    MANAGER = "manager", _l("Shop manager")
    MERCHANDISER = "merchandiser", _l("Merchandiser")
    SERVICE = "service", _l("Customer service")
    WAREHOUSE = "warehouse", _l("Warehouse")
    FINANCE = "finance", _l("Finance")


P = Permission
_BASE_PERMISSIONS = frozenset({P.DESK_SEE, P.PRODUCTS_SEE, P.ORDERS_SEE})

ROLE_PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.OWNER: frozenset(Permission),
    StaffRole.MANAGER: frozenset(Permission) - {P.PROFILE_EDIT, P.STAFF_MANAGE},
    StaffRole.MERCHANDISER: _BASE_PERMISSIONS
    | {
        P.SHOP_EDIT,
        P.PRODUCTS_EDIT,
        P.PRODUCTS_PUBLISH,
        P.PRICES_EDIT,
        P.PRODUCTS_IMPORT,
        P.PRODUCTS_EXPORT,
        P.STOCK_SEE,
    },
    StaffRole.SERVICE: _BASE_PERMISSIONS
    | {P.ORDERS_REVIEW, P.ORDERS_CANCEL, P.ORDERS_PRINT, P.ORDERS_EXPORT, P.STOCK_SEE, P.STAFF_SEE},
    StaffRole.WAREHOUSE: _BASE_PERMISSIONS
    | {P.STOCK_SEE, P.STOCK_ADJUST, P.LOCATIONS_MANAGE, P.ORDERS_RELEASE, P.ORDERS_SHIP, P.ORDERS_PRINT},
    StaffRole.FINANCE: _BASE_PERMISSIONS | {P.ORDERS_FINANCE, P.ORDERS_EXPORT, P.MONEY_SEE, P.MONEY_EXPORT, P.STOCK_SEE},
}


class PlatformPermission(LabeledStrEnum):
    """A permission of the platform staff at the console."""

    CONSOLE_SEE = "console.see", _l("See the console")
    APPLICATIONS_REVIEW = "applications.review", _l("Review applications")
    MERCHANTS_MANAGE = "merchants.manage", _l("Manage merchants")
    CATALOGUE_MANAGE = "catalogue.manage", _l("Manage categories, attributes and brands")
    PRODUCTS_REVIEW = "products.review", _l("Review products")
    ORDERS_SEE = "market_orders.see", _l("See all orders")
    LEDGER_SEE = "ledger.see", _l("See the ledger")
    COMMISSIONS_EDIT = "commissions.edit", _l("Set commissions")
    REFUNDS_SETTLE = "refunds.settle", _l("Decide about refunds that the gateway refused")
    SETTINGS_EDIT = "settings.edit", _l("Change the market's settings")
    TEAM_MANAGE = "team.manage", _l("Manage the market's staff")
    AUDIT_SEE = "market_audit.see", _l("See the audit trail and letters")


class PlatformRole(LabeledStrEnum):
    """The built-in roles of the platform staff."""

    ADMINISTRATOR = "administrator", _l("Administrator")
    REVIEWER = "reviewer", _l("Reviewer")
    ACCOUNTANT = "accountant", _l("Accountant")
    SUPPORT = "support", _l("Support")


M = PlatformPermission
PLATFORM_ROLE_PERMISSIONS: dict[PlatformRole, frozenset[PlatformPermission]] = {
    PlatformRole.ADMINISTRATOR: frozenset(PlatformPermission),
    PlatformRole.REVIEWER: frozenset({M.CONSOLE_SEE, M.APPLICATIONS_REVIEW, M.PRODUCTS_REVIEW, M.CATALOGUE_MANAGE}),
    PlatformRole.ACCOUNTANT: frozenset({M.CONSOLE_SEE, M.ORDERS_SEE, M.LEDGER_SEE, M.COMMISSIONS_EDIT, M.REFUNDS_SETTLE}),
    PlatformRole.SUPPORT: frozenset({M.CONSOLE_SEE, M.ORDERS_SEE, M.AUDIT_SEE}),
}
