"""The sheet `Kiểm tra`: its formulas, recalculated, against the reader of returns."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from jinja2.runtime import Macro
from libreoffice import converted
from made import COM, ENF, FORMS, HARM, INFO, INT, MEDIA, MODEL, annotated, blank, good, opened
from openpyxl import load_workbook

from pcmd_eval.forms.self_check import SheetFormula
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.templates import load_macros

BLANK, KIND, READY = (
    "Số ô còn trống",
    "Số ô ghi không đúng kiểu (chữ thay cho số, …)",
    "Không còn điểm cần sửa trong những điểm dưới đây",
)
NOTE = (COM, "Có cuộc tổ chức thì phải có lượt người")  # needs no mending

SHEETS = {"231": (COM, INT, HARM, MODEL, ENF), "25": (MODEL, MEDIA, ENF)}

Q5 = ("E5", "F5", "G5", "H5", "I5")
EDITS: dict[str, tuple[dict[str, dict[str, object]], dict[tuple[str, str], object]]] = {
    "sound": ({}, {}),
    "nothing": (
        {COM: {f"{c}{r}": None for c, r in product("EFGHI", range(5, 15))}, MODEL: {"B5": " "}},
        {(COM, BLANK): 50, (MODEL, BLANK): 1},
    ),
    "blanks and spaces": (
        {ENF: {"E6": " ", "E7": None}, INT: {"C5": " "}},
        {(ENF, BLANK): 2, (INT, BLANK): 1},
    ),
    "wrong kinds": (
        {
            HARM: {"C5": "khoảng 3", "D5": -1, "E5": 1.5, "F5": "=1/0"},
            INT: {"D5": "đã làm", "C6": "=1/0"},
        },
        {(HARM, KIND): 4, (INT, KIND): 2},
    ),
    "cases": (
        {ENF: {"E7": 5, "F7": 5}},
        {
            (
                ENF,
                "Đã xử lý và đang xử lý cộng lại bằng số vụ phát hiện",
            ): "Xem ô E7 và 1 ô khác tô đỏ"
        },
    ),
    "persons": (
        {ENF: {"G12": 7}},
        {(ENF, "Số người từng loại cộng lại bằng tổng số người"): "Xem ô G11"}
        | {(ENF, "Số người bán dâm không hơn tổng số người"): "Xem ô G11"},
    ),
    "no document": (
        {INT: {"D7": "Có", "D9": "CÓ "}},
        {(INT, "Đã thực hiện thì phải có văn bản"): "Xem ô D7 và 1 ô khác tô đỏ"},
    ),
    "no session": (
        {COM: dict.fromkeys(("E9", "F9", "G9", "H9"), 0)},
        {(COM, "Có lượt người thì phải có cuộc tổ chức"): "Xem ô I9"},
    ),
    "nobody came": (
        {COM: {"D6": "Văn nghệ,  phim", "I6": 0, "D7": FORMS[1], "I7": 0}},
        {NOTE: "Lưu ý ô I6"},
    ),
    "two rows, one blank": (
        {
            COM: dict.fromkeys(Q5)
            | {
                "A15": "07939",
                "B15": "Trường Thịnh",
                "E15": 1,
                "F15": 0,
                "G15": 0,
                "H15": 0,
                "I15": 5,
            }
        },
        {},
    ),
    "an optional row": ({INT: {"E10": "Tập huấn"}}, {(INT, BLANK): 3}),
    "label in other words": (
        {ENF: {"B7": "Số vụ đã phát hiện"}, COM: {"B6": "Phường Hùng Vương"}},
        {},
    ),
    "half a model": ({MODEL: {"B5": "Tổ tư vấn", "C5": 1}}, {(MODEL, BLANK): 3}),
}


# What clerks write, each into a sound return.
FILLINGS: dict[str, dict[str, dict[str, object]]] = {
    "sound": {},
    "draft": {INT: {"C6": "đang soạn thảo"}},
    "draft2": {INT: {"C5": "Dự thảo 45/KH-UBND ngày 12/4/2017"}},
    "denied": {INT: {"C5": "Chưa ban hành; thực hiện theo 884/KH-UBND ngày 14/3/2017"}},
    "plan": {INT: {"C5": "884/KH-UBND ngày 14/3/2017"}},
    "refers": {
        INT: {"C5": "45/KH-UBND ngày 12/4/2017 thực hiện Kế hoạch 884/KH-UBND ngày 14/3/2017"}
    },
    "above": {INT: {"C5": "Kế hoạch số 99/KH-UBND ngày 12/4/2017 của UBND tỉnh"}},
    "spelt": {INT: {"C5": "Kế hoạch số 45/KH-UBND ngày 12 tháng 4 năm 2017"}},
    "thuy": {INT: {"C5": "Kế hoạch số 45/KH-UBND ngày 12/4/2017 của UBND huyện Thanh Thủy"}},
    "no day": {INT: {"C5": "45/KH-UBND"}},
    "none word": {INT: {"C6": "Không có", "C7": "chưa ban hành"}},
    "start": {MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": "cuối năm", "F5": "Có", "G5": 4}},
    "start day": {MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": date(2016, 5, 1), "F5": "Có", "G5": 4}},
    "start ahead": {
        MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": date(2026, 5, 1), "F5": "Có", "G5": 4}
    },
    "type": {MODEL: {"B5": "Tổ tư vấn", "C5": 4, "E5": date(2016, 5, 1), "F5": "Có", "G5": 4}},
    "huge": {ENF: {"D5": 10**13}},
    "phone": {HARM: {"G5": 912345678}},
    "dong": {INT: {"F5": 25_000_000}},
    "fine": {ENF: {"D15": 1_500_000}},
    "total": {COM: {"B15": "Tổng cộng", "E15": 40, "F15": 30, "G15": 30, "H15": 20, "I15": 3000}},
    "signature": {COM: {"B17": "Người lập biểu", "H17": "Thủ trưởng đơn vị"}},
    "words": {COM: {"E5": "khoảng 3"}},
    "negative": {ENF: {"E6": -1}},
    "half": {HARM: {"C5": 2.5}},
    "true": {HARM: {"C5": True}},
    "answer": {INT: {"D5": "đang làm"}},
    "sent words": {INFO: {"B11": "cuối tháng 12"}},
    "added": {
        COM: {"A15": "07939", "D15": FORMS[1], "E15": 1, "F15": 0, "G15": 2, "H15": 0, "I15": 5}
    },
    "point of a number": {COM: {"I5": 1.115}},
    "no thousand": {COM: {"I5": "0.115"}},
    "a comma in a count": {ENF: {"D5": "1,5"}},
    "a stroke in a count": {ENF: {"D5": "3/4"}},
    "a power in a count": {ENF: {"D5": "1e2"}},
    "amount with a point": {INT: {"F5": "12.5"}},
    "cases": {ENF: {"E7": 5}},
    "no document": {INT: {"D7": "Có"}},
}


@pytest.mark.slow
def test_self_check_recalculated_is_ready_where_the_reader_has_no_issue(
    tmp_path: Path, plan: Plan
) -> None:
    """Recalculated by LibreOffice, the sheet says READY just where the reader asks for nothing."""
    for name, filling in FILLINGS.items():
        pages = opened(good(guided=True))
        for sheet, cells in filling.items():
            for place, value in cells.items():
                pages[sheet][place] = value
        pages.save(tmp_path / f"{name}.xlsx")
    (tmp_path / "untouched.xlsx").write_bytes(blank("228"))
    for copy in converted(sorted(tmp_path.glob("*.xlsx")), tmp_path / "out"):
        (folder := tmp_path / copy.stem).mkdir()
        file = copy.rename(folder / copy.name)
        intake = read_returns(plan, folder)
        issues = intake.issues[intake.issues.severity != "note"]
        sound = issues.empty and not (intake.cells.state == "blank").any()
        with closing(load_workbook(file, data_only=True, read_only=True)) as pages:
            answer, name = pages["Kiểm tra"]["A4"].value, pages[COM]["B15"].value
        assert (answer == READY) == sound, (copy.stem, answer, issues.to_string())
        assert (answer == "Chưa điền") == (copy.stem == "untouched")
        assert copy.stem != "added" or name == "Trường Thịnh"


@pytest.mark.slow
def test_self_check_recalculated_agrees_with_the_reader(
    tmp_path: Path, plan: Plan, shipped: Intake
) -> None:
    """Recalculated by LibreOffice: of edits only the lines named; blanks and comparisons as the
    reader has them.

    Also for the shipped returns, which have no such sheet, in our own form.
    """
    note = shipped.issues.iloc[[0]].assign(rule="distant-cell", sheet="", cell="")
    sent = shipped.returns.dropna(subset="file")
    notes = pd.concat(
        note.assign(reporter=row.reporter, file=row.file) for row in sent.itertuples()
    )
    copies = annotated(plan, replace(shipped, issues=notes))
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    for name, (edit, _) in EDITS.items():
        pages = opened(good(guided=True))
        for sheet, cells in edit.items():
            for place, value in cells.items():
                pages[sheet][place] = value
        pages.save(tmp_path / f"{name}.xlsx")
    titles = {check.title: check.id for check in plan.form.checks}
    recalculated = converted(sorted(tmp_path.glob("*.xlsx")), tmp_path / "out")
    assert len(recalculated) == len(copies) + len(EDITS) == 26
    for copy in recalculated:
        (folder := tmp_path / copy.stem).mkdir()
        file = copy.rename(folder / copy.name)
        intake = read_returns(plan, folder)
        with closing(load_workbook(file, data_only=True, read_only=True)) as pages:
            (ready, *_), *rows = pages["Kiểm tra"].iter_rows(4, max_col=3, values_only=True)
        results = {(sheet, title): result for sheet, title, result in rows[3:] if sheet}
        assert rows[-1][1] == "Trang này không xét"
        differences = {
            line: result
            for line, result in results.items()
            if result not in (0, "đúng", "chưa có số liệu")
        }
        assert file.name in copies or differences == EDITS[file.stem][1], file.stem
        open_ = len({*differences} - {NOTE})
        assert ready == (f"Còn {open_} điểm cần sửa" if open_ else READY), file.stem
        blanks = intake.cells[intake.cells.state == "blank"].sheet.value_counts()
        broken = {(fault.sheet, fault.rule) for fault in intake.issues.itertuples()}
        for (sheet, title), result in results.items():
            assert title != BLANK or result == blanks.get(sheet, 0), (file.name, sheet)
            where = (sheet, titles.get(title, ""))
            assert title not in titles or str(result).startswith(("Xem", "Lưu ý")) == (
                where in broken
            ), (
                file.name,
                title,
            )


def test_self_check_formulas_are_within_the_limits_of_excel() -> None:
    """Not too long; in conditional formats no constants of several words and no other sheet;
    something turns red.
    """
    for code in ("231", "25"):
        book = load_workbook(BytesIO(blank(code)))
        rows = book["Kiểm tra"].iter_rows(min_row=8)
        formulas = [cell.value for row in rows for cell in (row[2], *row[5:8]) if cell.value]
        assert all(len(formula.text) < 8000 for formula in formulas)
        for name in SHEETS[code]:
            rules = [
                rule.formula[0] for area in book[name].conditional_formatting for rule in area.rules
            ]
            assert rules and not any(
                "{" in rule or "!" in rule or len(rule) > 8000 for rule in rules
            )


def test_sheet_formula_entries_are_the_macros_of_the_template() -> None:
    exported = vars(load_macros("forms/selfcheck.j2")).items()
    assert {*SheetFormula} == {name for name, part in exported if isinstance(part, Macro)}
