"""Evaluate a provincial plan on prostitution prevention and control from the returns of its
districts.
"""

__version__ = "0.2.0"
