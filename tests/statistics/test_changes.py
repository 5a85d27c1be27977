"""The year before: ten lines of hand arithmetic, each reason why not, what a missing cell can do,
and persons.
"""

import io
import runpy
from dataclasses import replace
from pathlib import Path
from random import Random

import pandas as pd
import pytest
import yaml
from docx import Document
from editions import case_of

from pcmd_eval.analysis.charts import years
from pcmd_eval.analysis.session import Case
from pcmd_eval.batch.fingerprint import hash_inputs
from pcmd_eval.batch.tasks import collect_inputs, list_notebooks
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.reports.document import review
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.disclosure_control import load_disclosure, public, totals
from pcmd_eval.statistics.year_on_year import COLUMNS, among_same, compare_years, display_changes
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

KEY = ["unit_code", "item"]
SHOWN = ["change", "percent", "words", "why"]


def before(plan: Plan, tmp_path: Path, *lines: str, head: str = "unit_code,item,value") -> Plan:
    """The plan with these lines of 2016, as Excel writes them."""
    file = tmp_path / "2016.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8-sig")
    return compared(plan, figures=str(file))


def compared(plan: Plan, **previous: object) -> Plan:
    """The plan with other particulars of the year before."""
    content = plan.content()
    return Plan.model_validate(content | {"previous": content["previous"] | previous})


def one(plan: Plan, item: str, value: float | None, words: str = "", state: str = "complete"):
    """One figure of Đoan Hùng of 2017, and that no commune of it is unclear."""
    names = indicators.catalogue(plan)
    precision = "rounded" if "khoảng" in words else "exact"
    rows = [
        {"item": item, "value": value, "state": state, "words": words or str(value)},
        {"item": "communes_unknown", "value": 0, "state": "complete", "words": "0"},
    ]
    frame = pd.DataFrame(rows).assign(unit_code="230", precision=precision, illustrative="no")
    about = names.loc[frame["item"], ["objective", "label", "measure"]].reset_index(drop=True)
    frame = frame.join(about.replace("", pd.NA)).assign(unit_name="Huyện Đoan Hùng")
    return frame.reindex(columns=indicators.COLUMNS).astype(indicators.DTYPES)


@pytest.mark.parametrize(
    ("item", "was", "now", "change", "percent", "words", "why"),
    [
        ("sessions", "2510", 2702, "192", "7.6", "tăng 192 cuộc (7,6%) so với năm 2016", None),
        ("inspections", "40", 38, "-2", "-5", "giảm 2 lượt (5%) so với năm 2016", None),
        ("budget", "22,5", 30, "7.5", "33.3", "tăng 7,5 triệu đồng (33,3%) so với năm 2016", None),
        ("cases", "30", 30, "0", "0", "bằng năm 2016", None),
        (
            *("cases", "9", 12, "3", None, "tăng 3 vụ so với năm 2016"),
            "năm 2016 dưới 10 nên không tính tỷ lệ",
        ),
        (
            *("cases", "0", 3, "3", None, "tăng 3 vụ (năm 2016 không có)"),
            "năm 2016 không có nên không tính tỷ lệ",
        ),
        ("cases", "0", 0, "0", None, "năm 2016 cũng không có", None),
        ("cases", "10", 0, "-10", "-100", "giảm 10 vụ (100%) so với năm 2016", None),
        ("sessions", "3000", 2999, "-1", "-0.03", "giảm 1 cuộc (0,03%) so với năm 2016", None),
        ("documents", "10", 11, "1", "10", "tăng 1 văn bản (10%) so với năm 2016", None),
    ],
)
def test_by_hand(plan, tmp_path, item, was, now, change, percent, words, why):
    given = before(plan, tmp_path, f'230,{item},"{was}"')
    row = compare_years(given, one(plan, item, now), internal=True).iloc[0]
    assert row[SHOWN].astype(object).where(row[SHOWN].notna(), None).tolist() == [
        *(change, percent, words, why)
    ]


