"""Every number answers for itself: its cells, what changed it, whether it comes out again."""
