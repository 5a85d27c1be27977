"""Batch runs: every notebook, page and document of a plan, each in a process of its own, then
published as one set.
"""