@pytest.mark.parametrize(
    ("line", "figure", "words", "why"),
    [
        ("230,cases,5", ("sessions", 7), None, "không có số liệu năm 2016"),
        ("230,sessions,", ("sessions", 7), None, "chưa có số liệu năm 2016"),
        (
            *("230,sessions,5", ("sessions", None, "–", "unknown")),
            *("năm 2016: 5", "chưa có số liệu năm 2017"),
        ),
        (
            *("230,sessions,5", ("sessions", None, "không công bố", "withheld")),
            *("năm 2016: 5", "số liệu năm 2017 không công bố"),
        ),
        ("230,sessions,5*", ("sessions", 7), "năm 2016: 5*", "số liệu năm 2016 chưa đủ"),
        (
            *("230,sessions,2510", ("sessions", 2702, "2.702*", "incomplete")),
            *("tăng ít nhất 192 cuộc so với năm 2016", "số liệu năm 2017 chưa đủ"),
        ),
        (
            *("230,sessions,9*", ("sessions", 7)),
            *("giảm ít nhất 2 cuộc so với năm 2016", "số liệu năm 2016 chưa đủ"),
        ),
        (
            *("230,sessions,9", ("sessions", 7, "7*", "incomplete")),
            *("năm 2016: 9", "số liệu năm 2017 chưa đủ"),
        ),
        (
            *("230,sessions,5*", ("sessions", 7, "7*", "incomplete")),
            *("năm 2016: 5*", "số liệu năm 2017 chưa đủ; số liệu năm 2016 chưa đủ"),
        ),
        (
            *("230,violators,khoảng 120", ("violators", 145, "khoảng 145")),
            *("năm 2016: khoảng 120", "số làm tròn, chỉ đặt cạnh nhau"),
        ),
        (
            *("230,violators,dưới 5", ("violators", 145)),
            *("năm 2016: dưới 5", "số làm tròn, chỉ đặt cạnh nhau"),
        ),
        (
            *("230,poverty,1", ("poverty", 1, "Có")),
            "năm 2016: Có",
            "chưa rõ quy tắc đếm của năm 2016; câu trả lời có hoặc không, chỉ đặt cạnh nhau",
        ),
        (
            *("230,communes_met,5", ("communes_met", 7), "năm 2016: 5"),
            "không rõ năm 2016 còn xã, phường, thị trấn chưa đủ số liệu hay không; chưa rõ quy "
            "tắc đếm của năm 2016",
        ),
        (
            *("230,communes_met,5\n230,communes_unknown,3", ("communes_met", 7), "năm 2016: 5*"),
            "năm 2016 còn 3 xã, phường, thị trấn chưa đủ số liệu; chưa rõ quy tắc đếm của năm 2016",
        ),
    ],
)
def test_why_not(plan, tmp_path, line, figure, words, why):
    row = compare_years(before(plan, tmp_path, line), one(plan, *figure), internal=True).iloc[0]
    assert pd.isna(row.change) and pd.isna(row.percent)
    assert (None if pd.isna(row.words) else row.words, row.why) == (words, why)


def test_another_measure_and_a_register_without_the_unit(plan, tmp_path, monkeypatch):
    given = before(plan, tmp_path, "230,sessions,5,buổi", head="unit_code,item,value,measure")
    assert (
        compare_years(given, one(plan, "sessions", 7), True).why[0]
        == "đơn vị tính năm 2016 là “buổi”"
    )
    earlier = load_plan("thua_thien_hue_2017")
    given = before(plan, tmp_path, "230,sessions,5")
    given.__dict__["previous_plan"] = earlier
    why = compare_years(given, one(plan, "sessions", 7), True).why[0]
    assert why == "năm 2016 không có đơn vị này trong danh mục"


