"""Errors of the product import."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, MarketplaceError, NotFound


class InvalidImportFile(MarketplaceError):
    """A file that cannot be read as a table."""

    code = "invalid_import_file"
    status = 422


class UnsupportedFile(InvalidImportFile):
    """A file that is neither CSV nor XLSX."""

    code = "unsupported_file"
    message = _l("Please choose a CSV or XLSX file.")


class LegacyXls(InvalidImportFile):
    """A file in the binary format that Excel wrote until 2003."""

    code = "legacy_xls"
    message = _l("Old Excel files (.xls) cannot be read here. Save it as .xlsx, then send that.")


class DecompressionBomb(InvalidImportFile):
    """A small archive that unpacks to far too many bytes."""

    code = "decompression_bomb"
    message = _l("Unpacked, this file is larger than %(limit)s MB. Split it into parts.")


class FileTooLarge(InvalidImportFile):
    """A file with more bytes than the limit."""

    code = "file_too_large"
    message = _l("This file is larger than %(limit)s MB. Split it into parts.")


class CorruptFile(InvalidImportFile):
    """A file that cannot be opened."""

    code = "corrupt_file"
    message = _l("We could not read this file: it is damaged, or not what its name says.")


class EmptyFile(InvalidImportFile):
    """A table without headings, or without rows below them."""

    code = "empty_file"
    message = _l("This file has no rows below its headings.")


class DuplicateHeading(InvalidImportFile):
    """A table in which two columns have the same heading."""

    code = "duplicate_heading"
    message = _l("The heading “%(heading)s” stands over two columns. Give each column its own heading.")


class ImportNotFound(NotFound):
    """An import that does not exist, or belongs to another merchant."""

    code = "import_not_found"
    message = _l("We could not find this import.")


class InvalidImportState(Conflict):
    """An operation on an import that is being processed, or that is finished."""

    code = "invalid_import_state"
    message = _l("This file is “%(state)s” now. Wait until that is finished.")


class ImportHasErrors(Conflict):
    """An all-or-nothing import of a file with row errors."""

    code = "import_has_errors"
    message = _l("The file has faults, and you chose all or nothing. Correct and send it again, or import the good rows.")
