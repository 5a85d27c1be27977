"""The errors that end a command in words: the input is refused, or another run holds the lock."""


class InputRefused(Exception):
    """Something the user gave cannot be used; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: whoever typed a wrong unit needs the sentences alone."""
        return list(self.reasons)


class LockHeld(Exception):
    """Another run writes into the same output folder; the message says which and what to do."""
