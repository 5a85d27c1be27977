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
            "media không có bước days; các bước: cells, months.",
        ),
        (lambda case: pcmd_eval.trace(case.plan, case.cells, "230", "x"), "communication (1."),
        (lambda case: pcmd_eval.trace(case.plan, case.cells, 1, "media"), "như “25”; đây là 1"),
        (lambda case: case.at(2310), "đây là 2310"),
        (lambda case: case.for_display(case.indicators), "thiếu low, value_low"),
        (lambda case: case.alternatives("x"), "communication (1."),
        (lambda case: case.quote(3), "communication (1."),
        (lambda case: pcmd_eval.close_case(case, case.cells), "thiếu plan, year, verdict"),
        (
            lambda case: pcmd_eval.save_excel("khong/co/a.xlsx", case, a=case.findings),
            f"Không có thư mục {Path('khong/co').resolve()}",
        ),
        (
            lambda case: case.unit_rows(pd.DataFrame({"unit_code": [230]})),
            "Mã đơn vị là văn bản; đây là số, như 230",
        ),
        (
            lambda case: pcmd_eval.district_map(pd.Series([1], [227]), case, "x"),
            "Mã đơn vị là văn bản; đây là số, như 227",
        ),
        (
            lambda case: pcmd_eval.district_map(pd.Series([1], ["999"]), case, "x"),
            'không có mã đơn vị 999. Đặt chỉ mục bằng .set_index("unit_code")',
        ),
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
    assert len({*names, *fields}) <= 30
    methods = {name: getattr(Case, name) for name in names if callable(getattr(Case, name))}
    for name, method in methods.items():
        first, *lines = method.__doc__.splitlines()
        assert not first.isascii() and any(f".{name}(" in line for line in lines), name
