"""The pictures: the same bytes for the same rows, words for those who do not see them, and nothing
cut off.
"""

import hashlib
import io
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.image
import pandas as pd
import pytest
from editions import case_of
from fontTools.ttLib import TTFont

from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.sums import summed
from pcmd_eval.charts import renderer as drawing
from pcmd_eval.charts.bar_charts import bars, bounds_chart
from pcmd_eval.charts.map_renderer import draw_maps, shapes_of
from pcmd_eval.charts.maps import district_map
from pcmd_eval.charts.picture import Picture
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    """The shipped returns seen from Đoan Hùng."""
    return case_of(plan, shipped).at("230")


def rows(case: Case, slug: str) -> pd.DataFrame:
    """The findings on one objective."""
    return case.findings[case.findings.objective == slug]


def drawn(case: Case) -> dict[str, Picture]:
    """One picture of every kind."""
    attendance = case.cells[case.cells.period == "Y"].groupby("reporter").number.sum(min_count=1)
    return {
        "bounds": bounds_chart(rows(case, "communication"), case, "Xã duy trì"),
        "counts": bounds_chart(rows(case, "support_model"), case, "Mô hình"),
        "one unit": bounds_chart(case.findings[case.findings.unit_code == "25"], case, "Toàn tỉnh"),
        "numbers": bars(attendance, case, "Lượt người"),
        "maps": district_map(case.findings, case, "Kết luận"),
        "map": district_map(rows(case, "enforcement"), case, "Kết luận").on_paper(),
        "paper": bounds_chart(rows(case, "communication"), case, "Xã duy trì").on_paper(),
    }


@pytest.fixture(scope="module")
def made(case: Case) -> dict[str, Picture]:
    """The pictures, drawn once."""
    return drawn(case)


def whole(picture: Picture) -> bool:
    """Return whether the outermost pixels are empty: nothing is cut off."""
    pixels = matplotlib.image.imread(io.BytesIO(picture.png))[..., :3]
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    return all((edge > 0.99).all() for edge in edges)


def test_chart_drawn_twice_has_equal_bytes_and_empty_edges(
    case: Case, made: dict[str, Picture]
) -> None:
    """Drawn twice it is the same; the outermost pixels of every picture are empty."""
    shown = {name: (picture.html, picture.png) for name, picture in made.items()}
    drawing._svg.cache_clear()
    drawing._png.cache_clear()
    with matplotlib.rc_context({"axes.facecolor": "yellow", "svg.fonttype": "path"}):
        again = drawn(case)
        for name, first in made.items():
            assert shown[name] == (again[name].html, again[name].png), name
            assert whole(first), name


def test_chart_svg_has_only_inert_elements(made: dict[str, Picture]) -> None:
    """Shapes, hatching and words as text, and no address but of its own parts."""
    for picture in made.values():
        every = [*ElementTree.fromstring(picture.svg).iter()]
        tags = {element.tag.rpartition("}")[2] for element in every}
        assert (
            {"text"}
            < tags
            <= {"svg", "g", "defs", "style", "path", "text", "use", "clipPath", "rect", "pattern"}
        )
        for key, value in (pair for element in every for pair in element.attrib.items()):
            assert not key.startswith("on") and "url(" not in value.replace("url(#", "")
            assert not key.endswith("href") or value.startswith("#")
    assert "13.372" in made["numbers"].svg and "chưa có số liệu" in made["bounds"].svg


def test_chart_of_another_unit_differs_by_the_bold_name_alone(case: Case) -> None:
    """It is not drawn again."""
    own, other = (
        bounds_chart(rows(case, "communication"), its, "Xã") for its in (case, case.at("240"))
    )
    bold = 'font-weight="bold" id="row-'
    assert own.svg.count(bold) == other.svg.count(bold) == 1 and own.svg != other.svg
    assert own.svg.replace(bold, 'id="row-') == other.svg.replace(bold, 'id="row-')
    known = drawing._svg.cache_info().misses
    assert bounds_chart(rows(case, "communication"), case.at("227"), "Xã").svg
    assert drawing._svg.cache_info().misses == known


def test_chart_of_nothing_is_a_sentence(case: Case) -> None:
    """As where every sheet of cases is empty: nothing is counted, and nothing is needed."""
    nothing = rows(case, "enforcement").assign(high=pd.NA, needed=pd.NA, total=pd.NA)
    for low in (pd.NA, 0):
        assert "không vẽ biểu đồ" in repr(bounds_chart(nothing.assign(low=low), case, "Vụ"))
    for none in (case.indicators.head(0), case.indicators.value.head(0)):
        assert "không vẽ biểu đồ" in repr(bars(none, case, "Số cuộc"))
    known = nothing.assign(low=3)
    assert "có thể" in bounds_chart(known, case, "Vụ").svg
    assert "có thể" in bounds_chart(known.astype({"needed": "Int64"}), case, "Vụ").svg


