"""Charts and maps: drawings as plain values, rendered as SVG or PNG, next to tables of the same numbers."""
