"""`verify` names any changed, missing or extra file: promise 18."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import toy

from pcmd_eval.cli import main

PAGE = "districts/230-doan-hung/1_communication.html"


def add_space(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def edit_record(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads((folder / "run.json").read_bytes())
    change(record)
    (folder / "run.json").write_text(json.dumps(record))


def test_verify_of_a_damaged_record_says_so(
    unit_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = toy.copy(unit_run, tmp_path / "damaged")
    (folder / "published" / "run.json").write_text("{")
    assert main(["verify", str(folder)]) == 1
    assert "run.json: hỏng" in "".join(capsys.readouterr())


@pytest.mark.slow
def test_verify_of_a_tampered_set_names_each_difference_to_a_second_run(
    unit_run: Path, tmp_path: Path
) -> None:
    """A page changed together with its hash, tables that stay inside, an input and a return that
    were replaced afterwards. All else is the same, made from nothing: elsewhere, at another time,
    without a home, with another year beside it.
    """
    root = toy.root(tmp_path / "root")
    output = toy.copy(
        unit_run, root / "tampered"
    )  # as far from the returns, so that links are equal
    published, internal = output / "published", output / "internal"
    toy.add_other_plans(root)
    with (root / "data/figures.csv").open("a", encoding="utf-8") as file:
        file.write("# một chữ\n")
    toy.pcmd(root, "trace", "230", "media", "--output", str(output))
    add_space(published / PAGE)
    digest = hashlib.sha256((published / PAGE).read_bytes()).hexdigest()
    edit_record(published, lambda record: record["outputs"].update({PAGE: digest}))
    add_space(internal / "findings.csv")
    (internal / "reminders.csv").unlink()
    edit_record(internal, lambda record: record["returns"].update({"231-ha-hoa.xlsx": "0"}))
    env = {name: value for name, value in os.environ.items() if name != "HOME"}
    env |= {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    code, text = toy.pcmd(root, "verify", str(output), env=env | {"PCMD_ROOT": str(root)})
    assert code == 1, text
    assert not [path for path in root.iterdir() if path.name.startswith(".verify")]
    for difference in (
        f"published/{PAGE}: đã đổi",
        "internal/findings.csv: đã đổi",
        "internal/reminders.csv: thiếu",
        "internal/run.json: đã đổi",
        "published/run.json: đã đổi",
    ):
        assert difference in text
    assert text.count("Khác: ") == 5


@pytest.mark.long
def test_verify_of_a_set_made_at_another_time_with_other_libraries_says_both(
    unit_run: Path, tmp_path: Path
) -> None:
    """Figures and environment are two answers; a package that ours does not need is in neither."""

    def change_times(record: dict[str, Any]) -> None:
        record |= {"run_id": "x", "started": "x", "finished": "x"}
        for job in record["jobs"]:
            job |= {"seconds": 9}

    root = toy.root(tmp_path / "root")
    output = toy.copy(unit_run, root / "sound")
    for name in ("published", "internal"):
        edit_record(output / name, change_times)
    unrelated = tmp_path / "packages" / "unrelated-1.0.dist-info"
    unrelated.mkdir(parents=True)
    (unrelated / "METADATA").write_text("Metadata-Version: 2.1\nName: unrelated\nVersion: 1.0\n")
    env = {**os.environ, "PCMD_ROOT": str(root), "PYTHONPATH": str(unrelated.parent)}
    code, text = toy.pcmd(root, "verify", str(output), env=env)
    assert code == 0 and text.endswith("đúng\n"), text
    edit_record(output / "published", lambda record: record["versions"].update({"pandas": "2.0"}))
    code, text = toy.pcmd(root, "verify", str(output))
    assert code == 0 and "\nđúng\n" in text and "\npandas: khi đó 2.0, nay 3" in text, text
