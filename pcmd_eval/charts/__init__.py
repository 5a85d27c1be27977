"""Charts and maps: plain values, rendered as SVG or PNG, next to tables of the same numbers."""
