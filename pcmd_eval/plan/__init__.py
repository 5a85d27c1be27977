"""The plan, its register and its form."""
