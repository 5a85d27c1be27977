"""Every number answers for itself: its cells, what changed it, and whether it comes out the same again."""
