"""The department stands in one line of data/review.yaml."""

import zipfile
from pathlib import Path

import pytest
import toy
from made import edited, inform

from pcmd_eval.plan.report_settings import Department, load_settings
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.yaml_models import parse_model

OLD, NEW = "Sở Lao động - Thương binh và Xã hội", "Sở Y tế"


def texts_under(folder: Path) -> dict[str, str]:
    """The text of every file, of Word and Excel files that of their parts."""
    texts = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        if path.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(path) as parts:
                names = [name for name in parts.namelist() if name.endswith(".xml")]
                texts[path.name] = "".join(parts.read(name).decode() for name in names)
        else:
            texts[path.name] = path.read_bytes().decode(errors="replace")
    return texts


@pytest.mark.slow
def test_department_changed_in_one_line_is_renamed_in_every_output(tmp_path):
    root = toy.root(tmp_path / "root")
    settings = root / "data" / "review.yaml"
    text = settings.read_text(encoding="utf-8")
    assert text.count(OLD) == 1
    settings.write_text(text.replace(OLD, NEW), encoding="utf-8")
    returned = toy.sent(root) / "25-phu-tho.xlsx"  # the department wrote its own name there
    returned.write_bytes(edited(returned.read_bytes(), lambda book: inform(book, office=NEW)))
    output = str(root / "outputs")
    for command in (
        ["template", "230", "--to", str(root / "outputs" / "forms")],
        ["check", "--output", output],
        ["run", "--unit", "230", "--unit", "25", "--output", output],
    ):
        code, said = toy.pcmd(root, *command)
        assert code == 0, said
    texts = texts_under(root / "outputs")
    assert {Path(name).suffix for name in texts} >= {".docx", ".xlsx", ".html", ".ipynb"}
    old = [name for name, text in texts.items() if "Sở Lao động" in text or "SLĐTBXH" in text]
    assert old == []
    with_new = {Path(name).suffix for name, text in texts.items() if NEW in text}
    assert with_new >= {".docx", ".xlsx", ".html"}


@pytest.mark.parametrize(
    ("name", "lines", "symbol", "field"),
    [
        (OLD, ["SỞ LAO ĐỘNG -", "THƯƠNG BINH VÀ XÃ HỘI"], "SLĐTBXH", OLD.removeprefix("Sở ")),
        (NEW, ["SỞ Y TẾ"], "SYT", "Y tế"),
    ],
)
def test_department_derives_its_names_from_one(name, lines, symbol, field):
    department = Department(name=name, signing=["GIÁM ĐỐC"])
    assert department.heading_lines == lines
    assert department.names == {
        "department": name,
        "short": "Sở",
        "symbol": symbol,
        "field": field,
    }


def test_department_signing_without_brackets_is_refused():
    with pytest.raises(InputRefused, match=r"ngoặc vuông.*\[GIÁM ĐỐC\]"):
        parse_model(b"signing: GI\xc3\x81M \xc4\x90\xe1\xbb\x90C", "review.yaml", Department)


def test_shipped_department_is_complete():
    department = load_settings().department
    assert (department.name, department.signing, department.signer) == (OLD, ("GIÁM ĐỐC",), "")
