"""Frames as safe, accessible Vietnamese tables with the same bytes every time."""

import re
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from editions import case_of

from pcmd_eval.analysis.case import counts_text
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.show import LONG, conclusion, quoted, save_excel, show, table_html
from pcmd_eval.analysis.table_format import DASH, format_frame
from pcmd_eval.evaluation.findings import format_counts
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import NOTE
from pcmd_eval.util.errors import InputRefused


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    """The shipped returns seen from Đoan Hùng, inside the department."""
    return case_of(plan, shipped, internal=True).at("230")


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


FRAME = pd.DataFrame(
    {
        "unit_code": pd.array(["07888", "230"], dtype="string"),
        "verdict": pd.array(["met", "not_applicable"], dtype="string"),
        "number": pd.array([1234, None], dtype="Int64"),
        "complete": pd.array([True, None], dtype="boolean"),
        "communes": pd.array([False, None], dtype="boolean"),
        "cutoff": pd.array(["2017-12-05", None], dtype="string"),
        "state": pd.array(["on_time", "missing"], dtype="string"),
        "raw": pd.array(["<script>alert(1)</script>", "met"], dtype="string"),
    }
)


def test_show_prints_values_in_vietnamese(case: Case) -> None:
    """Numbers, dates, codes in words; a dash for nothing, never 0; what people wrote stays as it
    is.
    """
    texts = format_frame(FRAME, case)
    assert [*texts.columns[:3]] == ["Đơn vị", "Kết luận", "Số"]
    first = [
        "Phường Dữu Lâu",
        "● Đạt",
        "1.234",
        "Có",
        "▲ Không",
        "05/12/2017",
        "đã gửi",
        "<script>alert(1)</script>",
    ]
    assert [*texts.iloc[0]][1:] == first[1:] and texts.iloc[0, 0] == case.units.full_name["07888"]
    assert [*texts.iloc[1]] == [
        "Huyện Đoan Hùng",
        "○ Không áp dụng",
        DASH,
        DASH,
        "■ Chưa rõ",
        DASH,
        "chưa gửi",
        "met",
    ]
    assert format_frame(FRAME).iloc[0, 0] == "07888"
    assert [*format_frame(pd.DataFrame({"x": [1234.5, 100.0, 0.0]})).iloc[:, 0]] == [
        "1.234,5",
        "100",
        "0",
    ]


def test_show_prints_zero_and_explains_dashes(case: Case) -> None:
    """0 is printed as 0, and the dash is explained only where there is one."""
    shown = show(pd.Series([0, 5], name="total", dtype="Int64"), "Số")
    assert "0" in repr(shown) and "không phải số 0" not in repr(shown)
    assert "không phải số 0" in repr(show(pd.Series([0, None], name="total", dtype="Int64")))


def test_show_table_is_accessible_and_inert(case: Case) -> None:
    """Caption, scope on every header, the look's shape and word beside its colour; nothing written
    is live.
    """
    html = table_html(FRAME, "Bảng <b>thử</b>", case)
    tags = Tags(html).found
    names = [tag for tag, _ in tags]
    assert names.count("caption") == 1 and "script" not in names and "b" not in names
    scopes = [attributes.get("scope") for tag, attributes in tags if tag == "th"]
    assert scopes == ["col"] * len(FRAME.columns) + ["row"] * len(FRAME)
    assert "font-color1, #0072B2)" in html and "● " not in re.sub(
        r"<[^>]+>", "", html.split("</thead>")[0]
    )
    group = next(attributes for tag, attributes in tags if tag == "div")
    assert group["tabindex"] == "0" and group["aria-label"] == "Bảng <b>thử</b>"


def test_show_long_texts_name_their_columns_and_signs_are_explained(case: Case) -> None:
    """Cells of a long table say what they are, for screens that stack them; others do not."""
    frame = {"objective": ["media"], "words": ["120*"], "reason": ["dài " * 30]}
    frame = pd.DataFrame(frame)
    heads = [
        at["data-head"] for _, at in Tags(table_html(frame, "Dài", case)).found if "data-head" in at
    ]
    assert heads == ["Số liệu", "Diễn giải"] and "stack" in table_html(frame, "Dài", case)
    short = frame.drop(columns="reason")
    assert "data-head" not in table_html(short) and NOTE in table_html(short)
    assert NOTE in repr(show(short)) and NOTE not in repr(show(short.assign(words="120")))


