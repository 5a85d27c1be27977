"""A seventh objective: added to a copy of the project by the steps that CONTRIBUTING.md names, goes
through a whole run.
"""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
import toy
from docx import Document
from filling import fill
from papers import everything, rows

from pcmd_eval.util import paths

pytestmark = pytest.mark.slow

SHEET = """  - objective: courses
    name: 7 Tập huấn
    title: TẬP HUẤN CÁN BỘ LÀM CÔNG TÁC PHÒNG, CHỐNG MẠI DÂM
    instructions: Ghi số lớp đã mở trong từng quý. Không có thì ghi 0, không để trống.
    reporter: unit
    rows: items
    columns:
      - {key: code, header: Mã, kind: key, width: 8}
      - {key: item, header: Nội dung, kind: label, width: 46}
      - {key: q1, header: Quý I, kind: count, period: Q1, most: 999, width: 9}
      - {key: q2, header: Quý II, kind: count, period: Q2, most: 999, width: 9}
      - {key: q3, header: Quý III, kind: count, period: Q3, most: 999, width: 9}
      - {key: q4, header: Quý IV, kind: count, period: Q4, most: 999, width: 9}
    items:
      - {code: "7.1", label: Lớp tập huấn}

"""
ASKED = """
  - number: 7
    slug: courses
    title: Tập huấn cán bộ
    sentence: 50% các huyện, thành, thị mở lớp tập huấn cho cán bộ làm công tác phòng, chống mại dâm
    level: province
    counted: huyện, thành, thị
    achievement: đã mở đủ lớp tập huấn
    shortfall: chưa mở đủ lớp tập huấn
    target: {value: ">= 50%", status: stated, why: Câu của kế hoạch.}
    unit_target: {value: "1", status: assumption, why: Phần của huyện., source: Quy ước}
    rules:
      classes:
        label: Số lớp tập huấn trong năm
        value: 2
        status: assumption
        why: Kế hoạch không nêu số lớp.
        source: Quy ước của người đánh giá
        choices:
          - {value: 1, label: ít nhất 1 lớp}
          - {value: 2, label: ít nhất 2 lớp}
"""
MODULE = '''"""Objective 7: units hold training courses for their officials."""

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Count, Rule, Rules
from pcmd_eval.objectives.targets import COUNTED_SHAPES


class CoursesRules(Rules):
    classes: Rule[Count]


def courses(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """… các huyện, thành, thị mở lớp tập huấn cho cán bộ làm công tác phòng, chống mại dâm.

    A unit counts if the classes of its quarters add up to enough.
    """
    asked = cells[cells.objective == "courses"]
    known = asked.number.groupby(asked.reporter)
    enough = (known.sum() >= rules["classes"]).astype("boolean")
    complete = asked.number.notna().groupby(asked.reporter).all()
    return {"cells": asked.some, "districts": enough.where(enough | complete)}


DEFINITION = Definition(
    function=courses,
    rules=CoursesRules,
    province_shapes=COUNTED_SHAPES,
    unit_shapes=("duty",),
    part_step="districts",
    part_label="Từng đơn vị",
)
'''
# Six districts have two classes or more, four have fewer, three could still: 230 wants one cell.
CLASSES = dict.fromkeys(("227", "228", "231", "232", "233"), (1, 0, 0, 1))
CLASSES |= dict.fromkeys(("234", "235", "236", "237"), (0, 1, 0, 0))
CLASSES |= {"230": (1, None, 0, 0), "238": (2, None, 0, 0)}
OF_PROVINCE = (
    "Tỉnh Phú Thọ có 6/13 (46,2%) huyện, thành, thị đã mở đủ lớp tập huấn; nếu tính cả 03 huyện, "
    "thành, thị chưa đủ số liệu, tối đa 9/13 (69,2%). Mức cần đạt: 7/13 (từ 50% trở lên). Chưa đủ "
    "số liệu để đánh giá: chờ huyện Đoan Hùng, huyện Thanh Thuỷ và huyện Tân Sơn (cần thêm ít nhất "
    "01)."
)
OF_DISTRICT = "Chưa đủ số liệu để đánh giá huyện Đoan Hùng đã mở đủ lớp tập huấn hay chưa."
EXPLORED = """
from pcmd_eval.session import open_case
from pcmd_eval.analysis.scenario import parts_of, what_if
case = open_case("phu_tho_2017", "25")
scenario = what_if(case, {("courses", "classes"): 1})
print(scenario.finding("courses").verdict, parts_of(scenario, "courses").low.sum())
print(parts_of(case.at("230"), "courses").districts.isna().all())
"""


