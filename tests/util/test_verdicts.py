"""What a verdict means stands in one table: another verdict is one more entry of it."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from toy import pcmd, root

from pcmd_eval.util import paths

ENTRY = """    "postponed": Verdict(
        DisplayStyle("Tạm hoãn", "◆", "#6A3D9A", "#6A3D9A", "xx"),
        "chỉ tiêu được lùi sang năm sau",
        rank=1,
        ending="Tạm hoãn chỉ tiêu",
        rests_on_target=True,
    ),
}
VERDICT_STYLES"""


def replace_once(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.long
def test_verdicts_one_more_entry_goes_through_a_whole_run(tmp_path: Path) -> None:
    """Whoever falls short is postponed: in the table of findings, on the pages and in Word."""
    source = tmp_path / "source"
    package = source / "pcmd_eval"
    shutil.copytree(paths.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    replace_once(package / "util/verdicts.py", "}\nVERDICT_STYLES", ENTRY)
    findings = package / "evaluation/findings.py"
    replace_once(findings, '"not_met" if not_met', '"postponed" if not_met')
    project, output = root(tmp_path / "project"), tmp_path / "out"
    environment = {**os.environ, "PCMD_ROOT": str(project), "PYTHONPATH": str(source)}
    command = ("run", "--unit", "230", "--unit", "25", "--jobs", "1", "--output", str(output))
    code, text = pcmd(project, *command, env=environment, cwd=source)
    assert code in (0, 1) and "Traceback" not in text, text
    findings = pd.read_csv(output / "internal/findings.csv", dtype="string")
    postponed = findings[findings.verdict == "postponed"]
    assert len(postponed) and postponed.reason.str.contains("Tạm hoãn chỉ tiêu.", regex=False).all()
    for page in ("index.html", "method.html"):
        assert "Tạm hoãn" in (output / "published" / page).read_text(encoding="utf-8")
    assert [*(output / "internal/documents").glob("bao-cao-*.docx")]