def test_rules_of_the_year_before(plan, tmp_path):
    """The same rules let communes be compared, as a number only; with another rule they mean
    something else.
    """
    given = before(plan, tmp_path, "230,communes_met,17", "230,communes_unknown,0")
    given.__dict__["previous_plan"] = plan
    row = compare_years(given, one(plan, "communes_met", 21), True).iloc[0]
    assert row[SHOWN].tolist() == [
        *("4", pd.NA, "tăng 4 đơn vị so với năm 2016"),
        "phần của một tổng cố định nên không tính tỷ lệ",
    ]
    given.__dict__["previous_plan"] = plan.with_rules({("communication", "active_quarters"): 4})
    label = plan["communication"].rules["active_quarters"].label
    row = compare_years(given, one(plan, "communes_met", 21), True).iloc[0]
    assert row.why == f"quy tắc đếm đã đổi: {label}" and pd.isna(row.change)
    given = before(plan, tmp_path, "230,sessions,17")
    given.__dict__["previous_plan"] = plan.with_rules({("communication", "active_quarters"): 4})
    assert compare_years(given, one(plan, "sessions", 21), True).change[0] == "4"


def test_every_fault_at_once(tmp_path, plan):
    lines = [
        *("230,sesions,5", "999,cases,1", "230,cases,nhiều", "230,sessions,2.510"),
        *("227,cases,1", "227,cases,2", '228,cases,"3,5"', "233,cases,3,4"),
        *("231,return_state,1", "", "232,cases,-3"),
    ]
    how = "số nguyên viết liền (2510), số lẻ viết dấu phẩy, chưa biết thì để trống."
    with pytest.raises(InputRefused) as refused:
        before(plan, tmp_path, *lines).previous_figures  # noqa: B018
    assert refused.value.reasons == (
        "Tệp 2016.csv, dòng 2: không có số liệu nào tên “sesions”; có phải “sessions”; xem "
        "data/figures.csv.",
        "Tệp 2016.csv, dòng 3: không có đơn vị mang mã “999”.",
        f"Tệp 2016.csv, dòng 4: “nhiều” không phải số của “cases”: {how}",
        f"Tệp 2016.csv, dòng 5: “2.510” không phải số của “sessions”: {how}",
        "Tệp 2016.csv, dòng 7: 227 cases đã có ở dòng 6; xóa một dòng.",
        f"Tệp 2016.csv, dòng 8: “3,5” không phải số của “cases”: {how}",
        "Tệp 2016.csv, dòng 9: nhiều ô hơn dòng 1; số lẻ có dấu phẩy thì đặt trong dấu nháy.",
        "Tệp 2016.csv, dòng 10: không có số liệu nào tên “return_state”; xem data/figures.csv.",
        f"Tệp 2016.csv, dòng 12: “-3” không phải số của “cases”: {how}",
    )


@pytest.mark.parametrize(
    ("head", "lines", "said"),
    [
        ("unit_code,item", ["230,cases"], "dòng 1: thiếu cột value"),
        ("unit_code,item,value", [], "không có dòng số liệu nào"),
        ("unit_code,item,value,state", ["230,cases,3,unknown"], "cột state ghi “unknown” mà ô"),
        ("unit_code,item,value,precision", ["230,cases,3,about"], "không nhận “about”; dùng exact"),
        ("unit_code,item,value,year", ["230,cases,3,2015"], "là số liệu năm 2015, không phải"),
        (
            *("unit_code,item,value,illustrative", ["230,cases,3,yes", "227,cases,3,no"]),
            "lẫn nhau; tách ra hai tệp",
        ),
    ],
)
def test_files_that_are_refused(plan, tmp_path, head, lines, said):
    with pytest.raises(InputRefused, match=said):
        before(plan, tmp_path, *lines, head=head).previous_figures  # noqa: B018


def test_semicolons_as_excel_writes_them(plan, tmp_path):
    given = before(plan, tmp_path, "230;budget;22,5", head="unit_code;item;value")
    assert given.previous_figures.value["230", "budget"] == 22.5


