"""For pytest with nbval: each notebook's kernel gets the world that lies beside it, and a line says how it went."""

from pcmd_eval.batch import light  # noqa: F401

# isort: split
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pcmd_eval.proof.rerun import MARK, WORLD

_failed: dict[Path, set[int]] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Before the first cell starts its kernel: what the environment of that has to say."""
    os.environ.update(json.loads((item.path.parent.parent / WORLD).read_bytes()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any) -> Generator[None, Any, Any]:
    """Remember the cells that failed."""
    report = yield
    if report.failed:
        _failed.setdefault(item.path, set()).add(item.cell_num)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: Any, nextitem: Any) -> Generator[None, Any, Any]:
    """After the last cell: say which notebook it was, and which of its cells failed."""
    yield
    if nextitem is None or nextitem.path != item.path:
        said = {"path": str(item.path), "failed": sorted(_failed.get(item.path, ()))}
        print(f"\n{MARK}{json.dumps(said)}", flush=True)
