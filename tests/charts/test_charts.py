"""The pictures: the same bytes for the same rows, words for those who do not see them, and nothing
cut off.
"""

import hashlib
import io
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.image
import openpyxl
import pandas as pd
import pytest
from editions import case_of
from fontTools.ttLib import TTFont

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.analysis.scenario import what_if
from pcmd_eval.analysis.show import save_excel
from pcmd_eval.analysis.sums import summed
from pcmd_eval.charts import renderer
from pcmd_eval.charts.bar_charts import bars, bounds_chart
from pcmd_eval.charts.map_renderer import read_districts
from pcmd_eval.charts.maps import district_map
from pcmd_eval.charts.picture import Picture
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

SVG_TAGS = {"svg", "g", "defs", "style", "path", "text", "use", "clipPath", "rect", "pattern"}


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    """The shipped returns seen from Đoan Hùng."""
    return case_of(plan, shipped).at("230")


def rows_of(case: Case, slug: str) -> pd.DataFrame:
    """The findings on one objective, of the units and the province."""
    findings = all_findings(case)
    return findings[findings.objective == slug]


def draw_all(case: Case) -> dict[str, Picture]:
    """One picture of every kind."""
    attendance = case.cells[case.cells.period == "Y"].groupby("reporter").number.sum(min_count=1)
    rates = pd.Series(range(len(case.codes)), case.codes, dtype="Float64") * 62.5 + 1367.9
    rates["240"] = pd.NA
    communication = bounds_chart(rows_of(case, "communication"), case, "Xã duy trì")
    return {
        "bounds": communication,
        "counts": bounds_chart(rows_of(case, "support_model"), case, "Mô hình"),
        "one unit": bounds_chart(case.province.findings, case, "Toàn tỉnh"),
        "numbers": bars(attendance, case, "Lượt người"),
        "maps": district_map(case.findings, case, "Kết luận"),
        "long numbers": district_map(rates.drop("25"), case, "Lượt trên 10.000 dân"),
        "map": district_map(rows_of(case, "enforcement"), case, "Kết luận").on_paper(),
        "paper": communication.on_paper(),
    }


@pytest.fixture(scope="module")
def pictures(case: Case) -> dict[str, Picture]:
    return draw_all(case)


def is_whole(picture: Picture) -> bool:
    """Return whether the outermost pixels are empty: nothing is cut off."""
    pixels = matplotlib.image.imread(io.BytesIO(picture.png))[..., :3]
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    return all((edge > 0.99).all() for edge in edges)


def hash_picture(picture: Picture) -> str:
    return hashlib.sha256(picture.png + picture.svg.encode()).hexdigest()


# ---- every kind of picture -----------------------------------------------------------------------


@pytest.mark.slow
def test_chart_drawn_twice_has_equal_bytes_and_empty_edges(
    case: Case, pictures: dict[str, Picture]
) -> None:
    """Whatever a user has set."""
    hashes = {name: hash_picture(picture) for name, picture in pictures.items()}
    renderer.render_svg.cache_clear()
    renderer.render_png.cache_clear()
    with matplotlib.rc_context({"axes.facecolor": "yellow", "svg.fonttype": "path"}):
        for name, picture in draw_all(case).items():
            assert hash_picture(picture) == hashes[name], name
            assert is_whole(picture), name


@pytest.mark.slow
def test_chart_svg_has_only_inert_elements(pictures: dict[str, Picture]) -> None:
    """Shapes, hatching and words as text, and no address but of its own parts."""
    for picture in pictures.values():
        elements = [*ElementTree.fromstring(picture.svg).iter()]
        tags = {element.tag.rpartition("}")[2] for element in elements}
        assert {"text"} < tags <= SVG_TAGS
        for key, value in (pair for element in elements for pair in element.attrib.items()):
            assert not key.startswith("on") and "url(" not in value.replace("url(#", "")
            assert not key.endswith("href") or value.startswith("#")
    assert "13.372" in pictures["numbers"].svg and "chưa có số liệu" in pictures["bounds"].svg


