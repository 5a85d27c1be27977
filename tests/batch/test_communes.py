"""A whole run of a plan of all six objectives for which communes report, in both editions."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import two_levels
from filling import fill_plan

PUBLISHED = ["1_communication", "2_integration", "4_support_model", "5_media", "province_review"]
# What they say of communes may not leave the office where communes report.
WITHHELD = ["3_harm_reduction", "6_enforcement"]


def jobs_of(edition: Path) -> list[tuple[str, str]]:
    """Return the unit and name of each notebook that succeeded."""
    record = json.loads((edition / "run.json").read_bytes())
    assert record["failed"] == 0
    return sorted((job["unit"], job["notebook"]) for job in record["jobs"])


@pytest.mark.slow
def test_run_where_communes_report_publishes_both_editions(tmp_path: Path) -> None:
    plan = two_levels.make_plan(tmp_path, communes=8)
    returns = fill_plan(plan, tmp_path, 1, 0.15, near=True)
    output = tmp_path / "outputs"
    run = [sys.executable, "-m", "pcmd_eval", "run", "--returns", str(returns)]
    made = ["--plan", str(tmp_path / f"{two_levels.NAME}.yaml"), "--output", str(output)]

    for options in ([], ["--internal"]):
        subprocess.run([*run, *made, *options], check=True)

    communes = [(code, "commune_review") for code in plan.reporting_units.index]
    assert len(communes) == 8
    for edition, of_province in (
        (output / "published", PUBLISHED),
        (output / "internal" / "edition", sorted(PUBLISHED + WITHHELD)),
    ):
        assert jobs_of(edition) == sorted(communes + [("01", name) for name in of_province])
        assert {page.stem for page in (edition / "province").glob("*.html")} == {*of_province}
        assert len([*(edition / "communes").glob("*/commune_review.html")]) == 8
        assert (edition / "index.html").exists()
    with (output / "published" / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    withheld = [
        row["unit_code"] for row in rows if row["objective"] in ("harm_reduction", "enforcement")
    ]
    assert withheld == ["01", "01"]
    papers = sorted(paper.name for paper in (output / "internal" / "documents").glob("*.docx"))
    assert papers == [f"{kind}-99-01-ha-noi.docx" for kind in ("bao-cao", "cong-van", "thong-bao")]
    # A mail for each commune, the province's bodies too.
    assert len([*(output / "internal" / "mail").glob("*.txt")]) == 9
