"""The audit workbook as it is written, and as LibreOffice calculates it when a rule or a cell is
changed in it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

import pandas as pd
import pytest
from filling import fill
from libreoffice import converted
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from seeds import seeds

from pcmd_eval.analysis.trace import trace
from pcmd_eval.audit.workbook import audit_workbook
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS, tidy
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.vocabulary import VERDICT_STYLES

COLUMNS = [
    "Mã đơn vị",
    "Đơn vị",
    "Chỉ tiêu",
    "Chắc chắn",
    "Tối đa",
    "Cần đạt",
    "Tổng số",
    "Kết luận",
]
COLUMNS += ["Theo sổ đánh giá", "Khớp"]
FUNCTIONS = re.compile(
    "IF|AND|OR|NOT|COUNT|COUNTIF|SUM|SUMPRODUCT|ISNUMBER|FIND|SUBSTITUTE|YEAR|ROUND|ROUNDUP|INT|LEFT"
)
REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z]{1,2}\$?\d+(?::\$?[A-Z]{1,2}\$?\d+)?)")


@pytest.fixture(scope="module")
def book(plan: Plan, shipped: Intake, findings: pd.DataFrame) -> bytes:
    """The workbook of the shipped returns."""
    return made(plan, shipped, findings)


def made(plan: Plan, shipped: Intake, findings: pd.DataFrame) -> bytes:
    return audit_workbook(plan, shipped.cells, findings, "../returns", True)


@pytest.fixture(scope="module")
def pages(book: bytes) -> Workbook:
    """Its formulas, only to be read."""
    return opened(book)


@pytest.fixture(scope="module")
def values(book: bytes) -> Workbook:
    """The values stored beside them."""
    return opened(book, values=True)


def opened(content: bytes, values: bool = False) -> Workbook:
    """A workbook's formulas, or the values stored beside them."""
    return load_workbook(BytesIO(content), data_only=values)


def results(book: Workbook) -> pd.DataFrame:
    """The rows of the page of results, texts; an empty cell and an empty text are the same."""
    header, *rows = book["Kết quả"].iter_rows(min_row=4, values_only=True)
    return pd.DataFrame(rows, columns=header, dtype=object).astype("string").fillna("")