def test_show_twice_gives_equal_bytes_and_a_readable_text(case: Case) -> None:
    """Shown twice it is the same; the text says what the table says; no address of memory."""
    data, metadata = show(FRAME, "Bảng", case)._repr_mimebundle_()
    assert (data, metadata) == show(FRAME.copy(), "Bảng", case)._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"} and "0x" not in data["text/plain"]
    assert data["text/plain"].splitlines()[0] == "Bảng" and " | 1.234 | " in data["text/plain"]


def test_show_takes_any_index_and_columns(case: Case) -> None:
    """Named levels of the index head the rows; levels of columns are joined; long tables fold;
    empty ones say so.
    """
    steps = (
        case.cells[case.cells.objective == "communication"]
        .groupby(["reporter", "unit_code", "period"])
        .number
    )
    quarters = steps.sum(min_count=1).unstack()
    assert [*format_frame(quarters, case).columns] == [
        "Đơn vị báo cáo",
        "Đơn vị",
        *("Quý I", "Quý II", "Quý III"),
        "Quý IV",
        "Cả năm",
    ]
    assert (
        show(quarters, "Xã", case).html.startswith("<details><summary>Xã (277 dòng)")
        and len(quarters) > LONG
    )
    assert [*format_frame(case.unit_rows(quarters), case).columns][:2] == ["Đơn vị", "Quý I"]
    pairs = [("Q1", "reported"), ("Q1", "blank")]
    two = pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_tuples(pairs, names=["period", "state"])
    )
    assert [*format_frame(two).columns] == ["Quý I · Có số liệu", "Quý I · Trống"]
    assert repr(show(quarters.iloc[:0], "Xã")) == "Xã: không có."
    assert repr(show(quarters.iloc[:0], "Xã", empty="Không có xã nào.")) == "Không có xã nào."
    silent = case.at("240").unit_rows(quarters)
    assert repr(show(silent, "Số cuộc")) == "Số cuộc: chưa có số liệu."
    assert repr(show(silent > 0, "Quý")) == "Quý: chưa đủ số liệu."
    own = (
        case.cells[case.cells.objective == "enforcement"]
        .groupby("reporter")
        .number.sum(min_count=1)
    )
    assert format_frame(own.to_frame(), case).iloc[-1, 0] == "Các cơ quan cấp tỉnh"


def test_show_heads_of_the_caller_replace_ours(case: Case, tmp_path: Path) -> None:
    """`communes` is a step of ours: an analyst's own count of that name says what he wrote."""
    counts = case.units.query("level == 'commune'").groupby("parent").size()
    frame = pd.DataFrame({"communes": counts, "x": 1}).head(3)
    heads = {"communes": "Số xã", "parent": "Huyện"}
    assert repr(show(frame, "Số xã", case, heads=heads)).splitlines()[1] == "Huyện | Số xã | x"
    save_excel(tmp_path / "a.xlsx", case, heads=heads, bang=frame)
    assert "Số xã" in pd.read_excel(tmp_path / "a.xlsx", header=1)


def test_show_equal_headings_name_their_columns(case: Case) -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    shown = repr(show(frame, "Bảng", case, heads={"a": "A", "b": "A"}))
    assert shown.splitlines()[1] == "A (a) | A (b) | c"


def test_show_small_numbers_have_three_significant_digits() -> None:
    numbers = pd.DataFrame({"x": [0.004, 0.123456, 1.23456, 0.0, 1e-7]})
    assert [*format_frame(numbers).x] == ["0,004", "0,123", "1,23", "0", "0,0000001"]
    assert "0,1" in repr(show(numbers, digits=1)) and "0,12" not in repr(show(numbers, digits=1))
    lists = pd.DataFrame({"x": [[0.004, 1.26]]})
    assert "0; 1,3" in repr(show(lists, digits=1))


def test_save_excel_without_frames_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="Chưa có bảng nào để lưu"):
        save_excel(tmp_path / "e.xlsx", case)
    assert not [*tmp_path.iterdir()]


def test_show_escapes_sentences_and_heads_carry_marks(case: Case) -> None:
    """Escaped sentences; the head carries the marks; a finding says on which rules it rests."""
    assert show("a < b").html == "<p>a &lt; b</p>"
    assert repr(show(case)).splitlines()[:2] == ["LƯU HÀNH NỘI BỘ", "SỐ LIỆU MINH HỌA"]
    assert repr(quoted(case, "communication")).startswith("“75% số xã, phường, thị trấn")
    said = repr(conclusion(case, "communication"))
    assert "● Đạt (theo quy tắc giả định: số quý" in said and said.endswith(
        case.finding("communication").reason
    )
    assert "giả định: số quý" in said and said.count("mức yêu cầu – từ 75% trở lên") == 1
    both = repr(conclusion(case, "media"))
    assert "vận dụng văn bản khác: mức yêu cầu – hằng tháng)" in both
    assert "Huyện Đoan Hùng: ○ Không áp dụng" in both and "Tỉnh Phú Thọ: ▲ Chưa đạt" in both
    assert repr(conclusion(case.at("25"), "media")).count("Tỉnh Phú Thọ: ") == 1


