"""Keep real returns, forms, results and people's texts out of git, and made files up to date."""

import os
import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import openpyxl
import pytest
import yaml

from pcmd_eval.util import paths

GUIDES = sorted([*paths.ROOT.glob("README*.md"), *paths.ROOT.glob("docs/*.md")])
OPTION = re.compile(r"--(?:to|returns|output) ([A-Z_]+)\b")
FOLDERS = {folder for guide in GUIDES for folder in OPTION.findall(guide.read_text("utf-8"))}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has only our `.gitignore`."""
    folder = tmp_path_factory.mktemp("clone")
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".gitignore").write_bytes((paths.ROOT / ".gitignore").read_bytes())
    return folder


def ignored(clone: Path, *files: str) -> set[str]:
    """Return the files that git ignores there, regardless of the user's own settings."""
    process = subprocess.run(
        ["git", "check-ignore", *files],
        cwd=clone,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    assert process.returncode in (0, 1)
    return {*process.stdout.splitlines()}


def test_git_ignores_the_folders_that_the_guides_name(clone: Path) -> None:
    """Returns, forms and results."""
    assert {"BAO_CAO", "BAO_CAO_MOI", "KET_QUA_MOI", "BIEU_MAU"} <= FOLDERS
    private = [
        *(f"{folder}/{name}" for folder in FOLDERS for name in ("a.xlsx", "internal/cells.csv")),
        *("data/returns/phu_tho_2018/b.xlsx", "sua.xlsx"),
        *("data/previous/phu_tho_2017.csv", "data/previous/bao-cao-2016.xlsx"),
        *("bao cao/230-doan-hung.xlsx", "bao cao/cu.xls", "outputs/phu_tho_2017/run.lock"),
    ]
    assert ignored(clone, *private) == {*private}


def test_git_sees_new_files_of_the_project(clone: Path) -> None:
    """A new module, plan, page of the guide, picture or template is seen by git."""
    files = [
        *("pcmd_eval/new.py", "data/plans/phu_tho_2018.yaml", "docs/new.md"),
        *("docs/pictures/new.png", "data/templates/review.docx", "data/fonts/a.ttf"),
    ]
    assert ignored(clone, *files) == set()


def tracked_files(folder: str) -> list[str]:
    """Return the files that git holds below a folder of the project."""
    command = ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false", "ls-files", folder]
    listed = subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.splitlines()


def test_tracked_returns_carry_the_illustrative_mark() -> None:
    books = [path for path in tracked_files("data/returns") if not path.endswith(".md")]
    assert len(books) == 13
    for path in books:
        book = openpyxl.load_workbook(paths.ROOT / path, read_only=True)
        marks = {row[0]: row[1] for row in book["Thông tin"].iter_rows(values_only=True, max_col=2)}
        book.close()
        assert marks["Số liệu minh họa"] == "Có", path


def test_tracked_figures_of_a_previous_year_are_illustrative() -> None:
    files = tracked_files("data/previous")
    assert files == ["data/previous/phu_tho_2016.csv"]
    header, *lines = (paths.ROOT / files[0]).read_text(encoding="utf-8").splitlines()
    assert header.endswith(",illustrative") and all(line.endswith(",yes") for line in lines)


def test_data_log_has_every_file_of_data() -> None:
    """By its own name or that of a folder around it."""
    log = (paths.DATA / "README.md").read_text(encoding="utf-8")
    files = [Path(path).relative_to("data") for path in tracked_files("data")]
    assert files
    for file in files:
        around = [file.as_posix(), *(f"{folder.as_posix()}/" for folder in file.parents)]
        is_readme = file.name in ("README.md", "README.vi.md")
        assert is_readme or any(f"`{name}`" in log for name in around), file


def test_environment_file_has_the_ranges_of_the_project() -> None:
    """`make lock` writes it."""
    make = runpy.run_path(str(paths.ROOT / "scripts/environment.py"))["environment"]
    text = (paths.ROOT / "environment.yml").read_text(encoding="utf-8")
    assert text == make(paths.ROOT / "pyproject.toml")
    assert "pandas >=3,<4" in yaml.safe_load(text)["dependencies"]


def test_citation_names_the_version_of_the_project() -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text("utf-8"))
    newest = re.search(
        r"^## (\S+) - (\S+)$", (paths.ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    released = (citation["version"], str(citation["date-released"]))
    assert newest and released == newest.groups() and released[0] == project["version"]


def test_every_dependency_has_an_upper_bound() -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    assert len(lines) > 30 and [line for line in lines if "<" not in line] == []
