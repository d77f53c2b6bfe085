"""The storefront: public pages to browse, search, filter and compare products.

Implements the dual display (SF2), the exhibition hall (SF3), item pages (SF4), category and list pages (SF6) and search
(SR1, SR2).
"""
