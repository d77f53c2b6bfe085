"""What an import refuses, and why."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, MarketplaceError, NotFound


class FileRefused(MarketplaceError):
    """A file that cannot be read as a table; `sentence()` says why."""

    status = 422


class NotATable(FileRefused):
    """Neither CSV nor XLSX."""

    message = _l("Please choose a CSV or XLSX file.")


class OldExcel(FileRefused):
    """The binary format that Excel wrote until 2003."""

    message = _l("Old Excel files (.xls) cannot be read here. Save it as .xlsx, then send that.")


class TableSwollen(FileRefused):
    """Few bytes that unpack to far too many."""

    message = _l("Unpacked, this file is larger than %(limit)s MB. Split it into parts.")


class TableTooLarge(FileRefused):
    """More bytes than we take."""

    message = _l("This file is larger than %(limit)s MB. Split it into parts.")


class TableDamaged(FileRefused):
    """It cannot be opened."""

    message = _l("We could not read this file: it is damaged, or not what its name says.")


class TableEmpty(FileRefused):
    """No headings, or no row below them."""

    message = _l("This file has no rows below its headings.")


class HeadingTwice(FileRefused):
    """Two columns have the same heading."""

    message = _l("The heading “%(heading)s” stands over two columns. Give each column its own heading.")


class NoSuchImport(NotFound):
    """It does not exist, or not for you."""

    message = _l("We could not find this import.")


class NotNow(Conflict):
    """The file is being worked on, or done already."""

    message = _l("This file is “%(state)s” now. Wait until that is finished.")


class FaultsLeft(Conflict):
    """All or nothing was chosen, and there are faults."""

    message = _l("The file has faults, and you chose all or nothing. Correct and send it again, or import the good rows.")
