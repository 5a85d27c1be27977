"""The notebooks: their form, and that each finds what is filed, under every rule and on damaged
returns.
"""

import ast
import re
from collections.abc import Callable
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from editions import execute, tables
from filling import fill
from nbformat import NotebookNode
from yaml_files import write_yaml

from pcmd_eval.analysis.case import is_internal
from pcmd_eval.analysis.session import Case, close_case, open_case, read_proof
from pcmd_eval.analysis.show import SHOWN_BY, conclusion
from pcmd_eval.charts.picture import Picture
from pcmd_eval.evaluation.findings import judge
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

OBJECTIVES = {
    path.stem: path.stem.partition("_")[2] for path in sorted(paths.NOTEBOOKS.glob("[1-6]_*.ipynb"))
}
NAMES = [*OBJECTIVES, "district_review", "province_review"]
Execution = Callable[[str, str], tuple[dict[str, Any], list[Any]]]
HEADINGS = [
    *(
        "Kết luận",
        "Kế hoạch yêu cầu gì",
        "Đã nhận được những gì",
        "Cách tính",
        "So với các đơn vị khác",
    ),
    *("Kết luận thay đổi theo quy tắc nào", "Hạn chế", "Đối chiếu", "Tự tìm hiểu"),
]


def read(name: str) -> NotebookNode:
    """A notebook as its file holds it."""
    return nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", 4)


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