def test_a_key_that_is_misspelt_or_a_later_year_is_refused(plan, tmp_path):
    content = plan.content()
    for change, said in (
        ({"yaer": 2016}, "previous.yaer"),
        ({"year": 2017}, "không phải năm trước"),
    ):
        file = tmp_path / "plan.yaml"
        previous = content["previous"] | change
        file.write_text(yaml.safe_dump(content | {"previous": previous}, allow_unicode=True))
        with pytest.raises(InputRefused, match=said):
            load_plan(str(file))


def test_made_up_figures_are_not_compared_with_real_ones(plan: Plan, shipped: Intake):
    figures = indicators.compute_indicators(
        plan, shipped.cells, shipped.returns.assign(illustrative="no")
    )
    with pytest.raises(InputRefused, match="chỉ số liệu năm trước là minh họa"):
        compare_years(plan, figures, internal=True)


def test_a_plan_without_a_year_before_has_no_row(plan: Plan, shipped: Intake):
    figures = indicators.compute_indicators(plan, shipped.cells, shipped.returns)
    found = compare_years(
        Plan.model_validate(plan.content() | {"previous": None}), figures, internal=True
    )
    assert found.empty and [*found] == COLUMNS


# ---- the shipped year ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exact(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True)


def test_the_planted_cases_come_out(exact: Case):
    rows = exact.changes.set_index(KEY)
    assert [*exact.changes] == COLUMNS and (exact.changes.dtypes == "string").all()
    said = {
        ("25", "sessions"): "tăng ít nhất 192 cuộc so với năm 2016",
        ("25", "newspaper"): "bằng năm 2016",
        ("25", "broadcaster"): "tăng 2 tin, bài (6,7%) so với năm 2016",
        ("25", "violators"): "năm 2016: khoảng 120",
        ("25", "own_inspections"): "giảm 2 lượt (5%) so với năm 2016",
        ("240", "sessions"): "năm 2016: 131",
        ("230", "criminal"): "tăng 1 vụ (năm 2016 không có)",
        ("230", "supplies"): "tăng 1 cuộc so với năm 2016",
    }
    assert {key: rows.words[key] for key in said} == said
    assert {*rows.loc["239"].why} >= {"không có số liệu năm 2016"} and rows.loc[
        "239"
    ].words.isna().all()
    assert rows.why["228", "attendance"].startswith("chưa có số liệu năm 2016")
    assert rows.change["25", "communes_met"] is pd.NA  # `complete`, while 36 communes are unclear


def test_the_same_districts_in_both_years(plan: Plan, exact: Case):
    """Inspections of the ten districts that are complete in both years, added up by hand from the
    frame; with them the province's own bodies (40 and 38), who are complete in both.
    """
    same = among_same(exact.changes, plan).set_index("item")
    row = same.loc["inspections"]
    own = exact.changes.query("item == 'inspections' and unit_code != '25' and change.notna()")
    assert row.units == len(own) == 10
    assert (own.before.astype(int).sum(), own.now.astype(int).sum()) == (375, 402)
    assert (row.before, row.now) == ("415", "440")
    assert row.words == "tăng 25 lượt (6%) so với năm 2016"
    # Detected cases of these eleven districts: 40 and 43; of the bodies 9 and 8.
    assert same.loc["cases", ["units", "before", "now"]].tolist() == [11, "49", "51"]
    assert same.words["cases"] == "tăng 2 vụ (4,1%) so với năm 2016"
    assert "sessions" not in same.index  # one district of 13 says nothing about the province


def test_no_districts_in_common_are_a_table_without_rows(plan: Plan, exact: Case):
    """As where few returns came: nothing to compare, and nothing that fails."""
    same = among_same(exact.changes.head(0), plan)
    assert same.empty and display_changes(same, plan).empty


