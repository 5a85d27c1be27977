"""Communes as reporters: each reports on itself, in sheet 1 as in all others."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from made import COM, INFO, edited, inform, put
from openpyxl import Workbook
from two_levels import make_plan

from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan


@pytest.fixture(scope="module")
def hanoi(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The made-up plan, for eight communes."""
    return make_plan(tmp_path_factory.mktemp("plan"), 8)


@pytest.fixture
def read(hanoi: Plan, tmp_path: Path) -> Callable[..., Intake]:
    """Reads the return of the first commune after a change; `name=change` is the file name.xlsx."""
    code = str(hanoi.reporting_units.index[0])

    def send(**changes: Callable[[Workbook], object]) -> Intake:
        for name, change in changes.items():

            def fill(book: Workbook, change: Callable[[Workbook], object] = change) -> None:
                inform(book, cutoff=date(2026, 12, 15), sent=date(2026, 12, 18))
                put(book[COM], 5, 4, "nói chuyện, hội nghị", 2, 1, 3, 1, 90)
                change(book)

            (tmp_path / f"{name}.xlsx").write_bytes(edited(blank_return(hanoi, code), fill))
        return read_returns(hanoi, tmp_path)

    return send


def rules(intake: Intake) -> list[str]:
    """The rules broken, each with its cell."""
    return [*(intake.issues.rule + " " + intake.issues["cell"])]


def test_read_sheets_commune_reports_its_own_row(read: Callable[..., Intake], hanoi: Plan) -> None:
    intake = read(a=lambda book: None)
    code = str(hanoi.reporting_units.index[0])
    cells = intake.cells[
        (intake.cells.reporter == code) & (intake.cells.objective == "communication")
    ]
    assert {*cells.unit_code} == {code} and [*cells.value] == ["2", "1", "3", "1", "90"]
    assert rules(intake) == []
    others = intake.returns[intake.returns.reporter != code]
    assert {*others.state} <= {"missing", "not_asked"}


def test_read_sheets_row_of_another_commune_is_an_issue(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    other = hanoi.reporting_units.iloc[1]

    def add(book: Workbook) -> None:
        put(book[COM], 6, 1, other.name, other["name"], None, "khác", 9, 9, 9, 9, 9)

    intake = read(a=add)
    assert rules(intake) == ["foreign-unit A6"]
    assert "không thuộc đơn vị báo cáo" in intake.issues.message[0]


def test_particulars_name_of_another_commune_stops(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    other = hanoi.reporting_units.full_name.iloc[1]
    intake = read(a=lambda book: inform(book, name=f"UBND {other}"))
    assert rules(intake) == ["reporter-name B9"] and intake.stopping == 1


def test_particulars_unknown_code_names_a_few_codes(read: Callable[..., Intake]) -> None:
    intake = read(a=lambda book: inform(book, code="99999"))
    [issue] = intake.issues.itertuples()
    assert issue.rule == "refused" and "mang mã “99999”" in issue.message
    assert issue.sheet == INFO and len(issue.message) < 400


def test_ownership_swapped_communes_are_asked_about(hanoi: Plan, tmp_path: Path) -> None:
    """Covers swapped over the rows of each; whole files under each other's name."""
    codes = [*map(str, hanoi.reporting_units.index[:2])]
    folders = hanoi.register.folder
    for code, other in (codes, codes[::-1]):

        def swap(book: Workbook, other: str = other) -> None:
            inform(book, cutoff=date(2026, 12, 15), sent=date(2026, 12, 18))
            inform(book, code=other, name=hanoi.register.full_name[other])

        content = edited(blank_return(hanoi, code), swap)
        (tmp_path / f"x{code}.xlsx").write_bytes(content)
    intake = read_returns(hanoi, tmp_path)
    assert sorted(rules(intake)) == ["foreign-file B8"] * 2 and intake.stopping == 2
    for path in tmp_path.iterdir():
        path.unlink()
    for code, other in (codes, codes[::-1]):

        def days(book: Workbook) -> None:
            inform(book, cutoff=date(2026, 12, 15), sent=date(2026, 12, 18))

        content = edited(blank_return(hanoi, code), days)
        (tmp_path / f"{folders[other]}.xlsx").write_bytes(content)
    intake = read_returns(hanoi, tmp_path)
    assert sorted(rules(intake)) == ["file-name B8"] * 2 and {*intake.cells.state} == {"absent"}


def test_ownership_file_of_a_former_district_is_sent_by_each_commune(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    def add(book: Workbook) -> None:
        for row, code in enumerate(map(str, hanoi.reporting_units.index[1:5]), 6):
            put(book[COM], row, 1, code, hanoi.register.name[code])

    [issue] = read(a=add).issues.itertuples()
    assert issue.rule == "foreign-file" and "từng đơn vị gửi tệp của mình" in issue.message


def test_particulars_wrong_code_is_answered_by_the_right_one(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    code = str(hanoi.reporting_units.index[0])
    [issue] = read(a=lambda book: inform(book, code="99999")).issues.itertuples()
    assert f"{hanoi.register.full_name[code]} mang mã {code}" in issue.message


def test_combine_files_of_a_commune_are_put_together(
    read: Callable[..., Intake], hanoi: Plan
) -> None:
    def later(book: Workbook) -> None:
        put(book[COM], 5, 4, None, None, 4, None, None, None)
        inform(book, sent=date(2026, 12, 19))

    intake = read(a=lambda book: None, b=later)
    cells = intake.cells[intake.cells.cell.notna() & (intake.cells.objective == "communication")]
    assert [*zip(cells.value, cells.file, strict=True)] == [
        ("2", "a.xlsx"),
        ("4", "b.xlsx"),
        ("3", "a.xlsx"),
        ("1", "a.xlsx"),
        ("90", "a.xlsx"),
    ]
    assert rules(intake) == ["changed-value F5"]
