"""Frames as safe, accessible Vietnamese tables with the same bytes every time."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import counts_text
from pcmd_eval.analysis.conclusions import conclusion
from pcmd_eval.analysis.scenario import what_if
from pcmd_eval.analysis.show import LEGEND, save_excel, show, table_html
from pcmd_eval.analysis.table_format import format_frame
from pcmd_eval.evaluation.findings import format_counts
from pcmd_eval.statistics.indicators import NOTE
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.vocabulary import NO_VALUE

SCRIPT = "<script>alert(1)</script>"
FRAME = pd.DataFrame(
    {
        "unit_code": pd.array(["07888", "230"], dtype="string"),
        "verdict": pd.array(["met", "not_applicable"], dtype="string"),
        "number": pd.array([1234, None], dtype="Int64"),
        "complete": pd.array([True, None], dtype="boolean"),
        "communes": pd.array([False, None], dtype="boolean"),
        "cutoff": pd.array(["2017-12-05", None], dtype="string"),
        "state": pd.array(["on_time", "missing"], dtype="string"),
        "raw": pd.array([SCRIPT, "met"], dtype="string"),
    }
)


@pytest.fixture(scope="module")
def sessions(case: Case) -> pd.DataFrame:
    """Sessions by reporter, commune and quarter."""
    cells = case.cells[case.cells.objective == "communication"]
    numbers = cells.groupby(["reporter", "unit_code", "period"]).number
    return numbers.sum(min_count=1).unstack()


# ---- values and headings -------------------------------------------------------------------------


def test_show_prints_values_in_vietnamese_twice_with_equal_bytes(case: Case) -> None:
    """Numbers, dates, codes in words; a dash for nothing, never 0; what people wrote stays."""
    expected = """\