def insert(file: Path, before: str, text: str) -> None:
    """Put text into a file before what a pattern finds once."""
    content, count = re.subn(before, lambda match: text + match[0], file.read_text("utf-8"))
    assert count == 1, (file, before)
    file.write_text(content, encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of package and data with small notebooks, and the objective added to it; with returns
    in which all is told of the other six.
    """
    root = tmp_path_factory.mktemp("seventh")
    slugs = (*toy.SLUGS, "courses")
    code = Path(__file__).parents[1] / "pcmd_eval"
    # With what is compiled, but for what somebody else may be writing just now.
    shutil.copytree(code, root / "pcmd_eval", ignore=shutil.ignore_patterns("*.pyc.*"))
    shutil.copytree(paths.DATA, root / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    form = root / "data/forms/return_v2.yaml"
    shutil.copy(paths.FORMS / "return_v1.yaml", form)
    insert(form, r"(?m)^(#.*\n)+checks:", SHEET)
    plan = root / "data/plans/phu_tho_2017.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("return_v1", "return_v2") + ASKED)
    with (root / "data/disclosure.yaml").open("a", encoding="utf-8") as policy:
        policy.write('  courses:\n    "7.1": public\n')
    objectives = root / "pcmd_eval/objectives"
    (objectives / "courses.py").write_text(MODULE, encoding="utf-8")
    insert(objectives / "registry.py", r"    enforcement,\n    harm", "    courses,\n")
    entry = '    "courses": courses.DEFINITION,\n'
    insert(objectives / "registry.py", r"(?m)^}\nMODEL_SLUGS = ", entry)
    (root / "notebooks").mkdir()
    books = {f"{number}_{slug}": (slug,) for number, slug in enumerate(slugs, 1)}
    books |= dict.fromkeys(("district_review", "province_review"), slugs)
    for name, judged in books.items():
        nbformat.write(toy.notebook(slugs=judged), str(root / "notebooks" / f"{name}.ipynb"))
    run_command(root, "template", "--to", str(root / "blank"))

    def fill_in(code: str, book: openpyxl.Workbook) -> None:
        for column, number in enumerate(CLASSES.get(code, ()), 3):
            book["7 Tập huấn"].cell(5, column).value = number

    fill(root / "blank", root / "data/returns/phu_tho_2017", 3, 0, near=True, more=fill_in)
    run_command(root, "run", "--unit", "230", "--unit", "25")
    return root


def run_command(root: Path, *arguments: str) -> str:
    """Return the output of that project's package after a command."""
    code, output = toy.pcmd(root, *arguments, cwd=root)
    assert code == 0, output
    return output


def test_run_with_a_seventh_objective_gives_its_findings(project: Path) -> None:
    """Verdicts, counts and sentences, worked by hand from `CLASSES`."""
    table = pd.read_csv(project / "outputs/phu_tho_2017/published/findings.csv", dtype="string")
    findings = table[table.objective == "courses"].set_index("unit_code")
    assert len(table) == 14 * 7 and len(findings) == 14
    assert findings.loc["25", ["low", "high", "needed", "total"]].tolist() == ["6", "9", "7", "13"]
    assert (findings.reason["25"], findings.reason["230"]) == (OF_PROVINCE, OF_DISTRICT)
    verdicts = {"227": "met", "238": "met", "234": "not_met", "230": "undetermined"}
    assert findings.verdict[[*verdicts]].to_dict() == verdicts


def test_run_with_a_seventh_objective_shows_it_on_pages_and_in_documents(project: Path) -> None:
    """Its own page, the matrix, its row and sentence in Word."""
    published, internal = (project / f"outputs/phu_tho_2017/{n}" for n in ("published", "internal"))
    for unit, folder, sentence in (
        ("230", "districts/230-doan-hung", OF_DISTRICT),
        ("25", "province", OF_PROVINCE),
    ):
        start = sentence.split(";")[0]
        assert start in (published / folder / "7_courses.html").read_text(encoding="utf-8")
        [file] = (internal / "documents").glob(f"*-?ao-884-{unit}-*.docx")
        document = Document(str(file))
        assert ["7", "Tập huấn cán bộ"] in [
            row[:2] for table in document.tables for row in rows(table)
        ]
        # A notice has its sentences in the table, the report in chapters.
        assert f"\n{start}" in everything(document)
    assert "Tập huấn cán bộ" in (published / "index.html").read_text(encoding="utf-8")


def test_seventh_objective_is_traced_asked_for_and_explored(project: Path) -> None:
    """Trace, reminders and what-if; the audit workbook has its findings and steps."""
    assert "7.1 Lớp tập huấn, Quý II: " in run_command(project, "trace", "230", "7")
    internal = project / "outputs/phu_tho_2017/internal"
    with (internal / "reminders.csv").open(encoding="utf-8") as file:
        requests = {(row["reporter"], row["period"]) for row in csv.DictReader(file)}
    assert {("230", "Q2"), *(("239", f"Q{n}") for n in (1, 2, 3, 4))} <= requests
    book = openpyxl.load_workbook(internal / "audit.xlsx", data_only=True)
    assert book["Kết quả"].max_row == 2 + 14 * 7
    assert [title for title in book.sheetnames if title.startswith("7 ")]
    command = [sys.executable, "-c", EXPLORED]
    process = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    assert process.stdout == "met 11\nTrue\n"