def test_chart_of_another_unit_differs_by_the_bold_name_alone(case: Case) -> None:
    """It is not drawn again."""
    communication, bold = rows_of(case, "communication"), 'font-weight="bold" id="row-'
    charts = [bounds_chart(communication, case.at(unit), "Xã").svg for unit in ("230", "240")]
    count = renderer.render_svg.cache_info().misses
    charts.append(bounds_chart(communication, case.at("227"), "Xã").svg)
    assert renderer.render_svg.cache_info().misses == count
    assert [chart.count(bold) for chart in charts] == [1, 1, 1] and len({*charts}) == 3
    assert len({chart.replace(bold, 'id="row-') for chart in charts}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("paper", [True, False])
def test_chart_with_long_words_has_room_for_all(case: Case, paper: bool) -> None:
    """Names and numbers of a province ten thousand times as large."""
    large = rows_of(case, "communication").copy()
    large[["low", "high", "needed", "total"]] *= 10_000
    large["unit_name"] = "Thành phố Phan Rang - Tháp Chàm thuộc tỉnh Ninh Thuận"
    picture = bounds_chart(large, case, "Xã")
    assert is_whole(picture.on_paper() if paper else picture)


@pytest.mark.slow
@pytest.mark.parametrize("paper", [True, False])
@pytest.mark.parametrize("draw", [district_map, bounds_chart])
def test_chart_with_three_marks_shows_them_whole(
    case: Case, draw: Callable[..., Picture], paper: bool
) -> None:
    """They are wider than a map, and on a screen wider than the room beside a title."""
    plan = case.plan.model_copy(update={"trial": "đủ cả bốn quý"})
    marked = replace(case, plan=plan, _internal=True)
    assert len(marked.marks) == 3
    title = "Kết luận về phát hiện và xử lý vi phạm ở từng huyện, thành, thị trong năm " * 2
    picture = draw(rows_of(case, "enforcement"), marked, title)
    assert picture.alt.startswith("LƯU HÀNH NỘI BỘ. PHƯƠNG ÁN THỬ")
    assert is_whole(picture.on_paper() if paper else picture)


DRAW = """
import hashlib, pickle, sys
from pcmd_eval.charts.bar_charts import bounds_chart
case, findings = pickle.load(sys.stdin.buffer)
screen = bounds_chart(findings, case, "Xã")
for picture in (screen.on_paper(), screen):
    print(hashlib.sha256(picture.png + picture.svg.encode()).hexdigest())
"""


@pytest.mark.slow
def test_chart_ignores_fonts_and_settings_of_the_machine(case: Case, tmp_path: Path) -> None:
    """Other faces under the same names, and settings of the user's own, change no byte."""
    fonts, settings = tmp_path / "fonts", tmp_path / "settings"
    fonts.mkdir()
    settings.mkdir()
    (settings / "matplotlibrc").write_text("axes.facecolor: yellow\nfont.size: 30\n")
    for family in ("Liberation Serif", "DejaVu Sans", "Times New Roman"):
        face = TTFont(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSansMono-Oblique.ttf"))
        face["post"].italicAngle, face["head"].macStyle, face["OS/2"].fsSelection = 0, 0, 64
        for record in [*face["name"].names]:
            if record.nameID in (1, 4, 16):
                face["name"].setName(family, record.nameID, 3, 1, 0x409)
            if record.nameID in (2, 17):
                face["name"].setName("Regular", record.nameID, 3, 1, 0x409)
        face.save(fonts / f"{family}.ttf")
    findings = rows_of(case, "communication")
    process = subprocess.run(
        [sys.executable, "-c", DRAW],
        input=pickle.dumps((case, findings)),
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path), "MPLCONFIGDIR": str(settings)},
        stdout=subprocess.PIPE,
        check=True,
    )
    screen = bounds_chart(findings, case, "Xã")
    hashes = [*map(hash_picture, (screen.on_paper(), screen))]
    assert process.stdout.decode().split() == hashes


# ---- frames that cannot be drawn -----------------------------------------------------------------


def test_chart_of_nothing_or_too_much_is_a_sentence(case: Case) -> None:
    """As where every sheet of cases is empty: nothing is counted, and nothing is needed."""
    cases = rows_of(case, "enforcement").assign(high=pd.NA, needed=pd.NA, total=pd.NA)
    many = pd.concat([rows_of(case, "communication").head(1)] * 31)
    many["unit_code"] = [*map(str, range(31))]
    units = case.plan.units.model_copy(update={"boundaries": None})
    bare = replace(case, plan=case.plan.model_copy(update={"units": units}))
    for picture, words in (
        (bounds_chart(cases.assign(low=pd.NA), case, "Vụ"), "không vẽ biểu đồ"),
        (bounds_chart(cases.assign(low=0), case, "Vụ"), "không vẽ biểu đồ"),
        (bounds_chart(many, case, "Xã"), "hơn 30 đơn vị nên không vẽ"),
        (bars(case.indicators.head(0), case, "Số cuộc"), "không vẽ biểu đồ"),
        (bars(case.indicators.value.head(0), case, "Số cuộc"), "không vẽ biểu đồ"),
        (bars(pd.Series([-5.0, 3.0]), case, "Số"), "không vẽ biểu đồ"),
        (bars(case.indicators, case, "x"), "thanh thì không đọc được (nhiều nhất 60)"),
        (bars(case.cells.number.dropna(), case, "x"), "thanh thì không đọc được (nhiều nhất 60)"),
        (district_map(case.findings, bare, "Kết luận"), "không vẽ bản đồ"),
    ):
        assert words in repr(picture)
    for needed in ("object", "Int64"):
        chart = bounds_chart(cases.assign(low=3).astype({"needed": needed}), case, "Vụ")
        assert "có thể" in chart.svg