@pytest.mark.parametrize("paper", [True, False])
def test_chart_with_long_words_has_room_for_all(case: Case, paper: bool) -> None:
    """Names and numbers of a province ten thousand times as large."""
    large = rows(case, "communication").copy()
    large[["low", "high", "needed", "total"]] *= 10_000
    large["unit_name"] = "Thành phố Phan Rang - Tháp Chàm thuộc tỉnh Ninh Thuận"
    picture = bounds_chart(large, case, "Xã")
    picture = picture.on_paper() if paper else picture
    assert whole(picture)


@pytest.mark.parametrize("paper", [True, False])
def test_chart_with_three_marks_shows_them_whole(case: Case, paper: bool) -> None:
    """They are wider than a map, and on a screen wider than the room beside a title: they get
    lines.
    """
    trial = case.plan.model_copy(update={"trial": "đủ cả bốn quý"})
    marked = replace(case, plan=trial, _internal=True)
    assert len(marked.marks) == 3
    title = "Kết luận về phát hiện và xử lý vi phạm ở từng huyện, thành, thị trong năm " * 2
    for draw in (district_map, bounds_chart):
        picture, plain = (draw(rows(case, "enforcement"), its, title) for its in (marked, case))
        if paper:
            picture, plain = picture.on_paper(), plain.on_paper()
        assert whole(picture) and picture.alt.startswith("LƯU HÀNH NỘI BỘ. PHƯƠNG ÁN THỬ")
        higher, high = (
            matplotlib.image.imread(io.BytesIO(one.png)).shape[0] for one in (picture, plain)
        )
        assert higher > high or (paper and draw is bounds_chart)


DRAW = """
import hashlib, pickle, sys
from dataclasses import replace
from pcmd_eval.charts import bar_charts as figures
from pcmd_eval.plan import plan
case, findings = pickle.load(sys.stdin.buffer)
case = replace(case, plan=plan.load_plan("phu_tho_2017"))
screen = figures.bounds_chart(findings, case, "Xã")
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
    own = {"XDG_DATA_HOME": str(tmp_path), "MPLCONFIGDIR": str(settings)}
    findings = rows(case, "communication")
    there = subprocess.run(
        [sys.executable, "-c", DRAW],
        input=pickle.dumps((replace(case, plan=None), findings)),  # a plan cannot be pickled
        env=os.environ | own,
        stdout=subprocess.PIPE,
        check=True,
    )
    screen = bounds_chart(findings, case, "Xã")
    here = (screen.on_paper(), screen)
    told = [hashlib.sha256(one.png + one.svg.encode()).hexdigest() for one in here]
    assert there.stdout.decode().split() == told


def test_chart_for_paper_has_220_dots_to_the_inch(made: dict[str, Picture]) -> None:
    """160 mm wide."""
    pixels = matplotlib.image.imread(io.BytesIO(made["paper"].png))
    assert pixels.shape[1] == 1386


def test_bars_of_an_incomplete_sum_say_at_least_and_are_hatched(case: Case) -> None:
    """A dash for a unit that sent nothing."""
    sums = case.indicators.query("item == 'attendance' and level == 'district'")
    states = dict(zip(sums.unit_name, sums.state, strict=True))
    assert {*states.values()} == {"complete", "incomplete", "unknown"}
    told = bars(sums, case, "Lượt người").alt
    for row in sums.itertuples():
        wanted = {"complete": row.words, "unknown": "–"}
        said = wanted.get(row.state, f"ít nhất {row.words.rstrip('*')}")
        assert f"{row.unit_name}: {said}" in told
    known = sums.assign(state=sums.state.replace("incomplete", "complete"))
    assert bars(known, case, "Lượt người").png != bars(sums, case, "Lượt người").png
    media = case.indicators.query("objective == 'media' and measure == 'tin, bài'")
    assert "Báo Phú Thọ: " in bars(media, case, "Tin, bài").alt


def test_bars_text_has_the_value_that_is_drawn(case: Case) -> None:
    """Rows of `case.indicators` and of `summed` with numbers of the analyst's own."""
    indicators = case.indicators.query("item == 'sessions' and level == 'district'")
    sums = summed(case.cells[case.cells.column == "attendance"], "reporter")
    for frame in (indicators, sums):
        tenths = frame.assign(value=frame.value / 10)
        picture = bars(tenths, case, "Phần mười")
        drawn = {row.words: row.sure for row in picture.drawing.rows if row.sure}
        assert len(drawn) > 10 and {"incomplete"} < {*frame.state}
        for words, length in drawn.items():
            number = words.removeprefix("ít nhất ").replace(".", "").replace(",", ".")
            assert float(number) == pytest.approx(length)


