"""The benchmark script starts, and its arithmetic is right; nothing here measures time."""

import subprocess
import sys
from types import ModuleType

import pytest

from pcmd_eval import paths

FOLDER = paths.ROOT / "benchmarks"


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module with the arithmetic, imported as the script imports it."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import measuring

    return measuring


def test_help_names_the_choices() -> None:
    """--help works from any folder and names the options."""
    command = [sys.executable, str(FOLDER / "run.py"), "--help"]
    ran = subprocess.run(command, cwd=paths.DATA, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert all(option in ran.stdout for option in ("--quick", "--only", "--rounds"))


def test_an_unknown_part_is_refused() -> None:
    """Before anything is measured."""
    ran = subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), "--only", "a,x"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "--only takes parts" in ran.stderr


def test_median_of_ratios_is_of_neighbours(measuring: ModuleType) -> None:
    """12/2 = 6, 40/5 = 8, 9/1 = 9: the median is 8, although the ratio of the medians is 12/2 = 6."""
    assert measuring.ratios([12, 40, 9], [2, 5, 1]) == [6, 8, 9]
    assert measuring.median_of_ratios([12, 40, 9], [2, 5, 1]) == 8


def test_median_of_an_even_number_of_ratios(measuring: ModuleType) -> None:
    """10/2 = 5 and 21/3 = 7: the middle is 6."""
    assert measuring.median_of_ratios([10, 21], [2, 3]) == 6


def test_measurements_without_a_neighbour_are_an_error(measuring: ModuleType) -> None:
    """Three on one side and two on the other were not taken side by side."""
    with pytest.raises(ValueError, match="zip"):
        measuring.median_of_ratios([1, 2, 3], [1, 2])
