"""Kernels that are started anew instead of forked: the way of Windows, and of every machine where forking fails."""

import json
import os
import shutil
from pathlib import Path

import pytest
from small_root import (
    READ,
    WRITE,
    finish,
    gone,
    made,
    notebook,
    published_run,
    shown,
    start,
    write_notebooks,
)
from test_resume import content

from pcmd_eval.batch.provisioner import KERNELS

__all__ = ["made", "shown"]  # the fixtures
pytestmark = pytest.mark.slow
# A notebook shows how its kernel came to be: only a forked one has the package before it asks for it.
FORKED = notebook('import sys; had = "pcmd_eval" in sys.modules', READ, "Sentence(str(had))", WRITE)


def forked(root: Path) -> set[bool]:
    """What the kernels of Đoan Hùng's and Tân Sơn's reviews said of themselves in the set that readers see."""
    reviews = (root / "outputs" / "tiny" / "published" / "districts").glob("*/district_review.ipynb")
    cells = [json.loads(path.read_bytes())["cells"][5] for path in reviews]
    assert len(cells) == 2
    return {"".join(cell["outputs"][0]["data"]["text/plain"]) == "True" for cell in cells}


def means(root: Path) -> list[str]:
    """What the record of the last run says of its kernels: none where nothing was run."""
    return json.loads((root / "outputs" / "tiny" / "internal" / "run.json").read_bytes())["kernels"]


def test_ordinary_kernels_give_the_same_set_byte_for_byte_and_the_run_says_so(shown: Path, monkeypatch):
    published = shown / "outputs" / "tiny" / "published"
    before, run = content(published), published_run(shown)
    assert means(shown) == ["forked" if hasattr(os, "fork") else "ordinary"]
    shutil.rmtree(shown / "outputs")
    monkeypatch.setenv(KERNELS, "ordinary")
    code, out, err = finish(start(shown))
    assert (code, err) == (0, "") and "6 sổ đã chạy, 0 lỗi." in out
    assert content(published) == before and published_run(shown) != run and means(shown) == ["ordinary"]
    write_notebooks(shown / "notebooks", district_review=FORKED)
    assert finish(start(shown))[0] == 0 and forked(shown) == {False}
    assert finish(start(shown))[0] == 0 and means(shown) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked on this platform")
def test_where_the_process_to_fork_from_does_not_start_ordinary_kernels_take_over_and_the_run_says_so(shown: Path):
    write_notebooks(shown / "notebooks", district_review=FORKED)
    code, out, err = finish(start(shown))
    assert (code, err) == (0, "") and "2 sổ đã chạy, 0 lỗi, 4 dùng lại." in out
    assert forked(shown) == {True} and means(shown) == ["forked"]
    write_notebooks(shown / "notebooks", district_review=FORKED.replace("import sys; had", "import sys;  had"))
    # A process that starts and ends at once stands for any reason.
    fails = "from types import SimpleNamespace; from pcmd_eval.batch import provisioner; "
    fails += f"provisioner.sys = SimpleNamespace(executable={shutil.which('false')!r})"
    code, out, err = finish(start(shown, before=fails))
    assert code == 0 and "2 sổ đã chạy, 0 lỗi, 4 dùng lại." in out
    assert err == "Kernel nhân bản không khởi động được; các sổ chạy bằng kernel thường, chậm hơn.\n"
    assert forked(shown) == {False} and means(shown) == ["ordinary"] and gone(shown)
