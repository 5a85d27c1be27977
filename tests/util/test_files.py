"""Files that are written: tables with inert texts, whole files, archives with equal bytes."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.util.files import escape_formula, read_csv, repack_zip, to_csv_bytes, write_atomic


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=20))
def test_to_csv_bytes_text_is_inert_and_stays_in_its_row(text: str) -> None:
    """No cell begins like a formula; a table of one row reads back as one row."""
    frame = pd.DataFrame({"a": pd.array([text], "string"), "b": pd.array(["x"], "string")})
    content = to_csv_bytes(frame)
    assert b"\r" not in content and content.endswith(b",x\n")
    assert not escape_formula(text).startswith(("=", "@", "\t"))


def test_write_atomic_replaces_a_file_and_leaves_nothing_next_to_it(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.txt"
    for content in (b"1", b"2"):
        write_atomic(file, content)
        assert file.read_bytes() == content and [*file.parent.iterdir()] == [file]


def test_repack_zip_of_another_order_and_date_gives_equal_bytes() -> None:
    archives = []
    for names, year in ((("x", "y"), 1999), (("y", "x"), 2017)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
        archives.append(repack_zip(buffer.getvalue()))
    assert archives[0] == archives[1]


def test_read_csv_takes_na_for_a_text_and_nothing_for_na(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\nNA,1\n,2\n", encoding="utf-8")
    assert read_csv(tmp_path / "t.csv").a.fillna("empty").to_list() == ["NA", "empty"]


@pytest.mark.parametrize(
    ("text", "written"), [("-5", "-5"), ("-5,3", "-5,3"), ("-1+1", "'-1+1"), ("+84", "'+84")]
)
def test_escape_formula_leaves_negative_numbers_as_they_are(text: str, written: str) -> None:
    assert escape_formula(text) == written
