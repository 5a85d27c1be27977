"""`verify` names any changed, missing or extra file, and says what it could not check: promise 18."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

PAGE = "districts/230-doan-hung/1_communication.html"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with small notebooks and, in `out`, a finished run of one district."""
    root = toy.root(tmp_path_factory.mktemp("toy") / "root")
    code, said = toy.pcmd(root, "run", "--unit", "230", "--output", str(root / "out"))
    assert code == 0, said
    return root


def own_copy(root: Path, folder: Path) -> Path:
    """Beside the original, as links in it lead to the returns."""
    return Path(shutil.copytree(root / "out", folder, symlinks=True))


def rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda set_: rewritten(set_ / PAGE), f"{PAGE}: đã đổi"),
        (lambda set_: rewritten(set_ / "findings.csv"), "findings.csv: đã đổi"),
        (lambda set_: (set_ / "indicators.csv").unlink(), "indicators.csv: thiếu"),
        (lambda set_: (set_ / "districts" / "more.html").write_text("x"), "districts/more.html: thừa"),
        (lambda set_: (set_ / "run.json").write_text("{"), "run.json: hỏng"),
    ],
)
def test_a_published_set_by_itself_is_checked_by_its_hashes(
    root: Path, tmp_path: Path, tamper: Callable[[Path], object], says: str
):
    alone = Path(shutil.copytree(root / "out" / "published", tmp_path / "set"))
    tamper(alone)
    code, said = toy.pcmd(root, "verify", str(alone))
    assert code == 1 and says in said and "Traceback" not in said


def test_it_says_what_it_could_not_check(root: Path, tmp_path: Path):
    alone = Path(shutil.copytree(root / "out" / "published", tmp_path / "set"))
    code, said = toy.pcmd(root, "verify", str(alone))
    assert code == 1 and "Khác" not in said and "Chưa kiểm" in said and "internal" in said
    assert toy.pcmd(root, "verify", str(tmp_path))[0] == 3


def test_a_sound_set_is_made_again_byte_for_byte(root: Path):
    code, said = toy.pcmd(root, "verify", str(root / "out"))
    assert code == 0 and said.splitlines()[-1] == "đúng", said
    assert not [path for path in root.iterdir() if path.name.startswith(".verify")]


def test_a_second_run_finds_what_hashes_cannot(root: Path):
    """A page changed together with its hash, tables that stay inside, and a return that was replaced afterwards."""
    output = own_copy(root, root / "tampered")
    rewritten(output / "published" / PAGE)
    file = output / "published" / "run.json"
    record = json.loads(file.read_bytes())
    record["outputs"][PAGE] = hashlib.sha256((output / "published" / PAGE).read_bytes()).hexdigest()
    file.write_text(json.dumps(record))
    rewritten(output / "internal" / "findings.csv")
    (output / "internal" / "reminders.csv").unlink()
    own = json.loads((output / "internal" / "run.json").read_bytes())
    own["returns"]["231-ha-hoa.xlsx"] = "0"
    (output / "internal" / "run.json").write_text(json.dumps(own))
    code, said = toy.pcmd(root, "verify", str(output))
    assert code == 1, said
    for words in (
        f"published/{PAGE}: đã đổi",
        "internal/findings.csv: đã đổi",
        "internal/reminders.csv: thiếu",
        "báo cáo 231-ha-hoa.xlsx: đã đổi",
    ):
        assert words in said
    assert said.count("Khác: ") == 4
