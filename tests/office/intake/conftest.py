"""A folder of returns that tests fill."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan


@pytest.fixture
def post(tmp_path: Path, plan: Plan) -> Callable[..., Intake]:
    """Read a folder that holds these files and nothing else.

    `name=bytes` is the workbook name.xlsx; the first argument is xac_nhan.csv.
    """
    (folder := tmp_path / "returns").mkdir()

    def send(confirmations: bytes | None = None, /, **files: bytes) -> Intake:
        for path in folder.iterdir():
            path.unlink()
        for name, content in files.items():
            (folder / f"{name}.xlsx").write_bytes(content)
        if confirmations is not None:
            (folder / "xac_nhan.csv").write_bytes(confirmations)
        intake = read_returns(plan, folder)
        assert not intake.issues.message.str.contains("công cụ gặp lỗi").any()
        return intake

    return send
