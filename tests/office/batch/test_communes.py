"""A whole run of a plan of all six objectives for which communes report."""

import csv
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from two_levels import NAME

from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util.spelling import alphabet_key

PUBLISHED = ["1_communication", "2_integration", "4_support_model", "5_media", "province_review"]


@pytest.mark.slow
def test_run_where_communes_report_publishes_nothing_that_is_withheld(communes_run: Path) -> None:
    """What notebooks of harm reduction and of cases say of communes may not leave the office."""
    published = communes_run / "published"
    record = json.loads((published / "run.json").read_bytes())
    assert record["failed"] == 0
    jobs = {(job["unit"], job["notebook"]) for job in record["jobs"]}
    communes = {unit for unit, notebook in jobs if notebook == "commune_review"}
    assert len(communes) == 12
    assert {name for unit, name in jobs if unit not in communes} == {*PUBLISHED}
    assert len(jobs) == len(communes) + len(PUBLISHED)
    assert {page.stem for page in (published / "province").glob("*.html")} == {*PUBLISHED}
    assert len([*(published / "communes").glob("*/commune_review.html")]) == 12
    with (published / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    hidden = [
        row["unit_code"] for row in rows if row["objective"] in {"harm_reduction", "enforcement"}
    ]
    assert hidden == ["01", "01"]


@pytest.mark.slow
def test_run_where_communes_report_writes_to_all_of_them(communes_run: Path) -> None:
    """Three papers, and a mail for each commune and the province's bodies."""
    internal = communes_run / "internal"
    papers = sorted(paper.name for paper in (internal / "documents").glob("*.docx"))
    assert papers == [f"{kind}-99-01-ha-noi.docx" for kind in ("bao-cao", "cong-van", "thong-bao")]
    assert len([*(internal / "mail").glob("*.txt")]) == 13


@pytest.mark.slow
def test_page_of_the_province_counts_verdicts_by_area(communes_run: Path) -> None:
    """Met, not met and undetermined add up to the units of each area, whose findings they are."""
    published = communes_run / "published"
    page = BeautifulSoup((published / "province/province_review.html").read_text("utf-8"), "lxml")
    caption = page.find("caption", string="Số đơn vị theo khu vực và kết luận")
    head, *rows = [[cell.text for cell in row(["th", "td"])] for row in caption.parent("tr")]
    areas = [area for area, *_ in rows]
    assert head[0] == "Khu vực" and "ản đồ" not in page.main.text, "without boundaries"
    assert areas == sorted(areas, key=alphabet_key) and len(areas) > 1
    units = load_plan(str(communes_run.parent / f"{NAME}.yaml")).reporting_units
    objectives = {title.rpartition(" · ")[0] for title in head[1:]}
    for area, *counts in rows:
        assert sum(map(int, counts)) == len(objectives) * (units.area_name == area).sum()
