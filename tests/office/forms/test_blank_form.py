"""The blank returns: one for each reporter, read back as blank.

What those of 228 and 25 say, open and check is approved in tests/golden/blank_forms.txt.
"""

from io import BytesIO
from pathlib import Path

import pytest
from made import COM, ENF, HARM, INFO, INT, MEDIA, MODEL, blank
from openpyxl import load_workbook

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

CODES = ("227", "228", *map(str, range(230, 241)), "25")
COMMUNES = dict(zip(CODES, (23, 10, 28, 33, 27, 19, 17, 31, 20, 14, 23, 15, 17, 0), strict=True))


@pytest.mark.slow
def test_blank_return_of_each_reporter_has_its_sheets_and_communes(plan: Plan) -> None:
    """Each commune once and in order, then 30 rows for further forms of a commune."""
    for code in CODES:
        book = load_workbook(BytesIO(blank(code)), read_only=True)
        sheets = (MODEL, MEDIA, ENF) if code == "25" else (COM, INT, HARM, MODEL, ENF)
        assert book.sheetnames == ["Kiểm tra", INFO, *sheets]
        unit = [code, plan.register.full_name[code]]
        assert [book[INFO]["B8"].value, book[INFO]["B9"].value] == unit
        if code != "25":
            communes = plan.communes(code)
            rows = [row[:2] for row in book[COM].iter_rows(5, 34 + len(communes), values_only=True)]
            assert rows[:-30] == [*communes.name.items()] and len(communes) == COMMUNES[code]
            assert [code for code, _ in rows[-30:]] == [None] * 30
            assert book[COM].max_row == 4 + len(rows)


def test_blank_return_written_twice_has_the_same_bytes(plan: Plan) -> None:
    """No time of its own in the file, so that a changed byte is a changed form."""
    assert blank_return(plan, "228") == blank("228")
    properties = load_workbook(BytesIO(blank("228"))).properties
    assert properties.creator == properties.lastModifiedBy == "pcmd-eval"


@pytest.mark.slow
def test_blank_return_read_back_is_blank(tmp_path: Path, plan: Plan) -> None:
    """Every cell of the fourteen is there and blank, and all are `empty`: the sheet of checks is
    passed over.

    Expected cells, by hand: a district has (4 quarters + attendance) for each commune, 5 programmes
    x 3, 7 activities x 5, 1 statement on models and 11 rows x 4; the province 1 + 3 outlets x 12 +
    44. The optional rows do not count.
    """
    for code in CODES:
        (tmp_path / f"{code}.xlsx").write_bytes(blank(code))
    intake = read_returns(plan, tmp_path)
    assert {*intake.cells.state} == {"blank"} and intake.cells["cell"].notna().all()
    expected = {code: 5 * n + 5 * 3 + 7 * 5 + 1 + 11 * 4 for code, n in COMMUNES.items()}
    expected["25"] = 1 + 3 * 12 + 44
    assert intake.returns.set_index("reporter").expected.to_dict() == expected
    assert {*intake.returns.state} == {"empty"}
    assert {*intake.issues.rule} == {"cutoff-date", "sent-date"}


def test_blank_return_of_another_plan_has_its_own_sheets(tmp_path: Path) -> None:
    """A plan of two objectives: the form has their sheets only, and reads back without a
    disagreement.
    """
    plan = load_plan("binh_thuan_2017")
    (tmp_path / "a.xlsx").write_bytes(blank_return(plan, plan.reporting_units.index[0]))
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["Kiểm tra", INFO, COM, INT]
    assert {*read_returns(plan, tmp_path).issues.rule} == {"cutoff-date", "sent-date"}


@pytest.mark.parametrize("is_binding", [True, False])
def test_blank_return_prints_a_deadline_only_where_it_binds(
    tmp_path: Path, is_binding: bool
) -> None:
    text = (paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8")
    file = tmp_path / "phu_tho_2017.yaml"
    status = "status: stated" if is_binding else "status: assumption"
    file.write_text(text.replace("status: assumption", status, 1), encoding="utf-8")
    book = load_workbook(BytesIO(blank_return(load_plan(str(file)), "228")))
    assert book[COM]["A2"].value.endswith(" Hạn gửi: 20/12/2017.") == is_binding
