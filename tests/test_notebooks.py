"""The notebooks: their form, and that each finds what is filed, under every rule and on damaged
returns. What four of them show in words is approved in tests/golden/notebooks.
"""

import ast
import re
import shutil
from collections.abc import Callable
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from editions import case_of, execute
from filling import fill
from nbformat import NotebookNode
from seeds import seeds
from yaml_files import write_yaml

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case_editions import RunCase, close_case
from pcmd_eval.analysis.case_queries import is_internal
from pcmd_eval.analysis.conclusions import conclusion
from pcmd_eval.analysis.show import SHOWN_BY
from pcmd_eval.evaluation.findings import judge
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.session import open_case
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

OBJECTIVES = {
    path.stem: path.stem.partition("_")[2] for path in sorted(paths.NOTEBOOKS.glob("[1-6]_*.ipynb"))
}
NAMES = [*OBJECTIVES, "district_review", "province_review"]
Execution = Callable[[str, str], tuple[dict[str, Any], list[Any]]]
HEADINGS = [
    "Kết luận",
    "Kế hoạch yêu cầu gì",
    "Đã nhận được những gì",
    "Cách tính",
    "So với các đơn vị khác",
    "Kết luận thay đổi theo quy tắc nào",
    "Hạn chế",
    "Đối chiếu",
    "Tự tìm hiểu",
]
BANNED = (
    ast.FunctionDef | ast.Lambda | ast.For | ast.While | ast.ListComp | ast.DictComp
) | ast.GeneratorExp
PATH = re.compile(r"""["'](\.{0,2}/|[^"' ]+\.(csv|xlsx|yaml|png))""")


@pytest.fixture(scope="module")
def shipped_case(plan: Plan, shipped: Intake) -> RunCase:
    """The shipped returns in the exact edition; only read."""
    return RunCase(plan.name, case_of(plan, shipped, internal=True))