@pytest.mark.parametrize(
    ("unit", "slug", "expected"),
    [
        ("230", "communication", "21/28 (cần 21)"),
        ("228", "communication", "7 đến 9/10 (cần 8)"),
        ("240", "communication", "chưa có số liệu"),
        ("230", "media", "–"),
        ("25", "support_model", "ít nhất 1 (cần 1)"),
        ("239", "enforcement", "0/0 (cần 0)"),
        ("238", "harm_reduction", "chưa đủ số liệu"),  # 27 of 28 cells came
        ("240", "harm_reduction", "chưa có số liệu"),
        ("240", "enforcement", "chưa có số liệu"),
        ("25", "integration", "5 đến 7/13 (cần 7)"),
        ("25", "enforcement", "ít nhất 50/51"),  # Tân Sơn sent nothing
    ],
)
def test_counts_beside_bars_stay_on_one_line(
    case: Case, unit: str, slug: str, expected: str
) -> None:
    """The text next to a bar stays on one line."""
    (said,) = counts_text(case, case.at(unit).finding(slug).to_frame().T)
    assert said == expected


def test_conclusion_of_a_provincial_objective_has_no_district_number(case: Case) -> None:
    """No district has to reach a number of such an objective: never 0/1 (cần 1)."""
    own = case.findings.query("target == '1'")
    said = {*counts_text(case, own)}
    assert said == {"được tính", "chưa được tính", "chưa đủ số liệu", "chưa có số liệu"}


def test_save_excel_text_is_no_formula(case: Case, tmp_path: Path) -> None:
    """Text that looks like a formula or an address stays text."""
    written = ["=1+1", "http://a.example", "@x", "{=1}"]
    save_excel(tmp_path / "a.xlsx", case, rows=pd.DataFrame({"raw": written}))
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["rows"]
    cells = [row[0] for row in page.iter_rows(min_row=3)]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [
        (text, "s", None) for text in written
    ]


def test_save_excel_has_vietnamese_heads_and_numbers_to_count_with(
    case: Case, tmp_path: Path
) -> None:
    """Heads and names in Vietnamese; numbers and dates as such; filter, marks, widths."""
    found = case.unit_rows(case.findings)[["unit_code", "unit_name", "year", "value_low", "target"]]
    said = save_excel(tmp_path / "b", case, **{"Bảng thử": FRAME, "found": found})
    assert repr(said) == f"Đã lưu {(tmp_path / 'b.xlsx').resolve()}"
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    page, other = book["Bảng thử"], book["found"]
    heads, first, second = page.iter_rows(min_row=2, values_only=True)
    assert heads[:4] == ("Đơn vị", "Kết luận", "Số", "Đủ số liệu")
    assert heads[4:6] == ("Duy trì thường xuyên", "Ngày chốt số liệu")
    assert first[:6] == ("Phường Dữu Lâu", "● Đạt", 1234, "Có", "▲ Không", datetime(2017, 12, 5))
    assert second[2] is None and second[5] is None, (
        "no value is an empty cell, neither 0 nor a dash"
    )
    assert page["F3"].number_format == "dd/mm/yyyy" and page["C3"].number_format == "#,##0"
    assert page.auto_filter.ref == "A2:H4" and page.freeze_panes == "B3"
    assert page["A1"].value.startswith("LƯU HÀNH NỘI BỘ · SỐ LIỆU MINH HỌA · ")
    assert page.column_dimensions["A"].width > len("Phường Dữu Lâu")
    row = [cell.value for cell in other[3]]
    assert row == ["230", "Huyện Đoan Hùng", "2017", 0.75, "từ 75% trở lên"]


