"""`verify` names any changed, missing or extra file, and says what it could not check: promise 18."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import toy

PAGE = "districts/230-doan-hung/1_communication.html"


def rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def test_a_published_set_by_itself_is_checked_by_its_hashes(one: Path, tmp_path: Path):
    alone = Path(shutil.copytree(one / "published", tmp_path / "set"))
    code, said = toy.pcmd(one.parent, "verify", str(alone))
    assert code == 0 and "đều đúng" in said and "Chưa tính lại" in said and "Khác" not in said
    rewritten(alone / PAGE)
    rewritten(alone / "findings.csv")
    (alone / "indicators.csv").unlink()
    (alone / "districts" / "more.html").write_text("x")
    code, said = toy.pcmd(one.parent, "verify", str(alone))
    assert code == 1 and said.count("Khác: ") == 4
    for words in (
        f"{PAGE}: đã đổi",
        "findings.csv: đã đổi",
        "indicators.csv: thiếu",
        "districts/more.html: thừa",
    ):
        assert words in said
    (alone / "run.json").write_text("{")
    code, said = toy.pcmd(one.parent, "verify", str(alone))
    assert code == 1 and "run.json: hỏng" in said and "Traceback" not in said


@pytest.mark.slow
def test_a_set_is_made_again_byte_for_byte_and_what_hashes_cannot_find_is_found(one: Path):
    """A page changed together with its hash, tables that stay inside, and a return that was
    replaced afterwards.
    """
    code, said = toy.pcmd(one.parent, "verify", str(one))
    assert code == 0 and said.splitlines()[-1] == "đúng", said
    assert not [path for path in one.parent.iterdir() if path.name.startswith(".verify")]
    output = toy.copied(one, one.with_name("tampered"))
    rewritten(output / "published" / PAGE)
    file = output / "published" / "run.json"
    record = json.loads(file.read_bytes())
    record |= {"illustrative": False, "plan": "1/KH", "failed": 1, "run_id": "x", "started": "x"}
    [job] = [j for j in record["jobs"] if (j["unit"], j["notebook"]) == ("230", "5_media")]
    job |= {"status": "failed", "seconds": 9, "reused": True}
    record["outputs"][PAGE] = hashlib.sha256((output / "published" / PAGE).read_bytes()).hexdigest()
    file.write_text(json.dumps(record))
    (output / "published" / "districts" / "empty").mkdir()
    toy.pcmd(one.parent, "trace", "230", "media", "--output", str(output))
    rewritten(output / "internal" / "findings.csv")
    (output / "internal" / "reminders.csv").unlink()
    own = json.loads((output / "internal" / "run.json").read_bytes())
    own["returns"]["231-ha-hoa.xlsx"] = "0"
    own["causes"] = {"a": "b"}
    (output / "internal" / "run.json").write_text(json.dumps(own))
    code, said = toy.pcmd(one.parent, "verify", str(output))
    assert code == 1, said
    for words in (
        f"published/{PAGE}: đã đổi",
        "internal/findings.csv: đã đổi",
        "internal/reminders.csv: thiếu",
        "báo cáo 231-ha-hoa.xlsx: đã đổi",
        "published/run.json, mục illustrative: đã đổi",
        "published/run.json, mục plan: đã đổi",
        "published/run.json, mục failed: đã đổi",
        "(230, 5_media): đã đổi",
        "internal/run.json, mục causes: đã đổi",
    ):
        assert words in said
    assert said.count("Khác: ") == 9
    unseen = "internal/trace, published/districts/empty (thư mục rỗng) và store"
    assert f"Không xem: {unseen}." in said