Bảng
Đơn vị | Kết luận | Số | Đủ số liệu | Duy trì thường xuyên | Ngày chốt số liệu | Tình trạng | \
Ghi trong báo cáo
Phường Dữu Lâu | ● Đạt | 1.234 | ● Có | ▲ Không | 05/12/2017 | đã gửi | <script>alert(1)</script>
Huyện Đoan Hùng | ○ Không áp dụng | – | ■ Chưa rõ | ■ Chưa rõ | – | chưa gửi | met
– : không có hoặc chưa có số liệu; không phải số 0."""
    case = replace(case)  # of which nobody made a trial
    data, metadata = show(FRAME, "Bảng", case)._repr_mimebundle_()
    assert (data, metadata) == show(FRAME.copy(), "Bảng", case)._repr_mimebundle_()
    assert data["text/plain"] == expected
    assert set(data) == {"text/html", "text/plain"}
    assert format_frame(FRAME).iloc[0, 0] == "07888", "without a case no name is known"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1234.5, 100.0, 0.0], ["1.234,5", "100", "0"]),
        ([0.123456, 1.23456], ["0,12", "1,23"]),
        ([float("inf"), -float("inf"), -0.001], ["∞", "-∞", "0"]),
        ([Decimal("1.500"), Decimal("NaN")], ["1,5", NO_VALUE]),
        ([pd.Timestamp("2017-12-05"), pd.NaT], ["05/12/2017", NO_VALUE]),
        (
            [["Q1", "Q2"], ("Q4",), {"Q2", "Q1"}, []],
            ["Quý I; Quý II", "Quý IV", "Quý I; Quý II", NO_VALUE],
        ),
    ],
)
def test_show_and_save_excel_take_any_cell_values(
    values: list[object], texts: list[str], case: Case, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"period": pd.Series(values, dtype=object)})
    assert [*format_frame(frame, case).iloc[:, 0]] == texts
    save_excel(tmp_path / "tep.xlsx", case, frame=frame)


def test_show_rounds_to_the_digits_that_are_asked_for() -> None:
    assert "\n0; 1,3" in repr(show(pd.DataFrame({"x": [[0.004, 1.26]]}), digits=1))


def test_show_explains_dashes_and_stars_only_where_there_are_any() -> None:
    for total, is_explained in ((5, False), (None, True)):
        text = repr(show(pd.Series([0, total], name="total", dtype="Int64"), "Số"))
        assert "\n0" in text and ("không phải số 0" in text) == is_explained
    for words, states, is_explained in (
        ("120", ["complete"], False),
        ("120*", ["incomplete"], True),
    ):
        frame = pd.DataFrame({"words": [words], "state": states})
        assert (NOTE in repr(show(frame))) == is_explained


def test_show_marks_a_unit_without_a_duty_with_a_neutral_ring() -> None:
    hosts = pd.Series([True, False, None], ["227", "228", "230"], dtype="boolean", name="hosts")
    texts = ["● Có mô hình được tính", "○ Không có mô hình được tính", "■ Chưa rõ"]
    assert [*format_frame(hosts.to_frame()).iloc[:, 1]] == texts


def test_show_heads_levels_of_any_index_and_columns(case: Case, sessions: pd.DataFrame) -> None:
    """Also texts of an unnamed index, never numbers that only count rows."""
    pairs = pd.MultiIndex.from_tuples(
        [("Q1", "reported"), ("Q1", "blank")], names=["period", "state"]
    )
    quarters = ["Quý I", "Quý II", "Quý III", "Quý IV", "Cả năm"]
    for frame, heads in (
        (sessions, ["Đơn vị báo cáo", "Đơn vị", *quarters]),
        (case.unit_rows(sessions), ["Đơn vị", *quarters]),
        (pd.DataFrame([[1, 2]], columns=pairs), ["Quý I · Có số liệu", "Quý I · Trống"]),
        (pd.DataFrame({"x": [5]}, index=[7]), ["x"]),
    ):
        assert [*format_frame(frame, case).columns] == heads
    verdicts = pd.crosstab(case.findings.objective, case.findings.verdict)
    assert "Chưa đạt" in format_frame(verdicts, case).columns
    summary = format_frame(case.cells[["number"]].describe())
    assert [*summary.iloc[:2, 0]] == ["count", "mean"] and summary.columns[1] == "Số"
    row = repr(show(case.finding("communication")))
    assert "\nlow | 21" in row and "\nyear | 2017" in row
    cases = case.cells[case.cells.objective == "enforcement"].groupby("reporter")
    numbers = cases.number.sum(min_count=1).to_frame()
    assert format_frame(numbers, case).iloc[-1, 0] == "Các cơ quan cấp tỉnh"


def test_show_of_rows_about_the_reporter_itself_names_it_once(case: Case) -> None:
    index = pd.MultiIndex.from_tuples([("230", "230")], names=["reporter", "unit_code"])
    text = show(pd.DataFrame({"Q1": [1]}, index), "Số cuộc", case).text
    assert "Đơn vị báo cáo" not in text and text.count("Huyện Đoan Hùng") == 1
    of_commune = index.set_levels(["07969"], level="unit_code")
    assert "Đơn vị báo cáo" in show(pd.DataFrame({"Q1": [1]}, of_commune), "Số cuộc", case).text


def test_show_of_empty_or_unknown_rows_is_a_sentence(case: Case, sessions: pd.DataFrame) -> None:
    silent = case.at("240").unit_rows(sessions)
    for display, sentence in (
        (show(sessions.iloc[:0], "Xã"), "Xã: không có."),
        (show(sessions.iloc[:0], "Xã", empty="Không có xã nào."), "Không có xã nào."),
        (show(silent.reset_index(drop=True), "Số cuộc"), "Số cuộc: chưa có số liệu."),
        (show((silent > 0).reset_index(drop=True), "Quý"), "Quý: chưa đủ số liệu."),
    ):
        assert repr(display) == sentence


def test_show_of_units_without_any_value_names_them(case: Case, sessions: pd.DataFrame) -> None:
    """The open communes of a step are what an analyst asks for; Tân Sơn has 17."""
    communes = case.plan.steps("communication", case.cells)["communes"]
    _, head, *lines = repr(show(communes[communes.isna()], "Chưa rõ", case)).splitlines()
    assert len(lines) == communes.isna().sum() and head.startswith("Đơn vị báo cáo | Đơn vị | ")
    assert "Huyện Tân Sơn | Xã Đồng Sơn | ■ Chưa rõ" in lines
    silent = case.at("240").unit_rows(sessions)
    _, _, *lines, legend = repr(show(silent, "Số cuộc", case)).splitlines()
    assert len(lines) == len(silent) and lines[-1].startswith("Xã Vinh Tiền | – | –")
    assert legend == LEGEND


def test_show_of_counted_values_keeps_the_values() -> None:
    for values, lines in (
        ([True, True, False], ["● Có | 2", "▲ Không | 1"]),
        ([4, 4, 3], ["4 | 2"]),
    ):
        assert {*lines} <= {*repr(show(pd.Series(values).value_counts())).splitlines()}


def test_show_heads_of_the_caller_replace_ours(case: Case, tmp_path: Path) -> None:
    """`communes` is a step of ours: an analyst's own count of that name says what he wrote."""
    counts = case.units.query("level == 'commune'").groupby("parent").size()
    frame = pd.DataFrame({"communes": counts, "x": 1}).head(3)
    heads = {"communes": "Số xã", "parent": "Huyện"}
    assert "\nHuyện | Số xã | x\n" in repr(show(frame, "Số xã", case, heads=heads))
    save_excel(tmp_path / "a.xlsx", case, heads=heads, bang=frame)
    assert "Số xã" in pd.read_excel(tmp_path / "a.xlsx", header=1)


