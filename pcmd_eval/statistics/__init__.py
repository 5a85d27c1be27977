"""Disclosure control and published indicators."""
