"""An installed wheel evaluates returns anywhere: plan, form, register and templates are in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pcmd_eval.util import paths

GOLDEN = paths.ROOT / "tests" / "golden" / "findings.csv"


@pytest.mark.slow
def test_wheel_evaluates_returns_in_another_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert not [name for name in packed.namelist() if name.endswith(".xlsx")], "no return"
        packed.extractall(tmp_path / "installed")
    env = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    env.pop("PCMD_ROOT", None)
    (tmp_path / "data").mkdir()  # an analyst's own folder
    returns = str(paths.returns_folder("phu_tho_2017"))
    command = [sys.executable, "-m", "pcmd_eval", "evaluate", "--returns", returns]
    done = subprocess.run(
        [*command, "--output", "out"], cwd=tmp_path, env=env, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "out/internal/findings.csv").read_bytes() == GOLDEN.read_bytes()
