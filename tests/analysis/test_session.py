"""`open_case`: from which folder, and read once while nothing has changed."""

import os
import shutil
from pathlib import Path

import pytest
from toy import plan_of_one

from pcmd_eval import open_case, what_if
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.scenario import save_plan
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The returns of two districts."""

    for name in ("230-doan-hung.xlsx", "228-phu-tho.xlsx"):
        shutil.copy(paths.returns_folder("phu_tho_2017") / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def integration(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of the plan with objective 2 alone."""
    return str(plan_of_one("integration", tmp_path_factory.mktemp("plan")))


def test_open_case_reads_the_folder_it_is_given(folder: Path, integration: str) -> None:
    case = open_case(integration, "230", returns=str(folder))
    assert f"Đã đọc 2 tệp trong {folder}" in case.source
    assert {*case.returns.dropna(subset="file").reporter} == {"228", "230"}


@pytest.mark.slow
def test_open_case_reads_again_only_what_changed(folder: Path, integration: str) -> None:
    first = open_case(integration, "230", returns=folder)
    second = open_case(integration, "228", returns=folder)
    assert second.source == first.source and second.cells.equals(first.cells)
    (folder / "228-phu-tho.xlsx").unlink()
    fewer = open_case(integration, "230", returns=folder)
    assert "Đã đọc 1 tệp" in fewer.source
    assert {*fewer.returns.dropna(subset="file").reporter} == {"230"}
    file = (folder / "230-doan-hung.xlsx").rename(folder / "a.xlsx")
    renamed = open_case(integration, "230", returns=folder)
    assert [*renamed.returns.file.dropna()] == ["a.xlsx"]
    times = file.stat()
    file.write_bytes((paths.returns_folder("phu_tho_2017") / "228-phu-tho.xlsx").read_bytes())
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    changed = open_case(integration, "228", returns=folder)
    assert {*changed.returns.dropna(subset="file").reporter} == {"228"}


@pytest.mark.slow
def test_open_case_reads_a_corrected_previous_year(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previous = tmp_path / "previous"
    shutil.copytree(paths.PREVIOUS, previous)
    monkeypatch.setattr(paths, "PREVIOUS", previous)
    assert not open_case("phu_tho_2017", "230", returns=folder).changes.empty
    file = previous / load_plan("phu_tho_2017").previous.figures
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("230,")]
    file.write_text("\n".join(lines), encoding="utf-8")
    changes = open_case("phu_tho_2017", "230", returns=folder).changes
    assert changes[changes.unit_code == "230"].before.isna().all()


@pytest.mark.slow
def test_open_case_keeps_changes_of_a_frame_in_that_case(folder: Path) -> None:
    case = open_case("phu_tho_2017", "230", returns=folder)
    case.cells.loc[:, "number"] = 0
    assert open_case("phu_tho_2017", "230", returns=folder).cells.number.max() > 0


@pytest.mark.slow
def test_open_case_of_a_saved_trial_reads_the_returns_of_its_base(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name under which it was saved, and by its file elsewhere."""
    (folder / "data").mkdir()
    (folder / "data/returns").mkdir()
    (folder / "data/returns/phu_tho_2017").mkdir()
    for file in folder.glob("*.xlsx"):
        file.rename(folder / "data/returns/phu_tho_2017" / file.name)
    shutil.copytree(paths.PLANS, folder / "plans")
    monkeypatch.setattr(paths, "ROOT", folder)
    monkeypatch.setattr(paths, "PLANS", folder / "plans")
    for target in (paths.PLANS, folder):
        save_plan(case, what_if(case, {("communication", "active_quarters"): 4}), "thu", target)
    for plan in ("thu", str(folder / "thu.yaml")):
        trial = open_case(plan, "230")
        assert trial.finding("communication").verdict == "not_met" and trial.plan.trial
        assert {*trial.returns.dropna(subset="file").reporter} == {"228", "230"}


def test_open_case_without_returns_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    with pytest.raises(InputRefused, match="thư mục"):
        open_case("phu_tho_2017", "230", returns=tmp_path / "none")
    monkeypatch.setenv("PCMD_RETURNS", str(tmp_path))
    with pytest.raises(InputRefused, match="Không đọc được báo cáo nào"):
        open_case("phu_tho_2017", "230")