def test_the_script_writes_what_is_committed(tmp_path: Path):
    script, made = paths.ROOT / "scripts" / "illustrative_before.py", tmp_path / "2016.csv"
    runpy.run_path(str(script))["main"](made)
    text = (paths.PREVIOUS / "phu_tho_2016.csv").read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == text
    assert text.count(",yes\n") == len(text.splitlines()) - 1  # every line is marked


def test_no_missing_cell_can_alter_a_printed_change(plan: Plan, exact: Case, shipped: Intake):
    """Missing cells of either year, alone, a score of them and all at once, each with the least or
    the most that others reported in its place.

    The year before is this one, of sums with gaps complete and one less: so every figure has one,
    and what is filled in is a cell of either. A figure that is "tăng ít nhất" never falls.
    """
    filed, random = exact.figures, Random(2017)
    old = filed.set_index(KEY)[["state", "precision", "words", "measure", "illustrative", "value"]]
    gaps = (old.state == "incomplete") & (old.value > 0).fillna(False)
    old = old.assign(state=old.state.mask(gaps, "complete"), value=old.value - gaps)
    same = compared(plan)
    same.__dict__ |= {"previous_figures": old, "previous_plan": plan}
    told = compare_years(same, filed, internal=True).set_index(KEY)
    sure = told.index[told.change.notna()]
    least = told.index[told.words.str.startswith("tăng ít nhất").fillna(False)]
    assert len(sure) > 250 and len(least) > 50, (len(sure), len(least))
    value = filed.set_index(KEY).value
    cells = shipped.cells.assign(column=shipped.cells["column"].fillna(""))
    missing = [*cells.index[cells.state != "reported"]]
    reported = cells[cells.state == "reported"].sort_values("value")
    alike = reported.groupby(["objective", "column"])[["value", "number", "some", "state"]]
    for together in (*[1] * 8, *[20] * 8, len(missing), len(missing)):
        filled = shipped.cells.copy()
        places = random.sample(missing, together)
        for at in places:
            like = alike.get_group((cells.objective[at], cells["column"][at])).iloc[
                random.choice([0, -1])
            ]
            filled.loc[at, [*like.index]] = [*like]
        after = indicators.compute_indicators(plan, filled, shipped.returns).set_index(KEY).value
        assert not [key for key in sure if after.get(key) != value[key]], places
        assert not [key for key in least if after.get(key, 0) < value[key]], places


# ---- persons -------------------------------------------------------------------------------------


def test_persons_of_the_year_before_leave_as_this_years_do(
    plan: Plan, tmp_path: Path, shipped: Intake, exact: Case
):
    """Typed exactly; of the bodies of the province and of districts nothing leaves, nor a coarse
    item.
    """
    lines = ["25,violators,143", "25,organisers,3", "230,violators,7", "25,own_violators,136"]
    lines += ["25,sellers,71", "25,testing,40", "25,cases,51", "25,buyers,dưới 3"]
    given = before(plan, tmp_path, *(f"{line},yes" for line in lines), head=HEAD)
    rules = load_disclosure()
    cells, told = public(shipped.cells, rules), totals(shipped.cells, rules)
    figures = indicators.compute_indicators(plan, cells, shipped.returns, told)
    rows = compare_years(given, figures, internal=False).set_index(KEY)
    persons = indicators.list_person_items(plan).index
    found = rows[rows.before.notna() & rows.index.get_level_values("item").isin(persons)]
    assert found.before.to_dict() == {("25", "sellers"): "khoảng 70"}
    assert found.change.isna().all() and ("230", "violators") not in rows.index
    # 143 and its parts 7 and 136: one part is most of it.
    assert "số liệu năm 2016 không công bố" in rows.why["25", "violators"]
    inside = compare_years(given, exact.figures, internal=True).set_index(KEY)
    assert inside.before["230", "violators"] == "7" and inside.before["25", "violators"] == "143"