def test_bars_of_any_series_are_named_by_its_index(case: Case) -> None:
    """By each level; a value without a length is a sentence."""
    quarters = case.cells[case.cells.period.str.startswith("Q")]
    sums = quarters.groupby(["reporter", "period"]).number.sum()
    assert "Thành phố Việt Trì · Quý I: " in bars(sums, case, "Số").alt
    rates = pd.Series(1.5, case.plan.reporting_units.index)  # its level is called code
    for by_code in (rates, rates.rename_axis(None)):
        assert "Huyện Đoan Hùng: 1,5; " in bars(by_code, case, "Tỷ lệ").alt
    for odd in (-5.0, float("inf")):
        assert "không vẽ biểu đồ" in repr(bars(pd.Series([odd, 3.0]), case, "Số"))


def test_district_map_of_a_series_draws_verdicts(case: Case) -> None:
    """A plan without boundaries gives a sentence."""
    hosts = pd.Series([True, False, None], ["227", "228", "230"], dtype="boolean")
    assert "Có: Thành phố Việt Trì." in district_map(hosts, case, "Mô hình").alt
    named = district_map(hosts.rename("hosts"), case, "Mô hình").alt
    assert "Không có mô hình được tính: Thị xã Phú Thọ." in named
    units = case.plan.units.model_copy(update={"boundaries": None})
    bare = replace(case, plan=case.plan.model_copy(update={"units": units}))
    assert "không vẽ bản đồ" in repr(district_map(case.findings, bare, "Kết luận"))


def test_district_map_places_every_name(case: Case) -> None:
    """Inside its outline, or beside the map with a line to a point inside."""
    shapes = shapes_of(paths.UNITS / case.plan.units.boundaries)
    assert {*shapes} == {*case.plan.reporting_units.index}
    assert all(shape.outline.contains_point(shape.point) for shape in shapes.values())


# ---- numbers, many bars, wrong frames ------------------------------------------------------------


def test_district_map_of_long_numbers_keeps_its_legend_whole(case: Case) -> None:
    codes = [*case.plan.reporters.index]
    rates = pd.Series([1367.9 + 62.5 * at for at in range(len(codes))], codes, dtype="Float64")
    rates["240"] = pd.NA
    figure = draw_maps(district_map(rates, case, "Lượt trên 10.000 dân").drawing)
    [legend] = figure.legends
    extent = legend.get_window_extent()
    assert extent.x0 >= 0 and extent.x1 <= figure.bbox.width


def test_district_map_of_numbers_has_values_shades_and_gaps(case: Case) -> None:
    """The largest is dark, the smallest light, <NA> hatched; each value stands next to its name."""
    rates = pd.Series({"227": 26.5, "228": 0.004, "230": None}, dtype="Float64")
    picture = district_map(rates, case, "Lượt trên 1.000 dân")
    assert "Thành phố Việt Trì: 26,5; Thị xã Phú Thọ: 0,004; Huyện Đoan Hùng: –" in picture.alt
    fills = {code: look.fill_colour for code, _, look in picture.drawing.panels[0][1]}
    assert fills["227"] == "#0B3C6F" and fills["228"] == "#E3ECF4" and fills["230"] == "#FFFFFF"
    hatched = [code for code, _, look in picture.drawing.panels[0][1] if look.hatch]
    assert {"227", "228"}.isdisjoint(hatched) and "230" in hatched
    assert [look.word for look in picture.drawing.legend][-1] == "chưa có số liệu"
    assert "TP. Việt Trì<" in picture.svg and ">26,5<" in picture.svg


def test_district_map_unknown_codes_are_refused(case: Case) -> None:
    for index in ([227, 228], ["227", "07888"]):
        with pytest.raises(InputRefused, match=r"không có mã (227|07888).*set_index"):
            district_map(pd.Series([1.0, 2.0], index), case, "Số")


def test_bars_of_several_items_are_named_by_both_or_not_drawn(case: Case) -> None:
    two = case.indicators.query(
        "item in ['sessions', 'attendance'] and unit_code in ['227', '230']"
    )
    assert "Huyện Đoan Hùng · Cuộc tuyên truyền: " in bars(two, case, "Hai").alt
    for many in (case.indicators, case.cells.number.dropna()):
        assert "thanh thì không đọc được (nhiều nhất 60)" in repr(bars(many, case, "x"))


@pytest.mark.parametrize(
    ("draw", "frame", "missing"),
    [
        (bars, "findings", "value, state, words"),
        (bounds_chart, "indicators", "verdict, low"),
    ],
)
def test_charts_of_another_frame_are_refused(case: Case, draw, frame, missing) -> None:
    with pytest.raises(InputRefused, match=f"thiếu {missing}.*Ví dụ: {draw.__name__}"):
        draw(getattr(case, frame), case, "x")


def test_bounds_chart_above_thirty_units_is_a_sentence(case: Case) -> None:
    many = rows(case, "communication").head(1)
    many = pd.concat([many.assign(unit_code=str(at)) for at in range(31)])
    assert "hơn 30 đơn vị nên không vẽ" in repr(bounds_chart(many, case, "Xã"))