def expected(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that the page must show for these findings."""
    told = findings.assign(
        verdict=findings.verdict.map({key: look.word for key, look in VERDICT_STYLES.items()})
    )
    shown = (
        told[["unit_code", "unit_name", "low", "high", "needed", "total", "verdict"]]
        .astype("string")
        .fillna("")
    )
    return shown.set_axis([*COLUMNS[:2], *COLUMNS[3:8]], axis=1)


def places(cells: pd.DataFrame) -> pd.Series:
    """Return the positions of cells as the workbook states them; "" for cells of no return."""
    return (cells.file + " · " + cells.sheet + " · " + cells.cell).fillna("")


def named(book: Workbook, name: str) -> Cell:
    """The cell with that name."""
    [(page, place)] = book.defined_names[name].destinations
    return book[page][place]


def choices(book: Workbook, cell: Cell) -> list[str]:
    """Return the options of a cell's drop-down."""
    rules = book["Quy tắc"].data_validations.dataValidation
    return next(
        (rule.formula1.strip('"').split(",") for rule in rules if cell.coordinate in rule.sqref), []
    )


def recalculated(wanted: dict[Path, pd.DataFrame], folder: Path) -> Iterator[pd.DataFrame]:
    """The results of workbooks as LibreOffice calculates them, each found to be what is wanted."""
    for path, findings in zip(converted(wanted, folder), wanted.values(), strict=True):
        with closing(load_workbook(path, data_only=True, read_only=True)) as book:
            shown = results(book)
        assert shown[findings.columns].equals(findings), path.name
        yield shown


def precedents(book: Workbook, cell: Cell, known: dict[Cell, set[int]]) -> set[int]:
    """The rows of cells of returns that a formula rests on in the end, as Trace Precedents shows
    them; `known`: those of cells looked at before.
    """
    if cell not in known:
        known[cell] = {cell.row} if cell.parent.title == "Ô số liệu" else set()
        texts = re.sub(r'"[^"]*"', "", cell.value) if cell.data_type == "f" else ""
        for page, area in REFERENCE.findall("" if known[cell] else texts):
            found = (book[page] if page else cell.parent)[area.replace("$", "")]
            for row in found if isinstance(found, tuple) else ((found,),):
                for each in row:
                    known[cell] |= precedents(book, each, known)
    return known[cell]


# ---- as written ----------------------------------------------------------------------------------


def test_audit_workbook_results_equal_the_findings_in_order(
    findings: pd.DataFrame, pages: Workbook, values: Workbook
) -> None:
    """Values stand beside the formulas, all agree, and the page says so at its top."""
    shown, told = results(values), expected(findings)
    assert [*shown.columns] == COLUMNS and shown[told.columns].equals(told)
    assert shown["Kết luận"].equals(shown["Theo sổ đánh giá"]) and {*shown["Khớp"]} == {"đúng"}
    assert values["Kết quả"]["H1"].value == "Số dòng KHÁC: 0"
    assert results(pages)[["Kết luận", "Khớp"]].stack().str.startswith("=").all()


def test_audit_workbook_finding_that_does_not_follow_is_marked(
    plan: Plan, shipped: Intake, findings: pd.DataFrame
) -> None:
    """A verdict and a count changed in findings.csv: two rows differ. The name of a model stays
    text.
    """
    rows, findings = shipped.cells[[*OBSERVATIONS]].copy(), findings.copy()
    findings.loc[0, "verdict"], findings.loc[5, "low"] = "not_met", 999
    rows.loc[(rows["item"] == "4.1:name") & (rows.reporter == "228"), ["value", "raw"]] = (
        '=HYPERLINK("http://x","y")'
    )
    content = audit_workbook(plan, tidy(rows, shipped.returns, plan), findings)
    shown = results(opened(content, values=True))
    assert shown.index[shown["Khớp"] == "KHÁC"].tolist() == [0, 5]
    written = [
        cell for row in opened(content)["Ô số liệu"].iter_rows(min_col=8, max_col=9) for cell in row
    ]
    assert sum("hyperlink(" in str(cell.value).lower() for cell in written) == 2
    assert all(cell.data_type != "f" for cell in written)


def test_audit_workbook_rule_or_target_is_a_named_cell_with_its_choices(
    plan: Plan, pages: Workbook
) -> None:
    for objective in plan.objectives:
        for key, rule in objective.rules.items():
            cell = named(pages, f"{objective.slug}_{key}")
            offered = choices(pages, cell)
            assert len(offered) == len(rule.choices) and str(cell.value) in offered
    assert named(pages, "communication_target").value == 0.75
    assert named(pages, "open_period_days").value == 16


def test_audit_workbook_links_lead_from_a_verdict_to_its_cells_in_two_clicks(
    shipped: Intake, pages: Workbook
) -> None:
    """Đoan Hùng has 28 communes. Attendance, persons reached and offenders decide nothing and stand
    nowhere.
    """
    target = next(row for row in pages["Kết quả"].iter_rows(min_row=5) if row[0].value == "230")[
        2
    ].hyperlink.location
    assert re.fullmatch(r"'1 Tuyên truyền'!I(\d+):I(\d+)", target)
    rows = pages["1 Tuyên truyền"][target.partition("!")[2]]
    links = [pages["1 Tuyên truyền"].cell(cell.row, 10).hyperlink for (cell,) in rows]
    assert len(links) == 28 and links[0].location == "'1 Tuyên truyền'!E5"
    assert {link.target.replace("\\", "/") for link in links} == {"../returns/230-doan-hung.xlsx"}
    persons = shipped.cells.column.isin(["persons", "attendance"]) | shipped.cells["item"].isin(
        ["6.7", "6.8", "6.9"]
    )
    assert persons.any() and not {*places(shipped.cells[persons])} & {
        c.value for c in pages["Ô số liệu"]["L"]
    }


def test_audit_workbook_written_twice_has_equal_bytes_and_old_functions(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, book: bytes, pages: Workbook
) -> None:
    """Functions that Excel 2010 knows."""
    assert book == made(plan, shipped, findings)
    formulas = {
        c.value for page in pages for row in page.iter_rows() for c in row if c.data_type == "f"
    }
    used = {name for text in formulas for name in re.findall(r"([A-Z]+)\(", text)}
    assert len(used) > 10 and all(FUNCTIONS.fullmatch(name) for name in used)


def test_audit_workbook_of_another_form_names_its_own_sheet_numbers(
    plan: Plan, shipped: Intake, findings: pd.DataFrame
) -> None:
    """In another form models may stand on another sheet than 4."""
    sheets = [
        sheet.model_copy(update={"name": sheet.name.replace("4 ", "9 ")})
        for sheet in plan.form.sheets
    ]
    form = plan.form.model_copy(update={"sheets": tuple(sheets)})
    book = opened(made(plan.model_copy(update={"form": form}), shipped, findings))
    heads = [cell.value for cell in book["9 Mô hình"][4]]
    assert "Biểu 9" in heads and "Biểu 4" not in heads


@pytest.mark.slow
def test_audit_formulas_of_each_verdict_rest_on_the_cells_of_its_trace(
    plan: Plan, shipped: Intake, findings: pd.DataFrame, pages: Workbook
) -> None:
    """For every finding, by Trace Precedents: no cell more, none less."""
    known: dict[Cell, set[int]] = {}
    for number, finding in enumerate(findings.itertuples(), 5):
        if finding.verdict != "not_applicable":
            found = precedents(pages, pages["Kết quả"][f"H{number}"], known)
            behind = trace(plan, shipped.cells, finding.unit_code, finding.objective)
            assert {pages["Ô số liệu"].cell(row, 12).value or "" for row in found} == {
                *places(behind)
            }
            assert len(found) == len(behind)


# ---- as calculated -------------------------------------------------------------------------------


@pytest.mark.slow
def test_audit_workbook_recalculated_equals_the_stored_values(
    findings: pd.DataFrame, book: bytes, tmp_path: Path
) -> None:
    """On all pages; also under other plans, with other objectives, numbers and places, where no
    return has come in.
    """
    files, wanted = (
        {"book": book},
        {tmp_path / "book.xlsx": expected(findings)},
    )
    for name in ("binh_thuan_2017", "thua_thien_hue_2017"):
        other, none = load_plan(name), tmp_path / name
        none.mkdir()
        cells = read_returns(other, none).cells
        found = evaluate(other, cells)
        wanted[tmp_path / f"{name}.xlsx"] = expected(found)
        files[name] = audit_workbook(other, cells, found)
    for name, content in files.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    assert all({*shown["Khớp"]} == {"đúng"} for shown in recalculated(wanted, tmp_path / "made"))
    for name, content in files.items():
        after = opened((tmp_path / "made" / f"{name}.xlsx").read_bytes(), values=True)
        for page in opened(content, values=True):
            for row in page.iter_rows():
                for cell in row:
                    assert (cell.value or "") == (after[page.title][cell.coordinate].value or ""), (
                        cell
                    )


@pytest.mark.slow
def test_audit_workbook_with_a_changed_rule_recalculates_as_the_package(
    plan: Plan, shipped: Intake, book: bytes, tmp_path: Path
) -> None:
    """Every choice of every drop-down, those of one objective one at a time; a target; the days a
    period stays open.
    """
    wanted: dict[Path, pd.DataFrame] = {}
    pages = opened(book)
    for number, taken in enumerate(
        zip_longest(*(plan.alternatives(objective.slug) for objective in plan.objectives))
    ):
        values, before = {}, {}
        for objective, way in zip(plan.objectives, taken, strict=True):
            if way:
                cell = named(pages, f"{objective.slug}_{way.key}")
                chosen = choices(pages, cell)[way.rule.choices.index(way.choice)]
                before[cell] = cell.value
                cell.value = int(chosen) if chosen.isdecimal() else chosen
                values[objective.slug, way.key] = way.choice.value
        pages.save(tmp_path / f"{number}.xlsx")
        for cell, value in before.items():
            cell.value = value
        wanted[tmp_path / f"{number}.xlsx"] = expected(
            evaluate(plan.with_rules(values), shipped.cells, explained=())
        )
    assert len(wanted) == 4
    content = plan.content()
    named(pages, "communication_target").value, named(pages, "open_period_days").value = 0.5, 0
    content["objectives"][0]["target"]["value"], content["rules"]["open_period_days"]["value"] = (
        ">= 50%",
        0,
    )
    content["rules"]["deadline"]["value"] = f"{plan.year}-12-31"
    other = Plan.model_validate(content)
    pages.save(tmp_path / "free.xlsx")
    cells = tidy(shipped.cells[[*OBSERVATIONS]], shipped.returns, other)
    wanted[tmp_path / "free.xlsx"] = expected(evaluate(other, cells, explained=()))
    assert all("KHÁC" in {*shown["Khớp"]} for shown in recalculated(wanted, tmp_path / "made"))


@pytest.mark.slow
def test_audit_workbook_of_random_returns_recalculates_as_the_package(
    plan: Plan, blanks: Path, tmp_path: Path
) -> None:
    """Untidy and close to the thresholds, and chaotic: all findings, and all values beside formulas;
    tidy are the shipped ones.
    """
    wanted = {}
    for seed, disorder, near in ((2, 0.15, True), (5, 0.6, False)):
        fill(blanks, tmp_path / str(seed), seed, disorder, near)
        cells = read_returns(plan, tmp_path / str(seed)).cells
        path = tmp_path / f"filled{seed}.xlsx"
        findings = evaluate(plan, cells)
        path.write_bytes(audit_workbook(plan, cells, findings))
        wanted[path] = expected(findings)
    assert all({*shown["Khớp"]} == {"đúng"} for shown in recalculated(wanted, tmp_path / "made"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked", seeds([("communes", 202, 0.5)], [("ha_noi_2026", 302, 0.25)]), ids=str
)
def test_audit_workbook_where_communes_report_recalculates_as_the_package(
    filled_set: Callable[[str, int, float], tuple[Path, Path]],
    tmp_path: Path,
    asked: tuple[str, int, float],
) -> None:
    """All six objectives, made up, and those of the shipped plan of today with all its communes."""
    file, returns = filled_set(*asked)
    plan = load_plan(str(file))
    cells = read_returns(plan, returns).cells
    path, findings = tmp_path / "book.xlsx", evaluate(plan, cells)
    path.write_bytes(audit_workbook(plan, cells, findings))
    [shown] = recalculated({path: expected(findings)}, tmp_path / "made")
    assert {*shown["Khớp"]} == {"đúng"}


@pytest.mark.slow
def test_audit_workbook_with_changed_cells_recalculates_as_the_package(
    plan: Plan, shipped: Intake, book: bytes, tmp_path: Path
) -> None:
    """Counts to 0 and back, answers turned round, cells emptied: every third cell."""
    turned, plain = {"Có": "Không", "Không": "Có"}, {"Có": "yes", "Không": "no"}
    found = places(shipped.cells)
    rows_of = {
        place: index for index, place in found[~found.duplicated(keep=False)].items()
    }  # not of merged cells
    pages, rows = opened(book), shipped.cells[[*OBSERVATIONS]].copy()
    for row in [*pages["Ô số liệu"].iter_rows(min_row=5)][::3]:
        value, index = row[8].value, rows_of.get(row[11].value)
        column = shipped.cells.column.get(index, "name")
        if value is None or column in ("name", "start"):
            continue
        new = None if row[0].row % 2 else turned.get(value, 0 if value else 4)
        row[8].value = new
        document = {"Có": "given", "Không": "none"} if column == "document" else plain
        said = pd.NA if new is None else document.get(new, str(new))
        rows.loc[index, ["value", "state"]] = [said, "blank" if new is None else "reported"]
    pages.save(file := tmp_path / "moved.xlsx")
    moved = expected(evaluate(plan, tidy(rows, shipped.returns, plan)))
    [shown] = recalculated({file: moved}, tmp_path / "made")
    assert (shown["Khớp"] == "KHÁC").sum() > 20