# ---- the page ------------------------------------------------------------------------------------


def test_show_table_is_accessible_and_inert(case: Case) -> None:
    """Caption, scope on every header; the shape and word beside a colour; nothing is live."""
    html = table_html(FRAME, "Bảng <b>thử</b>", case)
    table = BeautifulSoup(html, "lxml")
    assert len(table("caption")) == 1 and not table(["script", "b"])
    scopes = [head["scope"] for head in table("th")]
    assert scopes == ["col"] * len(FRAME.columns) + ["row"] * len(FRAME)
    assert "font-color1, #0072B2)" in html and "● " not in table.thead.get_text()
    assert table.div["tabindex"] == "0" and table.div["aria-label"] == "Bảng <b>thử</b>"
    assert show("a < b").html == "<p>a &lt; b</p>"


def test_show_of_long_texts_stacks(case: Case) -> None:
    """Cells of a table with long texts say what they are, for screens that stack them."""
    frame = pd.DataFrame({"objective": ["media"], "words": ["120*"], "reason": ["dài " * 30]})
    html = table_html(frame, "Dài", case)
    cells = BeautifulSoup(html, "lxml").find_all(attrs={"data-head": True})
    assert [cell["data-head"] for cell in cells] == ["Số liệu", "Diễn giải"] and "stack" in html
    assert "data-head" not in table_html(frame.drop(columns="reason"))


@pytest.mark.slow
def test_show_with_the_case_of_a_trial_has_its_mark(case: Case) -> None:
    """Tables and conclusions; what is shown with the plan's own case has none."""
    trial = what_if(case, {("communication", "active_quarters"): 2})
    mark = "PHƯƠNG ÁN THỬ – không phải kết luận chính thức"
    for shown in (
        show(trial.findings, "Kết luận", trial),
        show(trial.for_display(trial.changes.query("item == 'sessions'")), "So sánh", trial),
        show(trial),
        conclusion(trial, "communication"),
        conclusion(trial),
    ):
        assert mark in shown.html and mark in shown.text
    for rows in (case.findings, case.findings[["unit_name", "low"]].head(), case.returns.tail(1)):
        assert "PHƯƠNG ÁN" not in show(rows, "Bảng", case).html


@pytest.mark.slow
def test_findings_of_a_trial_have_the_missing_cells_of_its_case_alone(case: Case) -> None:
    trial = what_if(case, {("communication", "active_quarters"): 2})
    with pytest.raises(InputRefused, match="theo quy tắc khác"):
        case.missing_by_reporter(trial.findings)
    trial.missing_by_reporter(trial.findings)
    changes = trial.changes.set_index(["unit_code", "item"])
    assert changes.why["227", "communes_met"].startswith("phương án thử")
    assert pd.isna(changes.why["227", "attendance"])


# ---- counts and conclusions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "slug", "expected"),
    [
        ("228", "communication", "7 đến 9/10 (cần 8)"),
        ("240", "communication", "chưa có số liệu"),
        ("230", "media", "–"),
        ("238", "harm_reduction", "chưa đủ số liệu"),  # 27 of 28 cells came
        ("240", "harm_reduction", "chưa có số liệu"),
        ("239", "enforcement", "0/0 (cần 0)"),
        ("240", "enforcement", "chưa có số liệu"),
    ],
)
def test_counts_text_of_a_unit_stays_on_one_line(
    case: Case, unit: str, slug: str, expected: str
) -> None:
    """Those of the province stand in the approved text of index.html."""
    assert [*counts_text(case, case.at(unit).finding(slug).to_frame().T)] == [expected]


def test_counts_text_of_a_provincial_objective_has_no_district_number(case: Case) -> None:
    """No district has to reach a number of such an objective: never 0/1 (cần 1)."""
    texts = {*counts_text(case, case.findings.query("target == '1'"))}
    assert texts == {"được tính", "chưa được tính", "chưa đủ số liệu", "chưa có số liệu"}


@pytest.mark.parametrize(
    ("total", "least", "expected"),
    [
        (None, 11, "đã xử lý ít nhất 13; phát hiện ít nhất 13"),
        (None, 14, "đã xử lý ít nhất 13; phát hiện ít nhất 14"),
        (13, None, "ít nhất 13"),
    ],
)
def test_format_counts_of_open_cases_never_reads_as_all(
    case: Case, total: int | None, least: int | None, expected: str
) -> None:
    """Nobody knows how many were detected, or whether more were handled: not "13/13"."""
    finding = case.finding("enforcement").to_dict()
    finding |= {"low": 13, "high": None, "total": total, "needed": total}
    assert format_counts(finding, False, least).with_needed == expected


