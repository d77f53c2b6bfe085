"""Who is who, who may do what, and whose rows these are."""
