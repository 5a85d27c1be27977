"""What git may hold: no real return, form, result or text of a person, wherever the guides tell
people to put them.
"""

import os
import re
import subprocess
from pathlib import Path

import openpyxl
import pytest

from pcmd_eval.util import paths

GUIDES = sorted([*paths.ROOT.glob("README*.md"), *paths.ROOT.glob("docs/*.md")])
FOLDERS = sorted(
    {
        folder
        for guide in GUIDES
        for folder in re.findall(
            r"--(?:to|returns|output) ([A-Z_]+)\b", guide.read_text(encoding="utf-8")
        )
    }
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has nothing but our `.gitignore`."""
    folder = tmp_path_factory.mktemp("clone")
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".gitignore").write_bytes((paths.ROOT / ".gitignore").read_bytes())
    return folder


def ignored(clone: Path, *files: str) -> set[str]:
    """Which of the files git ignores there, whatever the user's own settings say."""
    given = {
        "cwd": clone,
        "env": os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
        "text": True,
        "stdout": subprocess.PIPE,
    }
    found = subprocess.run(["git", "check-ignore", *files], check=False, **given)
    assert found.returncode in (0, 1)
    return {*found.stdout.splitlines()}


def test_what_the_guides_tell_people_to_make_is_ignored(clone: Path) -> None:
    """Returns, forms and results in the folders that the guides name, and people's words for a
    review.
    """
    assert {"BAO_CAO", "BAO_CAO_MOI", "KET_QUA_MOI", "BIEU_MAU"} <= {*FOLDERS}
    private = [
        *(f"{folder}/{name}" for folder in FOLDERS for name in ("a.xlsx", "internal/cells.csv")),
        *("data/narrative/phu_tho_2018/230.md", "data/returns/phu_tho_2018/b.xlsx", "sua.xlsx"),
        *("bao cao/230-doan-hung.xlsx", "bao cao/cu.xls", "outputs/phu_tho_2017/run.lock"),
    ]
    assert ignored(clone, *private) == {*private}


def test_what_belongs_to_the_project_is_not_ignored(clone: Path) -> None:
    """A new module, plan, page of the guide, picture or template is seen by git."""
    ours = [
        *("pcmd_eval/new.py", "data/plans/phu_tho_2018.yaml", "data/narrative/mau.md"),
        *("docs/new.md", "docs/pictures/new.png", "data/templates/review.docx", "data/fonts/a.ttf"),
    ]
    assert ignored(clone, *ours) == set()


def test_no_real_return_is_tracked() -> None:
    """Whatever git holds under data/returns carries the mark of made-up figures."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "data/returns"]
    listed = subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True, text=True)
    books = [path for path in listed.stdout.split() if not path.endswith(".md")]
    assert len(books) == 13
    for path in books:
        book = openpyxl.load_workbook(paths.ROOT / path, read_only=True)
        marks = {row[0]: row[1] for row in book["Thông tin"].iter_rows(values_only=True, max_col=2)}
        book.close()
        assert marks["Số liệu minh họa"] == "Có", path


def test_every_file_of_data_is_in_its_log() -> None:
    """By its own name or that of a folder around it."""
    log = (paths.DATA / "README.md").read_text(encoding="utf-8")
    for file in paths.DATA.rglob("*"):
        place = file.relative_to(paths.DATA)
        around = [place.as_posix(), *(f"{folder.as_posix()}/" for folder in place.parents)]
        known = place.name in ("README.md", "README.vi.md") or any(
            f"`{name}`" in log for name in around
        )
        assert file.is_dir() or known, place
