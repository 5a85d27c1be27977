"""One unit's case, its provenance, missing data and scenarios."""
