"""Wrong arguments of analysts are answered by one sentence that says what to do."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import pcmd_eval
from pcmd_eval.analysis.case import Case
from pcmd_eval.util.errors import InputRefused


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda case: case.rules_in_force("x"), "communication (1."),
        (lambda case: pcmd_eval.judge(case.plan, "x", case.cells), "media (5."),
        (lambda case: pcmd_eval.judge(case.plan, 1, case.cells), "media (5."),
        (
            lambda case: pcmd_eval.judge(case.plan, "media", case.cells, {"days": pd.Series()}),
            "các bước: cells, months",
        ),
        (
            lambda case: pcmd_eval.judge(case.plan, "media", case.cells, ["months"]),
            'không có bước months; các bước: cells, months. Ví dụ: judge(case.plan, "media"',
        ),
        (
            lambda case: pcmd_eval.judge(
                case.plan,
                "harm_reduction",
                case.cells,
                {"districts": case.plan.steps("harm_reduction", case.cells)["districts"].head(3)},
            ),
            "bước districts phải đủ mọi phần của mọi đơn vị",
        ),
        (lambda case: pcmd_eval.trace(case.plan, case.cells, "230", "x"), "communication (1."),
        (lambda case: pcmd_eval.trace(case.plan, case.cells, 1, "media"), "như “25”; đây là 1"),
        (
            lambda case: pcmd_eval.trace(case.plan, case.findings, "230", "media"),
            'Ví dụ: trace(case.plan, case.cells, "230", "communication").',
        ),
        (lambda case: case.at(2310), "đây là 2310"),
        (lambda case: case.unit_rows(case.units), "Ví dụ: case.unit_rows(case.cells)"),
        (lambda case: case.for_display(case.indicators), "thiếu low, value_low"),
        (lambda case: case.for_display("x"), "đây là str"),
        (lambda case: case.unit_rows(3), "Ví dụ: case.unit_rows(case.cells)"),
        (lambda case: case.alternatives("x"), "communication (1."),
        (lambda case: pcmd_eval.show("Kết luận", case.findings), "title phải là văn bản"),
        (lambda case: pcmd_eval.show(case.findings, case), "title phải là văn bản"),
        (lambda case: pcmd_eval.show(), "show: nhận (what, title, case"),
        (lambda case: pcmd_eval.bars(case, case.indicators, "x"), "numbers phải là một bảng"),
        (lambda case: pcmd_eval.bars(case.indicators, "x", case), "case phải là case, kết quả của"),
        (lambda case: pcmd_eval.district_map(case, case.findings, "x"), "values phải là một bảng"),
        (lambda case: pcmd_eval.quoted(case, 3), "communication (1."),
        (lambda case: pcmd_eval.recount("x"), "found = recount(case)"),
        (lambda case: pcmd_eval.close_case(case, case.cells), "close_case(case, recount(case))"),
        (lambda case: pcmd_eval.Panel("x"), "case phải là case"),
        (
            lambda case: pcmd_eval.judge(case.plan, "media", case.unit_rows(case.cells)),
            "thiếu 36 ô: 25 5.1 M01; 25 5.1 M02; 25 5.1 M03, …. Tính trước, lọc sau",
        ),
        (
            lambda case: pcmd_eval.evaluate(case.plan, case.cells[case.cells.period != "Q3"]),
            "thiếu 277 ô: 07888 Q3",
        ),
        (
            lambda case: pcmd_eval.judge(case.plan, "communication", case.unit_rows(case.cells)),
            "thiếu 1245 ô: 07888 Q1",
        ),
        (
            lambda case: pcmd_eval.save_excel("khong/co/a.xlsx", case, a=case.findings),
            f"Không có thư mục {Path('khong/co').resolve()}",
        ),
        (
            lambda case: pcmd_eval.judge(case.plan, "media", case.cells.drop(columns="some")),
            "thiếu some (có: reporter",
        ),
        (
            lambda case: case.plan.steps("media", case.cells.astype({"reporter": "Int64"})),
            'Mã đơn vị là văn bản; đây là số, như 227. Đọc tệp bằng pd.read_csv(tệp, dtype={"unit',
        ),
        (
            lambda case: pcmd_eval.judge(case.plan, "media", pd.concat([case.cells, case.cells])),
            " ô như thế. Bảng ghép thêm có mã lặp lại?",
        ),
        (
            lambda case: case.unit_rows(pd.DataFrame({"unit_code": [230]})),
            "Mã đơn vị là văn bản; đây là số, như 230",
        ),
        (lambda case: pcmd_eval.open_case("phu_tho_2017"), "open_case: nhận (plan, unit, returns)"),
    ],
)
def test_call_with_a_wrong_argument_is_answered_in_words(
    case: Case, call: Callable[[Case], object], words: str
) -> None:
    with pytest.raises(InputRefused, match=re.escape(words)):
        call(case)


def test_plan_shows_itself_in_a_line_and_completes_plainly(case: Case) -> None:
    assert repr(case.plan) == (
        "Kế hoạch 884/KH-UBND, năm 2017: Kế hoạch phòng, chống mại dâm năm 2017 (phu_tho_2017)"
    )
    names = {name for name in dir(case.plan) if not name.startswith("_")}
    assert {"year", "reporters", "objective"} <= names
    assert not names.intersection(["parse_raw", "from_orm", "model_dump", "copy", "json"])


def test_case_public_names_are_few_and_described() -> None:
    names = [name for name in vars(Case) if not name.startswith("_")]
    fields = [name for name in Case.__dataclass_fields__ if not name.startswith("_")]
    assert len({*names, *fields}) <= 23
    methods = {name: getattr(Case, name) for name in names if callable(getattr(Case, name))}
    for name, method in methods.items():
        first, *lines = method.__doc__.splitlines()
        assert not first.isascii() and any(f".{name}(" in line for line in lines), name