@pytest.mark.parametrize("name", ["a/b", "x" * 32, "'x", "Quý [I]"])
def test_save_excel_impossible_sheet_is_refused(case: Case, tmp_path: Path, name: str) -> None:
    """No traceback, no file."""
    with pytest.raises(InputRefused, match="Tên trang “"):
        save_excel(tmp_path / "a.xlsx", case, **{name: FRAME})
    with pytest.raises(InputRefused, match="Tên trang “A”"):
        save_excel(tmp_path / "a.xlsx", case, a=FRAME, A=FRAME)
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match=r"Không ghi được .*a\.xlsx"):
        save_excel(tmp_path / "file" / "a.xlsx", case, a=FRAME)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_show_count_without_any_reported_cell_is_a_dash(case: Case) -> None:
    """A count without any reported cell is a dash; filed findings keep 0."""
    told = case.for_display(case.findings[case.findings.objective == "communication"])
    assert [*told.unit_name[:2], told.unit_name.iloc[-1]] == [
        "Thành phố Việt Trì",
        "Thị xã Phú Thọ",
        "Tỉnh Phú Thọ",
    ]
    assert [*told.unit_code[told.low.isna()]] == ["240"] and case.at("240").finding(
        "communication"
    ).low == 0
    assert [*case.unit_rows(told).unit_code] == ["230"] and [
        *case.at("25").unit_rows(told[::-1]).unit_code
    ] == [*told.unit_code]


def test_show_unit_without_a_duty_has_a_neutral_ring(case: Case) -> None:
    """A unit that is asked for nothing has a neutral ring."""
    hosts = pd.Series([True, False, None], ["227", "228", "230"], dtype="boolean", name="hosts")
    said = ["● Có mô hình được tính", "○ Không có mô hình được tính", "■ Chưa rõ"]
    assert [*format_frame(hosts.to_frame()).iloc[:, 1]] == said


def test_show_quarter_without_detected_cases_counts_those_handled(case: Case) -> None:
    """A quarter without detected cases counts at least those handled."""
    finding = case.finding("enforcement").to_dict() | {"low": 13, "high": None, "total": None}
    assert format_counts(finding | {"needed": None}, False, 11) == "ít nhất 13/13"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (
            [["Q1", "Q2"], ("Q4",), {"Q2", "Q1"}, []],
            ["Quý I; Quý II", "Quý IV", "Quý I; Quý II", DASH],
        ),
        ([float("inf"), -float("inf"), -0.001], ["∞", "-∞", "-0,001"]),
        ([Decimal("1.500"), Decimal("NaN")], ["1,5", DASH]),
        ([pd.Timestamp("2017-12-05"), pd.NaT], ["05/12/2017", DASH]),
    ],
)
def test_show_and_save_excel_take_any_cell_values(
    values: list[object], texts: list[str], case: Case, tmp_path: Path
) -> None:
    """Lists, infinities, decimals and dates in cells are printed and saved."""
    frame = pd.DataFrame({"period": pd.Series(values, dtype=object)})
    assert [*format_frame(frame, case).iloc[:, 0]] == texts
    save_excel(tmp_path / "tep.xlsx", case, frame=frame)


def test_show_prints_texts_and_days_of_an_unnamed_index(case: Case) -> None:
    """Numbers that only count rows are not printed."""
    described = format_frame(case.cells[["number"]].describe())
    assert [*described.iloc[:2, 0]] == ["count", "mean"] and described.columns[1] == "Số"
    assert "21" in repr(show(case.finding("communication"))).split("\nlow | ")[1]
    assert [*format_frame(pd.DataFrame({"x": [5]}, index=[7])).columns] == ["x"]


def test_show_columns_of_verdicts_are_words(case: Case) -> None:
    """Columns of a crosstab of verdicts are words."""
    found = case.findings
    assert "Chưa đạt" in format_frame(pd.crosstab(found.objective, found.verdict), case).columns


@pytest.mark.parametrize("what", [5, None, ["a"]])
def test_show_and_save_excel_without_a_frame_are_refused(
    what: object, case: Case, tmp_path: Path
) -> None:
    """In words, by both ways of printing."""
    for work in (lambda: show(what), lambda: save_excel(tmp_path / "tep", case, what=what)):
        with pytest.raises(InputRefused, match="của pandas; đây là"):
            work()


def test_show_rows_about_the_reporter_itself_name_it_once(case: Case) -> None:
    index = pd.MultiIndex.from_tuples([("230", "230")], names=["reporter", "unit_code"])
    shown = show(pd.DataFrame({"Q1": [1]}, index), "Số cuộc", case).text
    assert "Đơn vị báo cáo" not in shown and shown.count("Huyện Đoan Hùng") == 1
    of_commune = index.set_levels(["07969"], level="unit_code")
    assert "Đơn vị báo cáo" in show(pd.DataFrame({"Q1": [1]}, of_commune), "Số cuộc", case).text
