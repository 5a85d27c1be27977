"""The batch: what there is to run, the processes that run it, and the one step that publishes."""
