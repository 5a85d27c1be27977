"""Every plan that is shipped, and a plan of each objective alone: filled with complete returns, it
comes out whole.
"""

import io
import json
from pathlib import Path

import docx
import pandas as pd
import pytest
from editions import case_of, execute
from filling import fill
from toy import SLUGS, pcmd, plan_of_one

from pcmd_eval.analysis import case_editions
from pcmd_eval.cli import main
from pcmd_eval.evaluation.observations import load_tables
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.reports import document as letter
from pcmd_eval.office.reports.placeholders import list_papers
from pcmd_eval.office.site import pages
from pcmd_eval.office.site.navigation import notebook_pages
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

SHIPPED = ("thua_thien_hue_2017", "binh_thuan_2017")
# Plans with one of these objectives alone: models, persons and cases, no district asked at all.
FEW = ("support_model", "enforcement", "media")


def named(name: str, folder: Path) -> str:
    """The name of a shipped plan, or the file of the first one with this objective alone."""
    return str(plan_of_one(name, folder)) if name in SLUGS else name


def filled(plan: Plan, folder: Path) -> Path:
    """A folder with a complete return of everybody whom the plan asks for one."""
    for unit, name in plan.reporters.folder.items():
        if plan.sheets_of(unit):
            (folder / f"{name}.xlsx").write_bytes(blank_return(plan, unit))
    fill(folder, folder / "filled", 1, 0, near=True)
    return folder / "filled"


@pytest.mark.long
@pytest.mark.parametrize("name", SLUGS)
def test_plan_of_one_objective_makes_every_output(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each notebook to its last exercise, for a district and the province, documents of both and
    the pages, what stays inside; all that a run is made of.
    """
    plan_name = named(name, tmp_path)
    plan = load_plan(plan_name)
    returns = filled(plan, tmp_path)
    options = ["--plan", plan_name, "--returns", str(returns), "--output", str(tmp_path / "out")]
    assert main(["evaluate", *options]) == 0
    intake = Intake(*load_tables(tmp_path / "out" / "internal", plan), issues=pd.DataFrame())
    case = case_of(plan, intake)
    monkeypatch.setattr(case_editions, "run_case", case_editions.RunCase(plan_name, case))
    for unit in (str(plan.reporting_units.index[0]), plan.province):
        for slug, place in notebook_pages(case, unit).items():
            variables, _ = execute(Path(place).stem, plan_name, unit)
            slugs = [row["objective"] for row in variables["compared_findings"]]
            assert slugs == ([o.slug for o in plan.objectives] if slug == "review" else [slug])
    some = {*plan.reporting_units.index[:3], plan.province}
    exact = case_of(plan, intake, internal=True)
    papers = [paper for paper in list_papers(exact).values() if paper.unit in some]
    reporters = some.intersection(plan.expected_reporters)
    assert {unit for _, unit in papers} == {plan.province, *reporters}
    for kind, unit in papers:
        content = letter.make_paper(exact.at(unit), kind)
        document = docx.Document(io.BytesIO(content))
        assert document.tables and not [p for p in document.paragraphs if p.text.endswith(": .")]
    assert [*pages.pages(case, [*plan.reporters.index])]


@pytest.mark.long
@pytest.mark.parametrize("name", SHIPPED)
def test_run_of_another_plan_publishes_every_file(name: str, tmp_path: Path) -> None:
    """`run` for a district and the province ends well, with all their notebooks, documents and
    pages.
    """
    plan = load_plan(name)
    units, returns = (str(plan.reporting_units.index[0]), plan.province), filled(plan, tmp_path)
    options = [part for unit in units for part in ("--unit", unit)]
    places = ("--returns", str(returns), "--output", str(tmp_path / "out"))
    code, output = pcmd(paths.ROOT, "run", "--plan", name, *places, *options)
    assert code == 0, output
    published = tmp_path / "out" / "published"
    record = json.loads((published / "run.json").read_text(encoding="utf-8"))
    units_done = [job["unit"] for job in record["jobs"] if job["status"] == "done"]
    assert sorted(units_done) == sorted(units * (len(plan.objectives) + 1)) and not record["failed"]
    internal = tmp_path / "out" / "internal"
    assert len([*(internal / "documents").glob("*.docx")]) == len(units)