@pytest.mark.parametrize(
    ("draw", "frame", "words"),
    [
        (bars, "findings", "thiếu value, state, words"),
        (bounds_chart, "indicators", "thiếu verdict, low"),
        (district_map, pd.Series([1.0, 2.0], [227, 228]), "là số, như 227"),
        (
            district_map,
            pd.Series([1.0, 2.0], ["227", "07888"]),
            "không có mã đơn vị 07888.*set_index",
        ),
        (bars, pd.Series([1.0, 2.0], [227, 228]), "là số, như 227"),
        (bars, pd.Series([1.0, 2.0], ["227", "999"]), "không có mã đơn vị 999.*set_index"),
    ],
)
def test_charts_of_other_frames_are_refused(
    case: Case, draw: Callable[..., Picture], frame: str | pd.Series, words: str
) -> None:
    data = getattr(case, frame) if isinstance(frame, str) else frame
    with pytest.raises(InputRefused, match=words):
        draw(data, case, "x")


# ---- bars and maps -------------------------------------------------------------------------------


def test_bars_of_an_incomplete_sum_say_at_least_and_are_hatched(case: Case) -> None:
    """A dash for a unit that sent nothing."""
    sums = case.indicators.query("item == 'attendance' and level == 'district'")
    assert {*sums.state} == {"complete", "incomplete", "unknown"}
    picture = bars(sums, case, "Lượt người")
    for row in sums.itertuples():
        texts = {"complete": row.words, "unknown": "–"}
        text = texts.get(row.state, f"ít nhất {row.words.rstrip('*')}")
        assert f"{row.unit_name}: {text}" in picture.alt
    complete = sums.assign(state=sums.state.replace("incomplete", "complete"))
    assert bars(complete, case, "Lượt người").png != picture.png


@pytest.mark.slow
def test_bars_of_units_name_or_count_those_without_a_row(
    case: Case,
) -> None:
    """As a map does: `dropna` and filters leave out units; one unit alone is no selection."""
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    quarters = case.cells[case.cells.row == "6.1"].dropna(subset="number")
    for frame, words in (
        (sums.dropna(), "Huyện Tân Sơn: không có trong bảng."),
        (sums.value.dropna(), "Huyện Tân Sơn: không có trong bảng."),
        (summed(quarters, ["reporter", "period"]), "Huyện Tân Sơn: không có trong bảng."),
        (case.indicators.query("item == 'cases' and value > 0"), "n: không có trong bảng."),
    ):
        picture = bars(frame, case, "x")
        assert picture.alt.endswith(words) and picture.html.count("không có trong bảng") > 1
    for frame in (sums, sums.head(1), case.indicators.query("unit_code == '230'").dropna()):
        assert "không có trong bảng" not in bars(frame, case, "x").alt
    rows = rows_of(case, "communication")
    chart = bounds_chart(rows[rows.unit_code != "240"], case, "x")
    assert chart.alt.endswith(" Huyện Tân Sơn: không có trong bảng.")
    assert [row.name for row in chart.drawing.rows][-1] == "Huyện Tân Sơn"


def test_bars_text_has_the_value_that_is_drawn(case: Case) -> None:
    """Rows of `case.indicators` and of `summed` with numbers of the analyst's own."""
    indicators = case.indicators.query("item == 'sessions' and level == 'district'")
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    for frame in (indicators, sums):
        picture = bars(frame.assign(value=frame.value / 10), case, "Phần mười")
        lengths = {row.words: row.sure for row in picture.drawing.rows if row.sure}
        assert len(lengths) > 10 and {"incomplete"} < {*frame.state}
        for words, length in lengths.items():
            number = words.removeprefix("ít nhất ").replace(".", "").replace(",", ".")
            assert float(number) == pytest.approx(length)


def test_bars_are_named_by_each_level_of_the_index_or_by_the_items(case: Case) -> None:
    quarters = case.cells[case.cells.period.str.startswith("Q")]
    rates = pd.Series(1.5, case.plan.reporting_units.index)
    is_item = case.indicators["item"].isin(["sessions", "attendance"])
    media = case.province.indicators.query("objective == 'media' and measure == 'tin, bài'")
    for frame, name in (
        (quarters.groupby(["reporter", "period"]).number.sum(), "Thành phố Việt Trì · Quý I: "),
        (rates, "Huyện Đoan Hùng: 1,5; "),
        (rates.rename_axis(None), "Huyện Đoan Hùng: 1,5; "),
        (case.indicators[is_item & (case.indicators.unit_code == "230")], "Cuộc tuyên truyền: "),
        (media, "Báo Phú Thọ: "),
    ):
        assert name in bars(frame, case, "Số").alt