@pytest.fixture
def exact(plan: Plan, shipped_case: RunCase, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan, with that case where notebooks of the batch find theirs."""
    monkeypatch.setattr(case_editions, "run_case", shipped_case)
    return plan


@pytest.fixture(scope="module")
def execution(plan: Plan, shipped_case: RunCase) -> Execution:
    """Runs a notebook for a unit on that case, once for all who only read what it gives."""

    @cache
    def run(name: str, unit: str) -> tuple[dict[str, Any], list[Any]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(case_editions, "run_case", shipped_case)
            return execute(name, plan.name, unit)

    return run


# ---- form ----------------------------------------------------------------------------------------


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


@pytest.mark.parametrize("name", NAMES)
def test_notebook_has_two_parameters_and_short_plain_cells(name: str) -> None:
    """No definitions, loops, paths or outputs; each name is given in one cell, so that cells can be
    run again in any order; cells for analysts come last.
    """
    notebook = nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    [parameters] = (cell for cell in code if "parameters" in tags(cell))
    declared = [(line.target.id, line.annotation.id) for line in ast.parse(parameters.source).body]
    assert declared == [("plan", "str"), ("unit", "str")]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    places: dict[str, str] = {}
    for cell in code:
        nodes = [*ast.walk(ast.parse(cell.source))]
        assert not cell.outputs and cell.execution_count is None, cell.id
        assert not cell.source.rstrip().endswith(";") and not PATH.search(cell.source), cell.id
        assert not any(isinstance(node, BANNED) for node in nodes), cell.id
        assert len(cell.source.splitlines()) <= 6, cell.id
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assert places.setdefault(node.id, cell.id) == cell.id, node.id
    sources = [cell.source for cell in notebook.cells]
    start = next(at for at, text in enumerate(sources) if text.startswith("## Tự tìm hiểu"))
    assert all("analyst" in tags(cell) for cell in notebook.cells[start:])
    assert "show(close_case(case, found))" in sources[start - 1]
    assert 3 <= len(sources) - start - 1 <= 4
    if name in OBJECTIVES:
        prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert re.findall(r"^## (.+)$", prose, re.MULTILINE) == HEADINGS


# ---- what they find ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *((name, unit) for name in OBJECTIVES for unit in ("240", "25")),
        ("district_review", "240"),
        ("province_review", "25"),
    ],
)
def test_notebook_of_shipped_returns_confirms_its_findings(
    plan: Plan, execution: Execution, name: str, unit: str
) -> None:
    """All that it shows is made by `show` or is one of the package's charts."""
    variables, displays = execution(name, unit)
    slugs = [OBJECTIVES[name]] if name in OBJECTIVES else [*plan.by_slug]
    rows = [(row["unit_code"], row["objective"]) for row in variables["compared_findings"]]
    assert rows == [(unit, slug) for slug in slugs]
    assert all(SHOWN_BY in display._repr_mimebundle_()[1] for display in displays)


@pytest.mark.slow
@pytest.mark.parametrize("at", seeds([0, 1], [2, 3]))
def test_notebook_under_each_alternative_confirms_its_findings(
    plan: Plan, shipped: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """One other choice of each objective that has so many."""
    rounds = [*zip_longest(*map(plan.alternatives, plan.by_slug))]
    assert len(rounds) == 4
    choices = {slug: way for slug, way in zip(plan.by_slug, rounds[at], strict=True) if way}
    changed = plan.with_rules({(slug, way.key): way.choice.value for slug, way in choices.items()})
    file = write_yaml(tmp_path / "changed.yaml", changed.content())
    case = case_of(changed, shipped, internal=True)
    monkeypatch.setattr(case_editions, "run_case", RunCase(str(file), case))
    for name in (name for name, slug in OBJECTIVES.items() if slug in choices):
        variables, _ = execute(name, str(file), "25" if at % 2 else "230")
        assert len(variables["compared_findings"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds([11], [12]))
def test_notebook_of_damaged_returns_confirms_its_findings(
    plan: Plan, blanks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Returns full of disorder, in either edition."""
    fill(blanks, tmp_path / "filled", seed, 0.4)
    intake = read_returns(plan, tmp_path / "filled")
    case = case_of(plan, intake, internal=seed % 2 == 0)
    monkeypatch.setattr(case_editions, "run_case", RunCase(plan.name, case))
    for name in NAMES:
        variables, _ = execute(name, plan.name, "227" if name.startswith("district") else "25")
        assert variables["compared_findings"]


@pytest.mark.slow
def test_notebook_of_the_public_edition_discloses_no_persons(
    plan: Plan, shipped: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cases by quarter, no model's name, persons as totals of the province only."""
    monkeypatch.setattr(case_editions, "run_case", RunCase(plan.name, case_of(plan, shipped)))
    variables, displays = execute("6_enforcement", plan.name, "25")
    texts = [*map(repr, displays)]
    assert not is_internal(variables["case"])
    assert texts[1] == "Số liệu của bộ kết quả này.", "no path and no time in a set"
    assert texts.count("Số liệu chi tiết chỉ có trong bản lưu hành nội bộ.") == 2
    assert not any("Quý I |" in text for text in texts)
    _, displays = execute("4_support_model", plan.name, "25")
    text = "".join(map(repr, displays))
    assert "mô hình 1" in text and "Đồng hành" not in text


# ---- opening and closing -------------------------------------------------------------------------


def test_open_case_of_an_unknown_unit_is_refused() -> None:
    """Also of a commune; never replaced by another unit."""
    for unit in (999, True, "999", "07888", "Huyện Không Có", None):
        with pytest.raises(InputRefused):
            open_case("phu_tho_2017", unit)


@pytest.mark.slow
def test_open_case_of_a_number_is_the_unit_of_its_digits(tmp_path: Path) -> None:
    """`papermill -p unit 230` hands over a number; of `01` it makes 1, which is no code, of `00004`
    4.
    """
    assert open_case("phu_tho_2017", 230).unit == "230"
    shutil.copy(paths.returns_folder("phu_tho_2017") / "230-doan-hung.xlsx", tmp_path)
    for number, code in ((1, "01"), (4, "00004"), (999, "999")):
        with pytest.raises(InputRefused, match=f"“-r unit {code}”"):
            open_case("ha_noi_2026", number, returns=tmp_path)


@pytest.mark.slow
def test_open_case_by_hand_reads_the_returns_and_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_editions, "run_case", None)
    case = open_case("phu_tho_2017", "Đoan Hùng")
    assert (case.unit, is_internal(case), len(case.findings)) == ("230", True, 78)
    source = r"Đã đọc 13 tệp trong \S+phu_tho_2017 lúc \d\d:\d\d, ngày .+ năm \d{4}\."
    assert re.fullmatch(source, case.source)
    title, status, marks = repr(case).splitlines()
    assert title == "Huyện Đoan Hùng (230) · Kế hoạch 884/KH-UBND, năm 2017"
    assert "1 chưa gửi" in status and case.source in status
    assert marks == " · ".join(case.marks) == "LƯU HÀNH NỘI BỘ · SỐ LIỆU MINH HỌA"


def test_case_of_an_objective_missing_from_the_plan_is_refused(exact: Plan) -> None:
    """The sentence lists those of the plan."""
    case = open_case(exact.name, "230")
    for work in (case.finding, case.rules, partial(conclusion, case)):
        with pytest.raises(InputRefused, match="Tuyên truyền"):
            work("other")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "unit", "frame"),
    [("province_review", "230", "whole"), ("district_review", "25", "changed")],
)
def test_review_opened_for_the_other_level_compares_years_of_the_province(
    exact: Plan, name: str, unit: str, frame: str
) -> None:
    variables, _ = execute(name, exact.name, unit)
    assert {*variables[frame].unit_code} == {"25"}


def test_close_case_of_differing_findings_names_every_difference(
    exact: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding that is not the filed one, or none of this unit, is no success."""
    case = open_case(exact.name, "230")
    rows = judge(exact, "communication", case.cells)
    case_editions.compared_findings.clear()
    wrong = rows.assign(low=rows.low.mask(rows.unit_code.isin(["230", "231"]), 1))
    for rows_closed, message in (
        (wrong, "communication của đơn vị 230, cột low; communication của đơn vị 231"),
        (rows[rows.unit_code != "230"], "không có kết quả nào của huyện Đoan Hùng"),
    ):
        with pytest.raises(AssertionError, match=message):
            close_case(case, rows_closed)
    assert not case_editions.compared_findings
    close_case(case, rows)
    [row] = case_editions.compared_findings
    assert row["low"] == str(case.finding("communication").low)


def test_close_case_requires_the_sentence_of_its_own_unit(
    exact: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other units may come without one; a sentence that is there must be true."""
    case = open_case(exact.name, "230")
    case_editions.compared_findings.clear()
    rows = judge(exact, "communication", case.cells, explained=["230"])
    assert [*rows.unit_code[rows.reason.notna()]] == ["230"]
    with pytest.raises(AssertionError, match=r"đơn vị 230, cột reason\.$"):
        close_case(case, rows.assign(reason=pd.NA))
    with pytest.raises(AssertionError, match="đơn vị 231, cột reason"):
        close_case(case, rows.assign(reason=rows.reason.mask(rows.unit_code == "231", "Đạt.")))
    close_case(case, rows)
    [row] = case_editions.compared_findings
    assert row["reason"] == case.finding("communication").reason


# ---- what analysts ask ---------------------------------------------------------------------------

Variables = dict[str, Any]
# The lines that an analyst types, and a test of what they give; a sum over nothing is no 0.
TASKS: dict[str, tuple[str, Callable[[Variables], bool]]] = {
    "communes that did not keep it up": (
        """
active = communes.loc["230"]
answer = case.units.full_name[active.index[~active.fillna(True)]]
show(answer, "Xã không duy trì tuyên truyền")""",
        lambda v: len(v["answer"]) == 7 and "Xã Phúc Lai" in [*v["answer"]],
    ),
    "attendance by district as a chart": (
        """
answer = cells[cells.period == "Y"].groupby("reporter").number.sum(min_count=1)
chart = bars(answer, case, "Lượt người dự")""",
        lambda v: (
            "Thành phố Việt Trì: 26.674;" in v["chart"].alt and "Tân Sơn: –" in v["chart"].alt
        ),
    ),
    "two objectives side by side": (
        """
slugs = ["communication", "enforcement"]
answer = case.findings.pivot(index="unit_name", columns="objective", values="verdict")[slugs]
show(answer, "Hai chỉ tiêu", case)""",
        lambda v: [*v["answer"].loc["Huyện Hạ Hoà"]] == ["met", "not_met"],
    ),
    "quarter I against quarter IV": (
        """
answer = sessions.groupby("reporter")[["Q1", "Q4"]].sum(min_count=1)
show(answer, "Quý I và quý IV", case)""",
        lambda v: pd.isna(v["answer"].loc["240", "Q1"]) and v["answer"].loc["230", "Q1"] > 0,
    ),
    "only in quarter IV": (
        """
wide = quarters.unstack()
answer = wide["Q4"] & ~wide["Q1"] & ~wide["Q2"] & ~wide["Q3"]
names = case.units["name"][answer.index[answer.fillna(False)].get_level_values("unit_code")]""",
        lambda v: (
            [*v["names"]] == ["Phú Hộ", "Phương Thịnh", "Bản Nguyên"]
            and v["answer"]["240"].isna().all()
        ),
    ),
    "sessions for ten communes": (
        """
wide = case.indicators.pivot(index="unit_code", columns="label", values="value")
answer = wide["Cuộc tuyên truyền"] / wide["Xã, phường, thị trấn"] * 10""",
        lambda v: pd.isna(v["answer"]["240"]) and v["answer"]["227"] == 291 / 23 * 10,
    ),
    "another rule for two districts": (
        """
two = at_least(2, quarters, by=["reporter", "unit_code"])
upland = communes.index.get_level_values("reporter").isin(["238", "240"])
answer = judge(case.plan, "communication", cells, {"communes": communes.where(~upland, two)})""",
        lambda v: [*v["answer"].set_index("unit_code").low[["230", "238"]]] == [21, 20],
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_notebook_answers_an_analysts_task_in_three_lines(execution: Execution, task: str) -> None:
    variables, (lines, is_answered) = dict(execution("1_communication", "230")[0]), TASKS[task]
    assert len(lines.strip().splitlines()) <= 3
    exec(lines, variables)
    assert is_answered(variables)


@pytest.mark.slow
def test_notebook_saves_its_frames_and_a_join_to_excel(
    execution: Execution, tmp_path: Path
) -> None:
    variables = execution("1_communication", "230")[0] | {"file": tmp_path / "bang.xlsx"}
    lines = """
from pcmd_eval import save_excel
sixth = case.findings[case.findings.objective == "enforcement"]
joined = sixth.merge(case.returns, left_on="unit_code", right_on="reporter", suffixes=("", "_2"))
joined = joined[["unit_code", "unit_name", "state", "late", "verdict"]]
save_excel(file, case, cells=cells, quarters=quarters, communes=communes, joined=joined)"""
    exec(lines, variables)
    books = pd.read_excel(variables["file"], sheet_name=None, header=1, dtype=str)
    assert [*books] == ["cells", "quarters", "communes", "joined"]
    assert len(books["cells"]) == len(variables["cells"])
    silent = books["joined"].set_index("Mã").loc["240"]
    assert [*silent.index] == ["Đơn vị", "Tình trạng", "Sau hạn gửi", "Kết luận"]
    assert (silent["Tình trạng"], silent["Kết luận"]) == ("chưa gửi", "■ Chưa đủ số liệu")
