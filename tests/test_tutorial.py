"""The tutorial: its pictures are there and named, are small, and the script still makes them from the product."""

import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import typer
from PIL import Image

from pcmd_eval import paths
from pcmd_eval.cli import app

DOCS = paths.ROOT / "docs"
PICTURES = DOCS / "pictures"
TUTORIAL = DOCS / "vi" / "tutorial.md"
SCRIPT = DOCS / "make_pictures.py"
TEXT = TUTORIAL.read_text(encoding="utf-8")
NAMED = re.findall(r"!\[([^\]]*)\]\(\.\./pictures/([\w-]+\.png)\)", TEXT)
NEEDED = ("chromium", "soffice", "pdftoppm")


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Width and height of every picture in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            found[path.name] = image.size
    return found


def test_every_picture_that_is_named_exists_and_the_other_way_round() -> None:
    names = [name for _, name in NAMED]
    assert len(names) == TEXT.count("![") == len(set(names))
    assert set(names) == {path.name for path in PICTURES.iterdir()}


def test_every_picture_has_an_alternative_text_of_its_own() -> None:
    texts = [text for text, _ in NAMED]
    assert all(len(text) > 40 for text in texts) and len(set(texts)) == len(texts)
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"!\[[^\]]{40,}\]\(docs/pictures/explore\.png\)", readme.partition("\n## ")[0])


@pytest.mark.parametrize("name", [name for _, name in NAMED])
def test_pictures_are_small(name: str) -> None:
    with Image.open(PICTURES / name) as image:
        assert image.width <= 1200 and image.mode == "P" and not image.info.keys() & {"exif", "Author", "Comment"}
    assert (PICTURES / name).stat().st_size < 150_000


def test_every_command_exists_with_its_options_and_arguments() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    lines = re.findall(r"^pcmd-eval (.+)$", TEXT, re.MULTILINE)
    assert {line.split()[0] for line in lines} == commands.keys()
    for line in lines:
        name, *rest = line.split()
        context = commands[name].make_context(name, rest, resilient_parsing=False)
        assert context.params.keys() >= {"plan", "returns"}, line


def test_commands_with_pictures_are_those_that_the_script_runs() -> None:
    """What a picture shows is what the reader types, on the same folders."""
    script = SCRIPT.read_text(encoding="utf-8").replace("{_OUTPUT}", "outputs/phu_tho_2017")
    for line in re.findall(r"^pcmd-eval ((?:template|check|run|evaluate|diff|verify) .+)$", TEXT, re.MULTILINE):
        assert f'type("{line}")' in script or f'type(f"{line}")' in script, line


def test_it_is_linked_and_well_formed() -> None:
    assert "docs/vi/tutorial.md" in (paths.ROOT / "README.vi.md").read_text(encoding="utf-8")
    assert "vi/tutorial.md" in (DOCS / "README.md").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", TEXT)


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason="needs chromium, LibreOffice and pdftoppm")
def test_the_script_still_makes_pictures_of_the_same_names_and_sizes(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--to", tmp_path], capture_output=True, encoding="utf-8", check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sizes(tmp_path) == sizes(PICTURES)