def test_district_map_of_a_series_draws_verdicts(case: Case) -> None:
    hosts = pd.Series([True, False, None], ["227", "228", "230"], dtype="boolean")
    assert "Có: Thành phố Việt Trì." in district_map(hosts, case, "Mô hình").alt
    named = district_map(hosts.rename("hosts"), case, "Mô hình").alt
    assert "Không có mô hình được tính: Thị xã Phú Thọ." in named


def test_bars_of_codes_under_another_name_are_named(case: Case) -> None:
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter").rename_axis("mã")
    assert "Thành phố Việt Trì: 26.674;" in bars(sums, case, "x").alt
    by_name = sums.rename_axis("reporter").rename(case.units.full_name)
    assert "Thành phố Việt Trì: 26.674;" in bars(by_name, case, "x").alt


def test_district_map_of_some_units_says_that_the_others_are_not_in_the_table(case: Case) -> None:
    """They may well have a number: an outline without hatching, under the name alone."""
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    met = rows_of(case, "communication").query("verdict == 'met'")
    hosts = pd.Series([True, None], ["227", "228"], dtype="boolean")
    large = sums.query("value > 20_000")
    for data, codes in ((large, large.index), (met, met.unit_code), (hosts, hosts.index)):
        picture = district_map(data, case, "x")
        units = {
            code: (label, style.hatch) for code, label, style in picture.drawing.panels[0].units
        }
        assert {*units} == {*case.plan.reporting_units.index}
        assert units["240"] == ("Tân Sơn", "") and "240" not in {*codes}
        assert picture.drawing.legend[-1].word == "không có trong bảng"
        assert "hông có trong bảng" in picture.alt


@pytest.mark.slow
def test_picture_and_workbook_with_the_case_of_a_trial_have_its_mark(
    case: Case, tmp_path: Path
) -> None:
    trial = what_if(case, {("communication", "active_quarters"): 2})
    media = pd.concat([trial.province.findings, trial.findings]).query("objective == 'media'")
    sessions = trial.indicators[trial.indicators["item"] == "sessions"]
    for picture in (
        bounds_chart(media, trial, "x"),
        bars(sessions.set_index("unit_code").value, trial, "x"),
        district_map(trial.findings, trial, "x"),
    ):
        assert picture.alt.count("PHƯƠNG ÁN THỬ") == 1
    assert "PHƯƠNG ÁN THỬ" not in district_map(case.findings, case, "x").alt
    for one, is_trial in ((trial, True), (case, False)):
        save_excel(tmp_path / "t.xlsx", one, a=one.findings)
        mark = openpyxl.load_workbook(tmp_path / "t.xlsx")["a"]["A1"].value
        assert ("PHƯƠNG ÁN THỬ" in mark) == is_trial


def test_district_map_places_every_name_inside_its_outline(case: Case) -> None:
    """Or beside the map with a line to a point inside."""
    shapes = read_districts(paths.UNITS / case.plan.units.boundaries)
    assert {*shapes} == {*case.plan.reporting_units.index}
    assert all(shape.outline.contains_point(shape.point) for shape in shapes.values())


def test_district_map_of_numbers_has_values_shades_and_gaps(case: Case) -> None:
    """The largest is darkest, <NA> hatched; each value stands next to its name."""
    rates = pd.Series({"227": 26.5, "228": 0.004, "230": None}, dtype="Float64")
    picture = district_map(rates, case, "Lượt trên 1.000 dân")
    assert "Thành phố Việt Trì: 26,5; Thị xã Phú Thọ: 0,004; Huyện Đoan Hùng: –" in picture.alt
    styles = {code: style for code, _, style in picture.drawing.panels[0][1]}
    shades = [int(styles[code].fill_colour[1:], 16) for code in ("227", "228", "230")]
    assert shades == sorted(shades) and len({*shades}) == 3
    assert [bool(styles[code].hatch) for code in ("227", "228", "230")] == [False, False, True]
    words = [style.word for style in picture.drawing.legend[-2:]]
    assert words == ["chưa có số liệu", "không có trong bảng"]
    assert re.search("TP. Việt Trì<.*>26,5<", picture.svg, re.DOTALL)
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    picture = district_map(sums, case, "Lượt người")
    hatched = {code for code, _, style in picture.drawing.panels[0][1] if style.hatch}
    assert hatched == {*sums.index[sums.state != "complete"]}


def test_bounds_chart_of_counts_ends_with_its_longest_bar(case: Case) -> None:
    models = rows_of(case, "support_model").assign(low=3)
    assert bounds_chart(models, case, "Mô hình").drawing.limit == 3
