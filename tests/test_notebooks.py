"""The templates keep the form that readers, the batch and nbval rely on; opening and closing a case."""

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import findings_csv
from pcmd_eval.notebook import close_case, for_all_objectives, for_all_units, open_case
from pcmd_eval.objectives import OBJECTIVES, communication, evaluate
from pcmd_eval.observations import observations_csv, returns_csv

OBJECTIVE_NOTEBOOKS = [f"{number}_{slug}" for number, slug in enumerate(OBJECTIVES, 1)]
EVALUATIONS = [*OBJECTIVE_NOTEBOOKS, "district_review", "province_review"]
NAMES = [*EVALUATIONS, "explore"]
HEADINGS = [
    *("Kết luận", "Kế hoạch yêu cầu gì", "Đã nhận được những gì", "Cách tính", "So với các huyện khác"),
    *("Phụ thuộc vào lựa chọn nào", "Điều chưa nói lên được", "Đối chiếu"),
]
PLAN = "phu_tho_2017"
FORBIDDEN = (
    *(ast.FunctionDef, ast.Lambda, ast.For, ast.While, ast.If, ast.IfExp, ast.With, ast.Try, ast.ClassDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def read(name):
    return nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", as_version=4)


def cells(name, kind):
    return [cell for cell in read(name).cells if cell.cell_type == kind]


def prose(name):
    return "\n".join(cell.source for cell in cells(name, "markdown"))


@pytest.mark.parametrize("name", NAMES)
def test_template_is_valid_and_holds_no_result(name):
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(c.outputs == [] and c.execution_count is None for c in cells(name, "code"))
    hidden = {"source_hidden": True} if name == "explore" else None  # its readers see a page, not code
    assert all(set(c.metadata) <= {"tags", "jupyter"} for c in notebook.cells)
    assert all(c.metadata.get("jupyter") == hidden for c in cells(name, "code"))
    assert len({c.id for c in notebook.cells}) == len(notebook.cells)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", c.id) for c in notebook.cells)


@pytest.mark.parametrize("name", NAMES)
def test_one_parameters_cell_with_exactly_plan_and_unit(name):
    notebook = read(name)
    tagged = [c for c in notebook.cells if c.metadata.get("tags")]
    assert [c.metadata.tags for c in tagged] == [["parameters"]]
    assert notebook.cells[0].source.startswith("# ")
    assert notebook.cells[1] is tagged[0]
    unit = "25" if name == "province_review" else "230"
    first, second = tagged[0].source.splitlines()
    assert re.fullmatch(rf'plan: str = "{PLAN}"  # .+', first)
    assert re.fullmatch(rf'unit: str = "{unit}"  # .+', second)


@pytest.mark.parametrize("name", NAMES)
def test_code_is_short_and_only_calls(name):
    for cell in cells(name, "code"):
        lines = cell.source.splitlines()
        assert 1 <= len(lines) <= 5, cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [n for n in nodes if isinstance(n, FORBIDDEN)], cell.id
        numbers = [n.value for n in nodes if isinstance(n, ast.Constant) and not isinstance(n.value, str)]
        assert not numbers, f"{cell.id}: a threshold in a notebook"
        modules = [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
        assert all(m.split(".")[0] == "pcmd_eval" for m in modules)
        assert "/" not in cell.source, f"{cell.id}: a path in a notebook"


@pytest.mark.parametrize("name", EVALUATIONS)
def test_an_evaluation_ends_with_the_proof_of_its_finding(name):
    assert "close_case(" in cells(name, "code")[-1].source


def test_every_notebook_is_held_to_these_rules():
    assert {path.stem for path in paths.NOTEBOOKS.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", OBJECTIVE_NOTEBOOKS)
def test_headings_are_those_of_every_objective_in_order(name):
    assert re.findall(r"^## (.+)$", prose(name), re.MULTILINE) == HEADINGS
    slug = name.partition("_")[2]
    code = "\n".join(cell.source for cell in cells(name, "code"))
    assert f"finding = objectives.{slug}(case.evidence, case.unit)" in code


@pytest.mark.parametrize("name", NAMES)
def test_prose_holds_for_every_unit_and_plan(name, case):
    words = prose(name)
    assert not re.search(r"\d", words), "a number belongs to what code prints"
    names = {unit.full_name for unit in case.project.register.units.values()}
    names |= {unit.name for unit in case.project.register.districts}
    assert not [n for n in names if n in words]


@pytest.fixture(scope="module")
def case():
    return open_case(PLAN, "230")


@pytest.mark.parametrize(
    ("plan", "unit", "words"),
    [
        ("không có", "230", "Không có kế hoạch"),
        (PLAN, "999", "Không có đơn vị"),
        (PLAN, "07969", "Không có đơn vị"),
        (PLAN, 230, "phải là văn bản"),
        (None, "230", "phải là văn bản"),
    ],
)
def test_open_case_refuses_in_words(plan, unit, words):
    with pytest.raises(InputRefused, match=words):
        open_case(plan, unit)


def test_a_refusal_is_shown_without_a_traceback():
    """Whoever types a wrong unit reads the sentence, not twenty lines of code."""
    with pytest.raises(InputRefused) as refused:
        open_case(PLAN, "999")
    shell, shown = InteractiveShell(), []
    shell._showtraceback = lambda kind, value, lines: shown.extend(lines)
    shell.showtraceback((InputRefused, refused.value, refused.tb))
    assert shown == list(refused.value.reasons)


def test_case_from_tables_equals_case_from_returns(case, tmp_path, monkeypatch):
    evidence = case.evidence
    (tmp_path / "observations.csv").write_bytes(observations_csv(evidence.observations))
    (tmp_path / "returns.csv").write_bytes(returns_csv(evidence.returns))
    (tmp_path / "findings.csv").write_bytes(findings_csv(evaluate(evidence)))
    monkeypatch.setenv("PCMD_INTERNAL", str(tmp_path))
    filed = open_case(PLAN, "230")
    assert (filed.expected, filed.filed) == (case.expected, True)
    assert for_all_objectives(filed) == for_all_objectives(case)
    assert "Khớp với findings.csv" in repr(close_case(filed, *for_all_objectives(filed)))


def test_record_holds_the_findings_of_the_unit_only(case, tmp_path, monkeypatch):
    record = tmp_path / "record.json"
    for name, value in (("RECORD", record), ("RUN_ID", "r1"), ("NOTEBOOK", "1_communication")):
        monkeypatch.setenv(f"PCMD_{name}", str(value))
    findings = for_all_units(case, communication)
    close_case(case, *findings)
    own = communication(case.evidence, case.unit).texts()
    said = json.loads(record.read_text(encoding="utf-8"))
    assert said == {"run_id": "r1", "notebook": "1_communication", "unit": "230", "findings": [own]}


def test_close_case_names_what_differs_and_writes_nothing(case, tmp_path, monkeypatch):
    record = tmp_path / "record.json"
    monkeypatch.setenv("PCMD_RECORD", str(record))
    finding = replace(communication(case.evidence, case.unit), low=20)
    with pytest.raises(AssertionError, match="đơn vị 230, mục tiêu communication, cột low: sổ tính “20”, tệp ghi “21”"):
        close_case(case, finding)
    with pytest.raises(AssertionError, match="không tính kết quả nào"):
        close_case(case)
    assert not record.exists()


def test_without_record_nothing_is_written(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PCMD_RECORD", raising=False)
    close_case(case, *for_all_objectives(case))
    assert list(Path(tmp_path).iterdir()) == []
