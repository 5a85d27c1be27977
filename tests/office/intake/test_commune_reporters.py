"""Communes as reporters: each reports on itself, in sheet 1 as in all others."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from made import COM, INFO, edited, inform, put
from openpyxl import Workbook
from two_levels import make_plan

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan

Change = Callable[[Workbook], object]


@pytest.fixture(scope="module")
def hanoi(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the made-up plan, for eight communes."""
    return make_plan(tmp_path_factory.mktemp("plan"), 8)


@pytest.fixture
def read(hanoi: Plan, tmp_path: Path) -> Callable[..., Intake]:
    """Read the return of the first commune after a change; `name=change` is the file name.xlsx."""

    def send(**changes: Change) -> Intake:
        for name, change in changes.items():

            def fill(book: Workbook, change: Change = change) -> None:
                inform(book, cutoff=date(2026, 12, 15), sent=date(2026, 12, 18))
                put(book[COM], 5, 4, "nói chuyện, hội nghị", 2, 1, 3, 1, 90)
                change(book)

            blank = blank_return(hanoi, str(hanoi.reporting_units.index[0]))
            (tmp_path / f"{name}.xlsx").write_bytes(edited(blank, fill))
        return read_returns(hanoi, tmp_path)

    return send


def leave_unchanged(book: Workbook) -> None:
    """Change nothing."""


def rules(intake: Intake) -> list[str]:
    """Return the rules that are broken, each with its cell."""
    return sorted(intake.issues.rule + " " + intake.issues["cell"])


def written_cells(intake: Intake) -> pd.DataFrame:
    """Return the observations of sheet 1 that stand in a file."""
    return intake.cells[(intake.cells.objective == "communication") & intake.cells["cell"].notna()]


def test_read_sheets_commune_reports_its_own_row(read: Callable[..., Intake], hanoi: Plan) -> None:
    intake, code = read(a=leave_unchanged), str(hanoi.reporting_units.index[0])
    cells = written_cells(intake)
    assert {*cells.unit_code} == {*cells.reporter} == {code}
    assert [*cells.value] == ["2", "1", "3", "1", "90"] and intake.issues.empty
    assert {*intake.returns.state[intake.returns.reporter != code]} <= {"missing", "not_asked"}


@pytest.mark.slow
def test_read_returns_return_of_another_commune_is_an_issue(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    """A row, a name, a code, and the rows of the former district: what is to be done is said."""
    units, full_name = hanoi.reporting_units, hanoi.register.full_name
    codes = [*map(str, units.index)]

    def rows(number: int) -> Change:
        def add(book: Workbook) -> None:
            for row, code in enumerate(codes[1 : 1 + number], 6):
                put(book[COM], row, 1, code, units["name"][code], None, "khác", 9, 9, 9, 9, 9)

        return add

    for change, rule, words in (
        (rows(1), "foreign-unit A6", "không thuộc đơn vị báo cáo"),
        (rows(4), "foreign-file B8", "4 dòng của 4 đơn vị khác, 1 dòng của mã"),
        (lambda book: inform(book, name=f"UBND {full_name[codes[1]]}"), "reporter-name B9", ""),
        (lambda book: inform(book, code="99999"), "refused B8", f"mang mã {codes[0]}"),
    ):
        intake = read(a=change)
        assert rules(intake) == [rule]
        [issue] = intake.issues.itertuples()
        assert words in issue.message and len(issue.message) < 400  # not all codes of a city
        assert issue.sheet == (COM if "A6" in rule else INFO)
        assert (issue.severity == "stop") == ("A6" not in rule)


@pytest.mark.slow
def test_ownership_swapped_communes_are_asked_about(hanoi: Plan, tmp_path: Path) -> None:
    """Covers swapped over the rows of each; whole files under each other's name."""
    codes, folders = [*map(str, hanoi.reporting_units.index[:2])], hanoi.register.folder
    for is_swapped, rule in ((True, "foreign-file B8"), (False, "file-name B8")):
        for code, other in (codes, codes[::-1]):
            cover = other if is_swapped else code

            def fill(book: Workbook, cover: str = cover) -> None:
                inform(book, cutoff=date(2026, 12, 15), sent=date(2026, 12, 18))
                inform(book, code=cover, name=hanoi.register.full_name[cover])

            content = edited(blank_return(hanoi, code), fill)
            (tmp_path / f"{folders[other]}.xlsx").write_bytes(content)
        intake = read_returns(hanoi, tmp_path)
        assert rules(intake) == [rule] * 2 and {*intake.cells.state} == {"absent"}


def test_hold_misnamed_files_row_of_the_code_on_the_cover_proves_no_owner(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    """The form of a commune has its row: one of another commune may have filled it."""
    other = hanoi.reporting_units.index[1]
    intake = read(
        a=leave_unchanged, **{f"{other} bo sung": lambda book: put(book[COM], 5, 4, "khác")}
    )
    assert rules(intake) == ["file-name B8"]


@pytest.mark.slow
def test_combine_files_of_a_commune_are_put_together(read: Callable[..., Intake]) -> None:
    def correct(book: Workbook) -> None:
        put(book[COM], 5, 4, None, None, 4, None, None, None)
        inform(book, sent=date(2026, 12, 19))

    intake = read(a=leave_unchanged, b=correct)
    cells = written_cells(intake)
    assert [*cells.value] == ["2", "4", "3", "1", "90"]
    assert [*cells.file.str[0]] == ["a", "b", "a", "a", "a"]
    assert rules(intake) == ["changed-value F5"]