def test_persons_that_the_year_before_does_not_know_are_no_secret(plan, tmp_path, shipped):
    """A whole (6.7) or a part of it without a value: not known, neither withheld nor an error."""
    case = case_of(plan, shipped)
    for lines in (["25,violators,", "25,sellers,71"], ["25,violators,143", "25,sellers,"]):
        given = before(plan, tmp_path, *(f"{line},yes" for line in lines), head=HEAD)
        why = compare_years(given, case.figures, internal=False).set_index(KEY).why
        missing = next(line.split(",")[1] for line in lines if line.endswith(","))
        assert why["25", missing].startswith("chưa có số liệu năm 2016")


HEAD = "unit_code,item,value,illustrative"


def test_a_set_of_the_year_before_is_read_as_it_was_published(
    plan: Plan, tmp_path: Path, exact: Case
):
    """The other form of the file: indicators.csv, here of this very year; every complete exact
    figure is equal.
    """
    filed = indicators.format_for_csv(exact.figures).assign(year="2016")
    filed.to_csv(tmp_path / "2016.csv", index=False)
    given = compared(plan, figures=str(tmp_path / "2016.csv"))
    assert read_previous(tmp_path / "2016.csv", 2016, plan.reporters.index).equals(
        given.previous_figures
    )
    rows = compare_years(given, replace(exact, plan=given).figures, internal=True)
    assert {*rows.change.dropna()} == {"0"} and rows.change.notna().sum() > 200
    assert (rows.before.fillna("") == rows.now.fillna("")).all()


# ---- where it is read ----------------------------------------------------------------------------


def test_a_chart_of_both_years_says_all_in_words(exact: Case):
    rows = exact.changes.query("item == 'inspections' and unit_code != '25'")
    chart = years(rows, exact, "Lượt kiểm tra cơ sở")
    assert "Thành phố Việt Trì: 36 và 40: tăng 4 lượt (11,1%)" in chart.alt
    assert "Huyện Cẩm Khê: 32 và 31*: không so sánh" in chart.alt
    assert "Thanh Thuỷ" not in chart.alt  # the report of 2016 doesn't name it
    assert "Không vẽ: Huyện Thanh Thuỷ (không có số liệu năm 2016), Huyện Tân Sơn (" in chart.html
    for words in ("năm 2016", "năm 2017", "* chưa đủ số liệu"):
        assert words in chart.svg


@pytest.mark.parametrize(
    ("unit", "slug", "said"),
    [
        (
            "25",
            "communication",
            "năm 2016 2.510 cuộc, năm 2017 ít nhất 2.702 cuộc; tăng ít nhất 192",
        ),
        ("230", "enforcement", "năm 2016 38 lượt, năm 2017 44 lượt; tăng 6 lượt (15,8%)."),
        ("239", "communication", "Không có số liệu năm 2016 để so."),
        ("240", "communication", "2016 131 cuộc; không so sánh: chưa có số liệu năm 2017."),
    ],
)
def test_the_line_under_a_conclusion(exact: Case, unit: str, slug: str, said: str):
    assert said in exact.at(unit).year_on_year(slug)


def test_notebooks_of_a_plan_without_a_year_before_have_no_cell_about_it(
    exact: Case, tmp_path: Path
):
    other = load_plan("thua_thien_hue_2017")
    alone = case_of(other, read_returns(other, tmp_path))
    for case, there in ((exact, True), (alone, False)):
        made = list_notebooks(case, collect_inputs(case, case.plan.name, documents=False))
        assert {"nam-truoc" in task.template for task in made} == {there}
        heads = {"## So với năm trước" in task.template for task in made if "review" in task.place}
        assert heads == {there}


def test_verify_looks_at_the_year_before(plan):
    """Its file is an input of the set, and of no other plan's; the settings are shared."""
    place = "data/previous/phu_tho_2016.csv"
    assert (
        hash_inputs(plan, plan.name)[place] and hash_inputs(plan, plan.name)["data/comparison.yaml"]
    )
    other = load_plan("binh_thuan_2017")
    assert place not in hash_inputs(other, other.name)


