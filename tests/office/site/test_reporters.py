"""Plans by reporter: districts, the same byte for byte where written; communes with districts."""

from pathlib import Path

import pandas as pd
import pytest
import two_levels
from bs4 import BeautifulSoup
from editions import case_of
from yaml_files import read_yaml, write_yaml

from pcmd_eval.analysis.case import Case
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.reports.placeholders import list_papers
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

NAME = "phu_tho_2017"
COMMUNES, AREAS = 33, ["Thành phố Việt Trì", "Thị xã Phú Thọ"]  # the first of the register


def test_load_plan_with_reporters_written_or_left_out_is_the_same(
    plan: Plan, tmp_path: Path
) -> None:
    content = read_yaml(paths.PLANS / f"{NAME}.yaml")
    assert "reporters" not in content["units"]
    content["units"]["reporters"] = "district"
    copy = load_plan(str(write_yaml(tmp_path / f"{NAME}.yaml", content)))
    assert copy.model_dump() == plan.model_dump()
    pd.testing.assert_frame_equal(copy.reporters, plan.reporters)


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The case of a plan for which communes report, though its register has districts."""
    folder = tmp_path_factory.mktemp("mixture")
    lines = (paths.UNITS / f"{NAME}.csv").read_text(encoding="utf-8").splitlines(True)
    (folder / "few.csv").write_text("".join(lines[: 1 + COMMUNES]), encoding="utf-8")
    plan = two_levels.make_plan(folder, register=str(folder / "few.csv"), province="25")
    (folder / "none").mkdir()
    return case_of(plan, read_returns(plan, folder / "none"), internal=True)


@pytest.mark.slow
def test_communes_of_a_register_with_districts_report_and_districts_are_areas(
    mixture: Case,
) -> None:
    plan = mixture.plan
    assert plan.communes_report and len(plan.reporting_units) == COMMUNES
    assert {*mixture.findings.unit_code} == {*plan.reporting_units.index}
    assert [*plan.areas] == AREAS
    # One paper of each kind, none for a district; nobody sent a return: no notice, but a letter.
    assert [kind for kind, _ in list_papers(mixture).values()] == ["report", "reminder"]


@pytest.mark.slow
def test_index_of_a_mixture_links_to_communes_and_names_their_districts(mixture: Case) -> None:
    units = [*mixture.plan.reporting_units.index]
    index = BeautifulSoup(pages(mixture, units)["index.html"].decode(), "lxml")
    links = {a["href"] for a in index.select(".matrix tbody th a")}
    folders = mixture.plan.reporting_units.folder
    assert links == {f"communes/{name}/commune_review.html" for name in folders}
    assert {cell.get_text() for cell in index.select(".matrix td.area")} == {*AREAS}
