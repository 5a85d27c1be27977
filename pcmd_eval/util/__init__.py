"""Helpers of every folder: errors, paths, files, spelling, formats, labels, templates."""
