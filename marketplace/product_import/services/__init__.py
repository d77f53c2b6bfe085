"""Services of the product import: upload, mapping, check, import."""

from marketplace.product_import.services.runner import run_import
from marketplace.product_import.services.uploads import delete_import, set_mapping, start_import, upload_file

__all__ = ["delete_import", "run_import", "set_mapping", "start_import", "upload_file"]
