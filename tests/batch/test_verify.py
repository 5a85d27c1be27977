"""`verify` names any changed, missing or extra file: promise 18."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import toy

from pcmd_eval.cli import main

PAGE = "districts/230-doan-hung/1_communication.html"


def rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def test_verify_of_a_published_set_alone_compares_its_hashes(
    unit_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def verified(place: Path) -> tuple[int, str]:
        code = main(["verify", str(place)])
        return code, "".join(capsys.readouterr())

    sound, wrong, broken = (tmp_path / name for name in ("sound", "wrong", "broken"))
    for place in (sound, wrong, broken):
        shutil.copytree(unit_run / "published", place)
    rewritten(wrong / PAGE)
    rewritten(wrong / "findings.csv")
    (wrong / "indicators.csv").unlink()
    (wrong / "districts" / "more.html").write_text("x")
    (broken / "run.json").write_text("{")
    code, said = verified(sound)
    assert code == 0 and "đều đúng" in said and "Chưa tính lại" in said and "Khác" not in said
    code, said = verified(wrong)
    assert code == 1 and said.count("Khác: ") == 4
    for words in (
        f"{PAGE}: đã đổi",
        "findings.csv: đã đổi",
        "indicators.csv: thiếu",
        "districts/more.html: thừa",
    ):
        assert words in said
    code, said = verified(broken)
    assert code == 1 and "run.json: hỏng" in said and "Traceback" not in said


@pytest.mark.slow
def test_verify_of_a_tampered_set_names_each_difference_to_a_second_run(
    unit_run: Path, tmp_path: Path
):
    """A page changed together with its hash, tables that stay inside, an input and a return that
    were replaced afterwards. All else is the same, made from nothing: elsewhere, at another time,
    without a home, with another year beside it.
    """
    root = toy.root(tmp_path / "root")
    output = toy.copy(
        unit_run, root / "tampered"
    )  # as far from the returns, so that links are equal
    toy.add_other_plans(root)
    other = {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    env = {name: held for name, held in os.environ.items() if name != "HOME"}
    env |= other | {"PCMD_ROOT": str(root)}
    with (root / "data/figures.csv").open("a", encoding="utf-8") as file:
        file.write("# một chữ\n")
    rewritten(output / "published" / PAGE)
    file = output / "published" / "run.json"
    record = json.loads(file.read_bytes())
    record["outputs"][PAGE] = hashlib.sha256((output / "published" / PAGE).read_bytes()).hexdigest()
    file.write_text(json.dumps(record))
    toy.pcmd(root, "trace", "230", "media", "--output", str(output))
    rewritten(output / "internal" / "findings.csv")
    (output / "internal" / "reminders.csv").unlink()
    own = json.loads((output / "internal" / "run.json").read_bytes())
    own["returns"]["231-ha-hoa.xlsx"] = "0"
    (output / "internal" / "run.json").write_text(json.dumps(own))
    code, said = toy.pcmd(root, "verify", str(output), env=env)
    assert code == 1, said
    assert not [path for path in root.iterdir() if path.name.startswith(".verify")]
    for words in (
        f"published/{PAGE}: đã đổi",
        "internal/findings.csv: đã đổi",
        "internal/reminders.csv: thiếu",
        "internal/run.json: đã đổi",
        "published/run.json: đã đổi",
    ):
        assert words in said
    assert said.count("Khác: ") == 5


@pytest.mark.slow
def test_verify_of_a_set_whose_record_differs_in_times_alone_is_right(
    unit_run: Path, tmp_path: Path
):
    root = toy.root(tmp_path / "root")
    output = toy.copy(unit_run, root / "sound")
    for folder in ("published", "internal"):
        file = output / folder / "run.json"
        record = json.loads(file.read_bytes())
        record |= {"run_id": "x", "started": "x", "finished": "x"}
        for job in record["jobs"]:
            job |= {"seconds": 9, "reused": True}
        file.write_text(json.dumps(record))
    code, said = toy.pcmd(root, "verify", str(output))
    assert code == 0 and said.endswith("đúng\n"), said
