"""An order: what one buyer takes from one merchant, on its way from the click to the signature on the parcel."""