@pytest.fixture(scope="module")
def filed(plan: Plan, shipped: Intake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped tables of the exact edition; only read."""
    return tables(tmp_path_factory.mktemp("exact"), plan, shipped)


@pytest.fixture
def exact(plan: Plan, filed: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan, with these tables where notebooks look for them."""
    monkeypatch.setenv("PCMD_TABLES", str(filed))
    return plan


@pytest.fixture(scope="module")
def executed(plan: Plan, filed: Path) -> Execution:
    """Runs a notebook for a unit on these tables, once for all who only read what it gives."""

    @cache
    def run(name: str, unit: str) -> tuple[dict[str, Any], list[Any]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PCMD_TABLES", str(filed))
            return execute(name, plan.name, unit)

    return run


# ---- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_notebook_has_two_parameters_and_short_plain_cells(name: str) -> None:
    """No definitions, loops, paths or outputs; cells for analysts come last."""
    notebook = read(name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (parameters,) = (cell for cell in code if "parameters" in tags(cell))
    declared = [(line.target.id, line.annotation.id) for line in ast.parse(parameters.source).body]
    assert declared == [("plan", "str"), ("unit", "str")]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    banned = (
        ast.FunctionDef,
        ast.Lambda,
        ast.For,
        ast.While,
        ast.ListComp,
        ast.DictComp,
        ast.GeneratorExp,
    )
    for cell in code:
        assert not cell.outputs and cell.execution_count is None, cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id
        assert not any(isinstance(node, banned) for node in ast.walk(ast.parse(cell.source))), (
            cell.id
        )
        assert not re.search(r"""["'](\.{0,2}/|[^"' ]+\.(csv|xlsx|yaml|png))""", cell.source), (
            cell.id
        )
        assert len(cell.source.splitlines()) <= 6, cell.id
    start = next(
        at for at, cell in enumerate(notebook.cells) if cell.source.startswith("## Tự tìm hiểu")
    )
    assert all("analyst" in tags(cell) for cell in notebook.cells[start:])
    assert "show(close_case(case, found))" in notebook.cells[start - 1].source
    assert 3 <= len(notebook.cells) - start - 1 <= 4


@pytest.mark.parametrize("name", NAMES)
def test_notebook_gives_a_name_in_one_cell_only(name: str) -> None:
    """So that cells can be run again in any order."""
    cells = [cell for cell in read(name).cells if cell.cell_type == "code"]
    given: dict[str, set[str]] = {}
    for cell in cells:
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                given.setdefault(node.id, set()).add(cell.id)
    assert not {key for key, places in given.items() if len(places) > 1}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_notebook_of_an_objective_has_the_shared_headings(name: str) -> None:
    prose = "\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")
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
    plan: Plan, executed: Execution, name: str, unit: str
) -> None:
    """All that it shows is made by `show` or is one of the package's charts."""
    variables, shown = executed(name, unit)
    slugs = (
        [OBJECTIVES[name]]
        if name in OBJECTIVES
        else [objective.slug for objective in plan.objectives]
    )
    rows = [(row["unit_code"], row["objective"]) for row in variables["proved"]]
    assert rows == [(unit, slug) for slug in slugs]
    assert all(SHOWN_BY in what._repr_mimebundle_()[1] for what in shown)


@pytest.mark.parametrize(
    ("name", "unit", "said", "gone"),
    [
        (
            "district_review",
            "235",
            ["Số liệu còn thiếu không làm thay đổi kết luận nào.", "| không phụ thuộc quy tắc nào"],
            ["Không có chỉ tiêu nào còn thiếu"],
        ),
        (
            "province_review",
            "25",
            ["Huyện Đoan Hùng | lượt | 38 | 44 | tăng 06 lượt (15,8%)"],
            [],
        ),
        (
            "3_harm_reduction",
            "235",
            [
                "3.1 Giảm tác hại về HIV/AIDS | 3.2 Phòng ngừa, giảm bạo lực trên cơ sở giới\n"
                "Huyện Cẩm Khê | ▲ Không | ● Có"
            ],
            [],
        ),
    ],
)
def test_notebook_states_missing_data_with_reasons_and_explains_dashes(
    executed: Execution, name, unit, said, gone
) -> None:
    text = "\n".join(map(repr, executed(name, unit)[1]))
    first = text.partition("Chỉ tiêu và các quy tắc đang áp dụng")[0]
    assert all(words in first for words in said), first
    assert not any(words in text for words in gone)


def test_notebook_lists_failing_communes_first_and_once(executed: Execution) -> None:
    """Beside their quarters, before the method; all of them in one table with their counts."""
    variables, outputs = executed("1_communication", "235")
    shown, finding = [*map(repr, outputs)], variables["case"].finding("communication")
    at, (first, *_) = next(
        (at, text.splitlines()[2:]) for at, text in enumerate(shown) if "chưa rõ\n" in text
    )
    assert first == "Xã Ngô Xá | ● Có | ▲ Không | ● Có | ▲ Không | ▲ Không"
    named = [line.split(" | ")[0] for line in shown[at].splitlines()[2:]]
    assert len(named) == len({*named}) == finding.total - finding.low
    assert at < next(at for at, text in enumerate(shown) if "Các quý được xét" in text)
    tables = [text for text in shown[:-4] if "Xã Tiên Lương" in text]  # without the analyst's
    assert len(tables) == 1 and "Xã Tiên Lương | 4 | 2 | 2 | 4 | ● Có" in tables[0]


@pytest.mark.parametrize("at", [0, *(pytest.param(at, marks=pytest.mark.slow) for at in (1, 2, 3))])
def test_notebook_under_each_alternative_confirms_its_findings(
    plan: Plan, shipped: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """One other choice of each objective that has so many."""
    rounds = [*zip_longest(*map(plan.alternatives, plan.by_slug))]
    assert len(rounds) == 4
    taken = {slug: way for slug, way in zip(plan.by_slug, rounds[at], strict=True) if way}
    tried = plan.with_rules({(slug, way.key): way.choice.value for slug, way in taken.items()})
    file = write_yaml(tmp_path / "tried.yaml", tried.content())
    monkeypatch.setenv("PCMD_TABLES", str(tables(tmp_path, tried, shipped)))
    for name in (name for name, slug in OBJECTIVES.items() if slug in taken):
        variables, _ = execute(name, str(file), "25" if at % 2 else "230")
        assert len(variables["proved"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_notebook_of_damaged_returns_confirms_its_findings(
    plan: Plan, blanks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Returns full of disorder, in either edition."""
    fill(blanks, tmp_path / "filled", seed, 0.4)
    intake = read_returns(plan, tmp_path / "filled")
    monkeypatch.setenv("PCMD_TABLES", str(tables(tmp_path, plan, intake, public=seed % 2 == 1)))
    for name in NAMES:
        variables, _ = execute(name, plan.name, "227" if name.startswith("district") else "25")
        assert variables["proved"]


def test_notebook_of_the_public_edition_discloses_no_persons(
    plan: Plan, shipped: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cases by quarter, no model's name, persons as totals of the province only."""
    monkeypatch.setenv("PCMD_TABLES", str(tables(tmp_path, plan, shipped, public=True)))
    variables, shown = execute("6_enforcement", plan.name, "25")
    assert not is_internal(variables["case"])
    assert repr(shown[1]) == "Số liệu của bộ kết quả này.", "no path and no time in a set"
    assert (
        sum(repr(what) == "Số liệu chi tiết chỉ có trong bản lưu hành nội bộ." for what in shown)
        == 2
    )
    assert not any("Quý I |" in repr(what) for what in shown)
    _, shown = execute("4_support_model", plan.name, "25")
    assert "mô hình 1" in "".join(map(repr, shown)) and "Đồng hành" not in "".join(map(repr, shown))


# ---- opening and closing -------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [999, True, "999", "07888", "Huyện Không Có", None])
def test_notebook_unknown_unit_is_refused(unit: Any) -> None:
    """Also a commune; never replaced by another unit."""
    with pytest.raises(InputRefused):
        open_case("phu_tho_2017", unit)


def test_notebook_unit_given_as_a_number_is_the_code_of_its_digits() -> None:
    """`papermill -p unit 230` hands over a number; of `01` it makes 1, which is no code."""
    assert open_case("phu_tho_2017", 230).unit == "230"
    with pytest.raises(InputRefused, match="-r unit 1"):
        open_case("ha_noi_2026", 1, returns="data/returns/phu_tho_2017")


def test_open_case_of_a_folder_without_returns_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PCMD_TABLES", raising=False)
    monkeypatch.setenv("PCMD_RETURNS", str(tmp_path))
    with pytest.raises(InputRefused, match="Không đọc được báo cáo nào"):
        open_case("phu_tho_2017", "230")


def test_notebook_opened_by_hand_reads_the_returns_and_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PCMD_TABLES", raising=False)
    case = open_case("phu_tho_2017", "Đoan Hùng")
    assert (case.unit, is_internal(case), len(case.findings)) == ("230", True, 84)
    assert re.fullmatch(
        r"Đã đọc 13 tệp trong \S+phu_tho_2017 lúc \d\d:\d\d, ngày .+ năm \d{4}\.", case.source
    )
    assert case.marks == ["LƯU HÀNH NỘI BỘ", "SỐ LIỆU MINH HỌA"]
    first, second, marks = repr(case).splitlines()
    assert first == "Huyện Đoan Hùng (230) · Kế hoạch 884/KH-UBND, năm 2017"
    assert second.startswith("Báo cáo: ") and "1 chưa gửi" in second and case.source in second
    assert marks == "LƯU HÀNH NỘI BỘ · SỐ LIỆU MINH HỌA"
    assert case._repr_html_().count("<br>") == 2


def test_notebook_of_an_objective_missing_from_the_plan_is_refused(exact: Plan) -> None:
    """The sentence lists those of the plan."""
    case = open_case(exact.name, "230")
    for work in (case.finding, case.rules, partial(conclusion, case)):
        with pytest.raises(InputRefused, match="Tuyên truyền"):
            work("other")


def test_review_opened_for_the_other_level_is_about_that_unit(exact: Plan) -> None:
    """The province's review of a district compares the years of the province, a district's review
    of the province does not tell rows of districts apart by nothing.
    """
    for name, unit in (("province_review", "230"), ("district_review", "25")):
        variables, _ = execute(name, exact.name, unit)
        told = variables["whole" if unit == "230" else "changed"]
        assert {*told.unit_code} == {"25"}


def test_close_case_of_differing_findings_names_every_difference(
    exact: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding that is not the filed one, or none of this unit, is no success."""
    case = open_case(exact.name, "230")
    found = judge(exact, "communication", case.cells)
    monkeypatch.setenv("PCMD_PROOF", str(proof := tmp_path / "proof"))
    wrong = found.assign(low=found.low.mask(found.unit_code.isin(["230", "231"]), 1))
    with pytest.raises(
        AssertionError, match=r"communication của đơn vị 230, cột low; communication của đơn vị 231"
    ):
        close_case(case, wrong)
    with pytest.raises(AssertionError, match="không có kết quả nào của huyện Đoan Hùng"):
        close_case(case, found[found.unit_code != "230"])
    assert not read_proof(proof)
    close_case(case, found)
    assert [row["low"] for row in read_proof(proof)] == ["21"]


def test_close_case_requires_the_sentence_of_its_own_unit(
    exact: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other units may come without one; a sentence that is there must be true."""
    case = open_case(exact.name, "230")
    monkeypatch.setenv("PCMD_PROOF", str(proof := tmp_path / "proof"))
    found = judge(exact, "communication", case.cells, explained=["230"])
    told = found.reason.notna()
    assert [*found.unit_code[told]] == ["230"]
    with pytest.raises(AssertionError, match=r"đơn vị 230, cột reason\.$"):
        close_case(case, found.assign(reason=found.reason.mask(told)))
    with pytest.raises(AssertionError, match="đơn vị 231, cột reason"):
        close_case(case, found.assign(reason=found.reason.mask(found.unit_code == "231", "Đạt.")))
    close_case(case, found)
    assert [row["reason"] for row in read_proof(proof)] == [case.finding("communication").reason]


# ---- what analysts ask ---------------------------------------------------------------------------

TASKS = {
    "communes that did not keep it up": """
kept = communes.loc["230"]
answer = case.units.full_name[kept.index[~kept.fillna(True)]]
show(answer, "Xã không duy trì tuyên truyền")""",
    "attendance by district as a chart": """
answer = cells[cells.period == "Y"].groupby("reporter").number.sum(min_count=1)
chart = bars(answer, case, "Lượt người dự")""",
    "two objectives side by side": """
answer = case.findings.pivot(index="unit_name", columns="objective", values="verdict")[["communication", "enforcement"]]
show(answer, "Hai chỉ tiêu", case)""",
    "everything of one objective to Excel": """
from pcmd_eval import save_excel
save_excel(file, case, cells=cells, found=found, quarters=quarters, communes=communes)""",
    "quarter I against quarter IV": """
answer = sessions.groupby("reporter")[["Q1", "Q4"]].sum(min_count=1)
show(answer, "Quý I và quý IV", case)""",
}


@pytest.mark.parametrize("task", TASKS)
def test_notebook_answers_an_analysts_task_in_three_lines(
    executed: Execution, tmp_path: Path, task: str
) -> None:
    """A sum over nothing is no 0."""
    variables = executed("1_communication", "230")[0] | {"file": tmp_path / "communication.xlsx"}
    lines = TASKS[task].strip().splitlines()
    assert len(lines) <= 3
    exec("\n".join(lines), variables)
    answer, case = variables.get("answer"), variables["case"]
    if task.startswith("communes"):
        assert len(answer) == 7 and "Xã Phúc Lai" in [*answer]
    elif task.startswith("attendance"):
        assert (
            isinstance(variables["chart"], Picture)
            and pd.isna(answer["240"])
            and answer["227"] == 26674
        )
        assert "Huyện Tân Sơn: –" in variables["chart"].alt
    elif task.startswith("two"):
        assert [*answer.loc["Huyện Hạ Hoà"]] == ["met", "not_met"] and len(answer) == 14
    elif task.startswith("everything"):
        books = pd.read_excel(variables["file"], sheet_name=None, header=None)
        assert [*books] == ["cells", "found", "quarters", "communes"] and len(
            books["cells"]
        ) == len(variables["cells"]) + 2
        assert "SỐ LIỆU MINH HỌA" in books["cells"].iloc[0, 0]
    else:
        assert pd.isna(answer.loc["240", "Q1"]) and answer.loc["230", "Q1"] > 0
        assert isinstance(case, Case)


def test_notebook_answers_longer_questions_with_its_own_names(
    executed: Execution, tmp_path: Path
) -> None:
    """Cells that no unit reported stay unknown in every answer."""
    variables = executed("1_communication", "230")[0] | {"file": tmp_path / "bang.xlsx"}
    lines = """
from pcmd_eval import save_excel
each = quarters.unstack()
only = each["Q4"] & ~each["Q1"] & ~each["Q2"] & ~each["Q3"]
wide = case.indicators.query("level == 'district'")
wide = wide.pivot(index="unit_code", columns="label", values="value")
per_ten = wide["Cuộc tuyên truyền"] / wide["Xã, phường, thị trấn"] * 10
sixth = case.findings[case.findings.objective == "enforcement"]
joined = sixth.merge(case.returns, left_on="unit_code", right_on="reporter", suffixes=("", "_2"))
save_excel(file, case, **{"Chỉ tiêu 6": joined[["unit_name", "state", "late", "verdict"]]})
two = at_least(2, quarters, by=["reporter", "unit_code"])
upland = communes.index.get_level_values("reporter").isin(["238", "240"])
tried = judge(case.plan, "communication", cells, {"communes": communes.where(~upland, two)})
""".strip().splitlines()
    assert len(lines) <= 16
    exec("\n".join(lines), variables)
    only = variables["only"]
    names = variables["case"].units["name"]
    sure = only.index[only.fillna(False)].get_level_values("unit_code")
    assert [*names[sure]] == ["Phú Hộ", "Phương Thịnh", "Bản Nguyên"]
    assert only["240"].isna().all(), "who sent nothing may be one of them"
    assert pd.isna(variables["per_ten"]["240"]) and variables["per_ten"]["227"] == 291 / 23 * 10
    joined = variables["joined"].set_index("unit_code")
    assert (joined.state["240"], joined.verdict["240"]) == ("missing", "undetermined")
    heads = pd.read_excel(variables["file"], header=1).columns
    assert [*heads] == ["Đơn vị", "Tình trạng", "Sau hạn gửi", "Kết luận"]
    tried = variables["tried"].set_index("unit_code")
    assert tried.low["238"] == 20 and tried.low["230"] == 21 and tried.high["240"] == 17
