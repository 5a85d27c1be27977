"""Seeds of tests that draw their inputs: few in every run, the others in `make test-long`."""

from collections.abc import Iterable

import pytest


def seeds(few: Iterable[object], more: Iterable[object]) -> list[object]:
    """Return parameters: `few` run always; those of `more` that are not among them are long."""
    chosen = [*few]
    return [
        *chosen,
        *(pytest.param(seed, marks=pytest.mark.long) for seed in more if seed not in chosen),
    ]
