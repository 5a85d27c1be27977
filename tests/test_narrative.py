"""What people write for a review: where it goes, which figures it may name, and what is said of the rest."""

from pathlib import Path

import pytest

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.review.narrative import read
from pcmd_eval.review.settings import load_settings

PARTS = {"Kết quả đạt được": "results", "Hạn chế": "limits", "Nguyên nhân": "causes"}
FIGURES = {"sessions": "2.702*", "cases": "51*"}


@pytest.fixture
def told(tmp_path: Path):
    """Reads a text as the file 230.md."""

    def _told(text: str, encoding: str = "utf-8") -> tuple[dict[str, list[str]], list[str]]:
        (tmp_path / "230.md").write_text(text, encoding=encoding)
        return read(tmp_path / "230.md", PARTS, FIGURES)

    return _told


def test_headings_name_the_place_and_lines_are_paragraphs(told):
    found, remarks = told("# Hạn chế\n\nMột.\nHai.\n\n# KẾT QUẢ  đạt được\nBa.\n")
    assert found == {"results": ["Ba."], "limits": ["Một.", "Hai."], "causes": []}
    assert remarks == []


def test_a_named_figure_is_put_in(told):
    found, remarks = told("# Hạn chế\nTổ chức {{ so.sessions }} cuộc, phát hiện {{so.cases}} vụ.\n")
    assert found["limits"] == ["Tổ chức 2.702* cuộc, phát hiện 51* vụ."]
    assert remarks == []


def test_what_people_write_is_not_changed(told):
    words = "Số <b>không</b> & “a < b” \\ 100đ."
    assert told(f"# Hạn chế\n{words}\n")[0]["limits"] == [words]


def test_remarks_for_writers_stay_out_and_keep_the_lines(told):
    found, remarks = told(
        "<!-- một\nhai -->\n# Hạn chế\nCó 12 <!-- 99 --> cuộc.\n<!-- không đóng\nChữ."
    )
    assert found["limits"] == ["Có 12  cuộc."]
    assert remarks == ["230.md, dòng 4: “12” gõ tay, không lấy từ kết quả; xem lại."]


def test_a_missing_file_has_said_nothing(tmp_path):
    assert read(tmp_path / "231.md", PARTS, FIGURES) == (
        {"results": [], "limits": [], "causes": []},
        [],
    )


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Có 12 cuộc và 3,5% số xã.", ["12", "3,5%"]),
        ("Tổng 1.234, tăng.", ["1.234"]),
        ("Năm 2017, ngày 14/3/2017 và 15/12, theo Kế hoạch 884/KH-UBND.", []),
        ("1. Việc thứ nhất.", []),
        ("Tổ chức {{ so.sessions }} cuộc.", []),
    ],
)
def test_numbers_typed_by_hand_are_listed_and_nothing_more(told, text, typed):
    found, remarks = told(f"# Hạn chế\n{text}\n")
    assert len(found["limits"]) == 1
    assert remarks == [
        f"230.md, dòng 2: “{one}” gõ tay, không lấy từ kết quả; xem lại." for one in typed
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "# Tồn tại\nChữ.",
            "230.md, dòng 1: không có đề mục “Tồn tại”. Dùng một trong: Kết quả đạt được; Hạn chế",
        ),
        ("# Hạn chế\n{{ so.sesions }} cuộc", "230.md, dòng 2: không có số liệu tên “sesions”."),
        ("# Hạn chế\n\n{{ sessions }} cuộc", "230.md, dòng 3: chỗ đặt số liệu viết sai"),
        ("# Hạn chế\n{% for a in b %}", "230.md, dòng 2: chỗ đặt số liệu viết sai"),
        ("# Hạn chế\n{{ so.sessions", "230.md, dòng 2: chỗ đặt số liệu viết sai"),
        ("Chữ.\n# Hạn chế", "230.md, dòng 1: chữ đứng trước mọi đề mục"),
    ],
)
def test_what_there_is_not_is_refused_with_its_line(told, text, said):
    with pytest.raises(InputRefused) as refused:
        told(text)
    assert len(refused.value.reasons) == 1
    assert refused.value.reasons[0].startswith(said)


def test_all_faults_are_told_at_once(told):
    with pytest.raises(InputRefused) as refused:
        told("# A\n# Hạn chế\n{{ so.a }} {{ so.b }}\n")
    assert len(refused.value.reasons) == 3


def test_another_encoding_is_refused_by_name(told):
    with pytest.raises(InputRefused, match=r"230\.md: không phải tệp văn bản UTF-8"):
        told("# Hạn chế\nChữ.", "utf-16")


def test_the_pattern_for_writers_has_every_part_and_says_nothing_yet():
    parts = load_settings().parts
    pattern = paths.NARRATIVE / "mau.md"
    assert read(pattern, parts, {}) == ({key: [] for key in parts.values()}, [])
    headings = [
        line.strip("# ")
        for line in pattern.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    ]
    assert headings == [*parts]
