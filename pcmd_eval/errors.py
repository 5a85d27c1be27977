"""The one error that stops a command: the input is refused, in words, with every reason at once."""


class InputRefused(Exception):
    """Something the user gave cannot be used; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
