"""The one error that stops a command: the input is refused, in words, with every reason at once."""


class InputRefused(Exception):
    """Something the user gave cannot be used; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: whoever typed a wrong unit needs the sentences alone."""
        return list(self.reasons)
