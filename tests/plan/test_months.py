"""Periods are data: months instead of quarters for objective 1 by an edit of form and plan alone."""

import re
import shutil
from pathlib import Path

import independent
import pandas as pd
import pytest
from filling import fill
from toy import pcmd
from yaml_files import read_yaml, write_yaml

from pcmd_eval.util import paths

COLUMN = re.compile(r" +- \{key: q(?P<number>[1-4]), header: Quý .*\n")
KEYS = ("active_months", "months")
DECIDED = ["unit_code", "objective", "verdict", "low", "high", "needed", "total", "target", "basis"]


def edit_form(file: Path, columns: list[tuple[str, str, str]]) -> None:
    """Give sheet 1 other columns of periods (key, header, period), and its comparisons their keys.

    As text: `{year}` is no value of YAML.
    """
    text = file.read_text(encoding="utf-8")
    sheet, later = (
        text[: text.index("objective: integration")],
        text[text.index("objective: integration") :],
    )
    first, *_, last = COLUMN.finditer(sheet)
    lines = [
        f"      - {{key: {key}, header: {header}, kind: count, period: {period}, most: 9999, width: 8}}\n"
        for key, header, period in columns
    ]
    sheet = sheet[: first.start()] + "".join(lines) + sheet[last.end() :]
    keys = ", ".join(key for key, _, _ in columns)
    word = columns[0][1].split()[0].lower()
    before, start, cumulative = later.partition("  - {id: cumulative")
    for said in ("không quý nào", "vào quý"):
        before = before.replace(said, said.replace("quý", word))
    before = re.sub(
        r"(?m)^  - \{id: .*sheets: \[communication\].*$",
        lambda line: line[0].replace("q1, q2, q3, q4", keys),
        before,
    )
    others = cumulative.replace("[communication, harm", "[harm")
    own = cumulative.replace("[communication, harm_reduction, enforcement]", "[communication]")
    own = (
        own.replace("quý", word)
        .replace("q1, q2, q3, q4", keys)
        .replace("at: q1", f"at: {columns[0][0]}")
    )
    file.write_text(f"{sheet}{before}{start}{others}\n{start}-own{own}", encoding="utf-8")


def copy_project(folder: Path) -> Path:
    """Copy the project's data and notebooks; return its root."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks")
    return folder


def write_project(folder: Path) -> Path:
    """Write a project whose sheet 1 and objective 1 have months; return its root."""
    copy_project(folder)
    months = [(f"m{n}", f"Tháng {n}", f"M{n:02d}") for n in range(1, 13)]
    edit_form(folder / "data" / "forms" / "return_v1.yaml", months)
    plan = folder / "data" / "plans" / "phu_tho_2017.yaml"
    content = read_yaml(plan)
    rules, reason = content["objectives"][0]["rules"], {"status": "assumption", "why": "thử"}
    rules.clear()
    reason["source"] = "thử"
    rules["active_months"] = reason | {"label": "Số tháng có tuyên truyền", "value": 9}
    rules["active_months"]["choices"] = [
        {"value": 9, "label": "ít nhất 9 tháng"},
        {"value": 6, "label": "ít nhất 6 tháng"},
    ]
    rules["months"] = reason | {"label": "Các tháng được xét", "value": [*range(1, 13)]}
    content.pop("previous", None)
    write_yaml(plan, content)
    return folder


def send_returns(root: Path, folder: Path, seed: int, *senders: str) -> Path:
    """Write filled returns on the project's blank ones; return where they lie."""
    code, text = pcmd(root, "template", *senders, "--to", str(folder / "blank"))
    assert code == 0, text
    fill(folder / "blank", folder / "sent", seed, 0.15, near=True)
    return folder / "sent"


def assert_findings_equal_the_oracle(root: Path, sent: Path, output: Path) -> None:
    asked = independent.read_plan(root / "data/plans/phu_tho_2017.yaml", root / "data/units")
    expected = pd.DataFrame(independent.findings(independent.read_all(sent, asked), asked))
    findings = pd.read_csv(output / "internal" / "findings.csv", dtype="string").fillna("")
    expected = expected[DECIDED].astype("string").fillna("").sort_index()
    assert findings[DECIDED].to_numpy().tolist() == expected.to_numpy().tolist()
    of_communes = findings[findings.objective == "communication"]
    assert (of_communes.low.astype(int) > 0).sum() >= 3


def assert_issues_speak_of_months(output: Path) -> None:
    issues = pd.read_csv(output / "internal" / "check.csv", dtype="string")
    of_months = issues[issues.sheet.isin(["1 Tuyên truyền", "5 Tin bài"])]
    assert of_months.rule.eq("merged").any()
    assert not of_months.message.str.contains("quý").any()


def test_months_go_through_template_check_and_evaluate(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project")
    sent = send_returns(root, tmp_path, 4, "228", "230", "239", "25")
    places = ("--returns", str(sent), "--output", str(tmp_path / "out"))
    for command in ("check", "evaluate"):
        code, text = pcmd(root, command, *places)
        assert code in (0, 1) and "Traceback" not in text, text
    assert_findings_equal_the_oracle(root, sent, tmp_path / "out")
    assert_issues_speak_of_months(tmp_path / "out")


@pytest.mark.slow
def test_months_go_through_a_whole_run(tmp_path: Path) -> None:
    """Notebooks, papers and pages speak of months in objective 1."""
    root = write_project(tmp_path / "project")
    sent = send_returns(root, tmp_path, 4)
    places = ("--returns", str(sent), "--output", str(tmp_path / "out"))
    code, text = pcmd(root, "run", "--unit", "230", "--unit", "25", "--jobs", "1", *places)
    assert code in (0, 1) and "Traceback" not in text, text
    assert_findings_equal_the_oracle(root, sent, tmp_path / "out")
    assert_issues_speak_of_months(tmp_path / "out")
    [page] = (tmp_path / "out/published/districts").glob("230-*/1_communication.html")
    assert "Tháng 12" in page.read_text(encoding="utf-8")
    assert [*(tmp_path / "out/internal/documents").glob("thong-bao-*-230-*.docx")]


@pytest.mark.parametrize(
    ("lost", "rules", "words"),
    [
        (
            "Q4",
            {},
            ["“rules.quarters” của communication xét Quý IV", "“columns.period” của biểu 1"],
        ),
        (False, {"months": [1, 2]}, ["active_quarters và quarters, hoặc active_months và months"]),
    ],
)
def test_load_plan_rule_over_a_period_that_the_form_lacks_is_refused(
    tmp_path: Path, lost: bool, rules: dict[str, list[int]], words: list[str]
) -> None:
    """Fail closed: such a period counted as one without activity."""
    copy_project(tmp_path)
    plan = tmp_path / "data" / "plans" / "phu_tho_2017.yaml"
    if lost:
        quarters = [
            (f"q{n}", f"Quý {name}", f"Q{n}") for n, name in enumerate(("I", "II", "III"), 1)
        ]
        edit_form(tmp_path / "data" / "forms" / "return_v1.yaml", quarters)
    content = read_yaml(plan)
    own = content["objectives"][0]["rules"]
    own |= {key: own["quarters"] | {"value": value, "choices": []} for key, value in rules.items()}
    write_yaml(plan, content)
    code, text = pcmd(tmp_path, "evaluate")
    assert code == 3
    assert all(piece in " ".join(text.split()) for piece in words), text