def test_format_counts_of_exactly_handled_cases_beside_unknown_detected_ones(case: Case) -> None:
    """A blank 6.3 leaves the handled cases exact; 0 of an unknown number is no number to print."""
    finding = case.finding("enforcement").to_dict() | {"total": None, "needed": None}
    exact = format_counts(finding | {"low": 3, "high": 3}, False, 5).with_needed
    assert exact == "đã xử lý 03; phát hiện ít nhất 05"
    assert format_counts(finding | {"low": 0, "high": 0}, False, 0).with_needed == "chưa đủ số liệu"


def test_conclusion_of_a_provincial_objective_has_the_provinces_after_the_units(case: Case) -> None:
    text = repr(conclusion(case, "media"))
    assert "tạm áp dụng theo văn bản khác: mức hằng tháng)" in text
    assert "Huyện Đoan Hùng: ○ Không áp dụng" in text and "Tỉnh Phú Thọ: ▲ Chưa đạt" in text
    assert repr(conclusion(case.at("25"), "media")).count("Tỉnh Phú Thọ: ") == 1


# ---- Excel ---------------------------------------------------------------------------------------


def test_save_excel_text_is_no_formula(case: Case, tmp_path: Path) -> None:
    texts = ["=1+1", "http://a.example", "@x", "{=1}"]
    save_excel(tmp_path / "a.xlsx", case, rows=pd.DataFrame({"raw": texts}))
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["rows"]
    cells = [row[0] for row in page.iter_rows(min_row=3)]
    assert [cell.value for cell in cells] == texts
    assert {(cell.data_type, cell.hyperlink) for cell in cells} == {("s", None)}


def test_save_excel_has_vietnamese_heads_and_numbers_to_count_with(
    case: Case, tmp_path: Path
) -> None:
    """Numbers and dates as such, no value an empty cell; filter, marks, widths."""
    columns = ["unit_code", "unit_name", "year", "value_low", "target"]
    frames = {"Bảng thử": FRAME, "rows": case.unit_rows(case.findings)[columns]}
    message = repr(save_excel(tmp_path / "b", case, **frames))
    assert message == f"Đã lưu {(tmp_path / 'b.xlsx').resolve()}"
    assert repr(save_excel(tmp_path / "b", case, **frames)) == f"{message}, thay tệp cũ cùng tên"
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    page = book["Bảng thử"]
    heads, *rows = page.iter_rows(min_row=2, max_col=6, values_only=True)
    assert heads == (
        *("Đơn vị", "Kết luận", "Số", "Đủ số liệu"),
        *("Duy trì thường xuyên", "Ngày chốt số liệu"),
    )
    assert rows == [
        ("Phường Dữu Lâu", "● Đạt", 1234, "● Có", "▲ Không", datetime(2017, 12, 5)),
        ("Huyện Đoan Hùng", "○ Không áp dụng", None, "■ Chưa rõ", "■ Chưa rõ", None),
    ]
    assert page["F3"].number_format == "dd/mm/yyyy" and page["C3"].number_format == "#,##0"
    assert page.auto_filter.ref == "A2:H4" and page.freeze_panes == "B3"
    assert page["A1"].value.startswith("LƯU HÀNH NỘI BỘ · SỐ LIỆU MINH HỌA · ")
    assert page.column_dimensions["A"].width > len("Phường Dữu Lâu")
    row = [cell.value for cell in book["rows"][3]]
    assert row == ["230", "Huyện Đoan Hùng", "2017", 0.75, "từ 75% trở lên"]


@pytest.mark.parametrize(
    ("file", "frames", "message"),
    [
        ("a.xlsx", {}, "chưa có bảng nào để lưu"),
        *(("a.xlsx", {name: FRAME}, "Tên trang “") for name in ("a/b", "x" * 32, "'x", "Quý [I]")),
        ("a.xlsx", {"a": FRAME, "A": FRAME}, "Tên trang “A”"),
        ("file/a.xlsx", {"a": FRAME}, "Không có thư mục .*file"),
    ],
)
def test_save_excel_of_impossible_sheets_is_refused(
    case: Case, tmp_path: Path, file: str, frames: dict[str, pd.DataFrame], message: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match=message):
        save_excel(tmp_path / file, case, **frames)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_headings_of_pivots_are_those_of_items_and_states_and_years_are_no_numbers(
    case: Case,
) -> None:
    counts = case.indicators.query("item in ['communes', 'communes_met']")
    by_item = counts.pivot(index="unit_name", columns="item", values="value")
    assert show(by_item, "x", case).text.splitlines()[1] == (
        "Đơn vị | Xã, phường, thị trấn | Xã, phường, thị trấn duy trì tuyên truyền thường xuyên"
    )
    by_state = pd.crosstab(case.returns.unit_name, case.returns.state)
    assert "| chưa gửi |" in show(by_state, "x", case).text
    assert "\n2015 | 1.000" in show(pd.DataFrame({"Năm": [2015], "Số": [1000]}), "x", case).text
