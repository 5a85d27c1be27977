"""What the oracle and the filler are worth: filled returns find a wrong rule planted in the oracle."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import independent
import pytest
from filling import KINDS, fill
from independent import Asked, Cell
from seeds import seeds

from pcmd_eval.util import paths

PLAN = independent.read_plan(paths.PLANS / "phu_tho_2017.yaml", paths.UNITS)
OTHER_RULES = {
    ("communication", "active_quarters"): 1,
    ("integration", "min_programmes"): 2,
    ("harm_reduction", "limbs"): "both",
    ("enforcement", "pending"): "handled",
}
OF_ONE_FILE = ("strangers", "columns", "sheets", "years")
# What is wrong: where it stands in the oracle, what stands there instead, and a set that shows it.
WRONG: dict[str, tuple[Any, str, Any, tuple[str, ...], int]] = {
    "every 0 is known": (Cell, "floor", property(lambda cell: cell.stands), ("early",), 1),
    "every time is over": (Asked, "is_over", lambda *_: True, ("early",), 1),
    "two rows of one form add up": (independent, "doubt_twins", None, ("nameless", "twins"), 1),
    "no comparison": (independent, "broken", None, ("nameless", "twins"), 1),
    "a row of nobody is nothing": (independent, "opens", None, OF_ONE_FILE, 2),
    "no column names a quarter": (independent, "months_named", None, OF_ONE_FILE, 2),
    "no second sheet": (independent, "read_other_sheets", None, OF_ONE_FILE, 2),
    "documents of any year": (independent, "years_of", lambda _: {2017}, OF_ONE_FILE, 5),
    "every sheet is whole": (independent, "is_sheet_whole", lambda *_: True, OF_ONE_FILE, 4),
    "no sheet is whole": (independent, "is_sheet_whole", lambda *_: False, OF_ONE_FILE, 2),
    "a later figure is believed": (independent, "is_contradicted", None, ("files",), 1),
    "a period changes as a whole": (independent, "changed_periods", None, ("files",), 1),
    "no file is held": (independent, "is_held", None, ("files",), 1),
    "a held file doubts nothing": (independent, "held_back", None, ("files",), 8),
    "no row is gone": (independent, "gone_rows", None, ("files",), 3),
    "a row without a form is its own": (independent, "name_rows", None, ("files",), 7),
    "handled cases may get fewer": (independent, "falling_cases", None, ("files",), 23),
    "a copy is a file of its day": (independent, "copies_in_place", lambda f: f, ("copies",), 5),
    "all of a copy is new": (independent, "in_place_of", lambda _, copy: copy, ("copies",), 5),
    "a copy without its base": (independent, "unordered_copies", None, ("copies",), 5),
}


@pytest.fixture(scope="module")
def filled(blanks: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """Give the folder of a set by its kinds and seed."""

    @cache
    def make(kinds: tuple[str, ...], seed: int) -> Path:
        folder = tmp_path_factory.mktemp("filled")
        fill(blanks, folder, seed, disorder=0, near=seed % 2 == 0, kinds=kinds)
        return folder

    return make


def findings(folder: Path) -> list[list[dict[str, Any]]]:
    """Return the oracle's findings of a folder, also under other rules."""
    units = independent.read_all(folder, PLAN)
    return [independent.findings(units, PLAN, rules) for rules in ({}, OTHER_RULES)]


@pytest.mark.slow
@pytest.mark.parametrize("name", seeds([*WRONG][::10], WRONG))
def test_filled_sets_find_a_wrong_rule_planted_in_the_oracle(
    name: str, filled: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a comparison with the package would not show, no set of these kinds tries."""
    where, what, instead, kinds, seed = WRONG[name]
    right = findings(filled(kinds, seed))
    monkeypatch.setattr(where, what, instead or (lambda *_: set()))
    assert findings(filled(kinds, seed)) != right


def test_filler_without_kinds_gives_the_files_of_its_seed(blanks: Path, tmp_path: Path) -> None:
    """What `kinds` add is drawn apart: none of it without them."""
    few = tmp_path / "few"
    few.mkdir()
    for path in [path for path in blanks.iterdir() if path.name[:3] in ("228", "229")]:
        shutil.copy(path, few)
    for name, kinds in (("a", ()), ("b", ("nobody asks for this",)), ("c", KINDS)):
        fill(few, tmp_path / name, 1, disorder=0, kinds=kinds)
    values = {name: states_of_folder(tmp_path / name) for name in "abc"}
    assert values["a"] == values["b"] != values["c"]


def states_of_folder(folder: Path) -> dict[str, dict[tuple[str, Any], str]]:
    """Return the states of all cells that count, by reporter, then by file and place."""
    return {
        code: {(cell.file, cell.at): cell.state for cell in unit.cells.values()}
        for code, unit in independent.read_all(folder, PLAN).items()
    }
