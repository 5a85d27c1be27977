"""Several files in one folder: of each cell, which counts, and what is asked (tests/broken/files)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made import COM, ENF, HARM, INT, MODEL, SHEETS, asked, spoiled
from openpyxl import Workbook
from openpyxl.utils import coordinate_to_tuple, get_column_letter
from yaml_files import read_yaml

from pcmd_eval.evaluation.observations import counted_returns, received_returns
from pcmd_eval.office.asks.request_list import check_table
from pcmd_eval.office.intake.confirmations import draft_confirmations
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.files import to_csv_bytes

FILES = Path(__file__).parents[2] / "broken" / "files"
CASES = {
    case["case"]: case
    for path in sorted(FILES.glob("*.yaml"))
    for cases in read_yaml(path).values()
    for case in cases
}
ENTRIES = {COM: 4, INT: 3, HARM: 3, MODEL: 2, ENF: 4}  # the first column that is filled in
QUARTERS = {COM: 5, HARM: 3, ENF: 4}  # the column of quarter I
YEARLY = {COM: 9, HARM: 7}  # the column of persons
SHORT = {name: short for short, name in SHEETS.items()}
CELLS = ["reporter", "objective", "unit_code", "item", "period"]


def workbook(spec: dict[str, Any]) -> bytes:
    """Return the workbook that a case describes."""
    days = {"INFO!B10": "cutoff", "INFO!B11": "sent"}
    contents = {at: spec[key] for at, key in days.items() if key in spec} | spec.get("write", {})
    cells = {}
    for at, content in contents.items():
        sheet, _, cell = at.partition("!")
        row, column = coordinate_to_tuple(cell)
        for number, value in enumerate(content if isinstance(content, list) else [content], column):
            cells[f"{sheet}!{get_column_letter(number)}{row}"] = value
    return spoiled(spec | {"write": cells}, prepare=lambda book: empty(book, spec))


def empty(book: Workbook, spec: dict[str, Any]) -> None:
    """Empty the sheets that are not among `only`, and all quarters but `quarter`."""
    quarter = spec.get("quarter", 0)
    is_in_year = quarter in (1, 2, 3)
    only = spec.get("only", ["COM", "HARM", "ENF"] if is_in_year else SHEETS)
    for name, first in ENTRIES.items():
        for row in book[name].iter_rows(min_row=5, min_col=first):
            for cell in row:
                number = cell.column - QUARTERS.get(name, 99) + 1
                is_other_quarter = quarter and 1 <= number <= 4 and number != quarter
                is_yearly = is_in_year and cell.column == YEARLY.get(name)
                if SHORT[name] not in only or is_other_quarter or is_yearly:
                    cell.value = None


def by_place(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a frame by file and cell, as in `a COM!E5`; of a whole file by `a`."""
    cells = frame.sheet.map(lambda name: SHORT.get(name, name)) + "!" + frame["cell"]
    places = frame.file.str.removesuffix(".xlsx") + " " + cells
    return frame.set_index(places.str.removesuffix(" !"))


def observed(intake: Intake) -> pd.DataFrame:
    """Return the observations that stand in a cell of a file; `read`: value or state."""
    cells = by_place(intake.cells[intake.cells["cell"].notna()])
    return cells.assign(read=cells.value.where(cells.state == "reported", cells.state))


def pick(values: pd.Series, expected: dict[str, Any]) -> dict[str, Any]:
    """Return the values of those that are expected."""
    return {key: values[key] for key in expected}


def faults(issues: pd.DataFrame) -> dict[str, str]:
    """Return severity and rule of every issue by its place."""
    issues = by_place(issues)
    return (issues.severity + " " + issues.rule).groupby(level=0).agg(", ".join).to_dict()


def by_file(intake: Intake) -> pd.DataFrame:
    """Return the row of each file by its name without the ending."""
    files = intake.returns.dropna(subset="file")
    return files.set_index(files.file.str.removesuffix(".xlsx"))


def unit_row(intake: Intake, expected: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of the unit as a whole; its last file without the ending."""
    row = counted_returns(intake.returns).loc["228"]
    assert row.equals(received_returns(intake.returns).loc["228"])
    row = row.replace({row.file: row.file.removesuffix(".xlsx")})
    return {key: getattr(row[key], "date", lambda value=row[key]: value)() for key in expected}


@cache
def the_plan() -> Plan:
    """Return the shipped plan, loaded once."""
    return load_plan("phu_tho_2017")


def words(intake: Intake, expected: list[str], is_there: bool = True) -> list[str]:
    """Return those of the words that stand in check.csv, or that do not."""
    issues = check_table(asked(the_plan(), intake)).fillna("")
    text = (issues.rule + " " + issues.message + " " + issues.value + issues.column).str.cat()
    return [piece for piece in expected if (piece in text) == is_there]


def asked_sheets(intake: Intake) -> list[str]:
    """Return the sheets with cells that are asked about."""
    return sorted({*intake.issues.query("severity != 'note'").sheet.map(SHORT)})


def count_states(intake: Intake) -> dict[str, int]:
    """Return how many cells are in each state."""
    return observed(intake).state.value_counts().to_dict()


OUTCOMES: dict[str, Callable[[Intake, Any], Any]] = {
    "reads": lambda intake, places: pick(observed(intake).read, places),
    "unread": lambda intake, places: [at for at in places if at not in observed(intake).index],
    "items": lambda intake, places: pick(observed(intake)["item"], places),
    "counts": lambda intake, _: count_states(intake),
    "filled": lambda intake, _: by_file(intake).reported.to_dict(),
    "states": lambda intake, _: by_file(intake).state.to_dict(),
    "late": lambda intake, _: by_file(intake).late.to_dict(),
    "unit": unit_row,
    "faults": lambda intake, _: faults(intake.issues),
    "asks": lambda intake, _: faults(intake.issues.query("severity != 'note'")),
    "asks_in": lambda intake, _: asked_sheets(intake),
    "says": words,
    "silent": lambda intake, pieces: words(intake, pieces, is_there=False),
    "open": lambda intake, _: draft_confirmations(intake.issues).iloc[:, :5].to_numpy().tolist(),
}


def content(intake: Intake) -> pd.DataFrame:
    """Return value and state of each cell by its subject."""
    return intake.cells.set_index(CELLS)[["value", "state"]].sort_index()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.slow] * (number % 24 > 0), id=name)
        for number, (name, case) in enumerate(CASES.items())
    ],
)
def test_read_returns_several_files_read_as_the_case_says(
    post: Callable[..., Intake], case: dict[str, Any]
) -> None:
    books = {name: workbook(spec) for name, spec in case["files"].items()}
    intake = post(**books)
    expect(intake, case)
    if case.get("names") == "any":
        other_names = post(**dict(zip(reversed(books), books.values(), strict=True)))
        assert asked_sheets(other_names) == asked_sheets(intake)
        assert count_states(other_names) == count_states(intake)
    if "like" in case:
        pd.testing.assert_frame_equal(content(intake), content(post(a=workbook(case["like"]))))
    if "confirmed" in case:
        lines = draft_confirmations(intake.issues).assign(by="Phòng PCTNXH", on="20/12/2017")
        expect(post(to_csv_bytes(lines.astype("string")), **books), case["confirmed"])


def expect(intake: Intake, expected: dict[str, Any]) -> None:
    """Compare all that comes out with what is expected of it."""
    assert expected.keys() <= {"case", "files", "names", "like", "confirmed", *OUTCOMES}
    outcomes = {key: expected[key] for key in OUTCOMES if key in expected}
    assert {key: OUTCOMES[key](intake, value) for key, value in outcomes.items()} == outcomes
