"""How each objective is counted."""
