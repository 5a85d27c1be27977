"""The department stands in one line of data/review.yaml."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from editions import case_of
from openpyxl import load_workbook
from papers import everything, made

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.report_settings import Department
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.yaml_models import parse_model

OLD, NEW = "Sở Lao động - Thương binh và Xã hội", "Sở Y tế"


@pytest.mark.slow
def test_department_renamed_in_one_line_is_renamed_in_papers_pages_and_forms(
    plan: Plan, tmp_path: Path
) -> None:
    assert (paths.DATA / "review.yaml").read_text(encoding="utf-8").count(OLD) == 1
    review = {"department": {"name": NEW, "drafter": "NVY"}}
    renamed = Plan.model_validate(plan.content() | {"review": review})
    for name in ("230-doan-hung", "231-ha-hoa"):
        shutil.copy(paths.returns_folder(plan.name) / f"{name}.xlsx", tmp_path)
    case = case_of(renamed, read_returns(renamed, tmp_path), internal=True)
    texts = {unit: everything(made(case, unit)) for unit in ("230", "240", "25")}
    texts |= {
        place: content.decode()
        for place, content in pages(case, [*plan.reporters.index]).items()
        if place.endswith(".html")
    }
    form = load_workbook(BytesIO(blank_return(renamed, "230")))
    cells = [cell for sheet in form for row in sheet.iter_rows() for cell in row]
    texts["form"] = " ".join(str(cell.value) for cell in cells)
    assert [name for name, text in texts.items() if NEW not in text] == []
    for old in ("Sở Lao động", "SLĐTBXH"):
        assert [name for name, text in texts.items() if old in text] == []


@pytest.mark.parametrize(
    ("name", "lines", "symbol", "field"),
    [
        (OLD, ["SỞ LAO ĐỘNG -", "THƯƠNG BINH VÀ XÃ HỘI"], "SLĐTBXH", OLD.removeprefix("Sở ")),
        (NEW, ["SỞ Y TẾ"], "SYT", "Y tế"),
    ],
)
def test_department_derives_its_names_from_one(name, lines, symbol, field):
    department = Department(name=name, drafter="NV", signing=["GIÁM ĐỐC"])
    assert department.heading_lines == lines
    names = {"department": name, "short": "Sở", "symbol": symbol, "field": field}
    assert department.placeholders == names | {"drafter": "NV"}


def test_department_signing_without_brackets_is_refused():
    with pytest.raises(InputRefused, match=r"ngoặc vuông.*\[GIÁM ĐỐC\]"):
        parse_model(b"signing: GI\xc3\x81M \xc4\x90\xe1\xbb\x90C", "review.yaml", Department)
