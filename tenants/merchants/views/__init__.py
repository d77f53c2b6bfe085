"""The pages of merchants: the directory for buyers, the supervision for the market."""
