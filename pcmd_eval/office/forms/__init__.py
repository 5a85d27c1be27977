"""Workbooks sent to reporters."""