def paragraphs(case: Case, folder: Path) -> str:
    document = Document(io.BytesIO(review(case, folder)[0]))
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_documents_say_what_changed_in_sentences_a_section_and_an_annex(plan, shipped, tmp_path):
    people = "# So sánh với năm 2016\n{{ truoc.sessions }} cuộc{{ sosanh.sessions }}."
    (tmp_path / "25.md").write_text(people, encoding="utf-8")
    case = case_of(plan, shipped)
    said = paragraphs(case, tmp_path)
    assert "2.510 cuộc, tăng ít nhất 192 cuộc so với năm 2016." in said
    assert "kiểm tra ít nhất 510 lượt cơ sở, tăng ít nhất 29 lượt so với năm 2016;" in said
    assert "tổng số người vi phạm: khoảng 145 người (chưa đủ số liệu);" in said
    assert "đã xử lý hình sự ít nhất 06 vụ, tăng ít nhất 01 vụ." in said
    assert "\nSO SÁNH VỚI NĂM 2016\n" in said
    notice = paragraphs(case.at("230"), tmp_path)
    assert "kiểm tra 44 lượt cơ sở, tăng 06 lượt (15,8%) so với năm 2016;" in notice
    assert "\nSO SÁNH VỚI NĂM 2016\n" in notice and "[Phần do đơn vị soạn" not in notice
    assert "SO SÁNH VỚI" not in paragraphs(case.at("239"), tmp_path)  # nothing of it is compared
    document = Document(io.BytesIO(review(case, tmp_path)[0]))
    (annex,) = (t for t in document.tables if "Năm 2016" in [c.text for c in t.rows[0].cells])
    rows = [[cell.text for cell in row.cells][1:] for row in annex.rows]
    assert rows[0] == ["Nội dung", "Năm 2016", "Năm 2017", "So sánh"]
    assert ["Cuộc tuyên truyền (cuộc)", "2.510", "2.702*", "tăng ít nhất 192 cuộc"] in rows
    not_compared = {row[0]: (*row[1:3], row[3].removeprefix("không so sánh: ")) for row in rows}
    recounted = "chưa rõ quy tắc đếm của năm 2016"
    unclear = "năm 2017 còn 36 xã, phường, thị trấn chưa đủ số liệu, năm 2016 còn 23"
    told = {
        "Vụ việc phát hiện (vụ)": ("52", "51*", "số liệu năm 2017 chưa đủ"),
        # What would still prevent a comparison if all figures were there.
        "Giảm nghèo (huyện, thành, thị)": ("4", "4*", recounted),
        "Tổng số người vi phạm (người)": (
            *("khoảng 120", "khoảng 145*"),
            "số làm tròn, chỉ đặt cạnh nhau",
        ),
        # 36 communes could still add to either.
        "Xã, phường, thị trấn duy trì tuyên truyền thường xuyên (đơn vị)": (
            *("187*", "193*"),
            f"{unclear}; {recounted}",
        ),
    }
    assert {row: not_compared[row] for row in told} == told


def test_documents_without_a_year_before_have_none_of_it(plan, shipped, tmp_path):
    alone = Plan.model_validate(plan.content() | {"previous": None, "name": plan.name})
    for unit in ("25", "230"):
        said = paragraphs(case_of(alone, shipped).at(unit), tmp_path)
        assert "so với năm" not in said and "SO SÁNH" not in said


def test_a_name_that_no_figure_has_is_refused_also_of_the_year_before(plan, shipped, tmp_path):
    (tmp_path / "25.md").write_text("# So sánh với năm 2016\n{{ sosanh.sesions }}", "utf-8")
    with pytest.raises(InputRefused, match=r"25.md, dòng 2: .*“sesions”; có phải “sessions”"):
        review(case_of(plan, shipped), tmp_path)
