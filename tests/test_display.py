"""Tables and sentences: nothing runs, nothing is lost, four states stay four, nothing empty is printed as a number."""

import re
from dataclasses import replace

import pytest

from pcmd_eval import display, objectives, tables, workings
from pcmd_eval.bounds import Standing
from pcmd_eval.drill import cells_page
from pcmd_eval.notebook import for_all_objectives, for_all_units, open_case
from pcmd_eval.observations import State
from pcmd_eval.tables import Sentence, Table
from pcmd_eval.wording import LOOKS, Verdict

SCRIPT = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def base():
    """As a batch opens it: what somebody sees who opens a notebook by hand has a test of its own."""
    return replace(open_case("phu_tho_2017", "230"), by_hand=False)


def at(base, code):
    return replace(base, unit=base.project.register.reporter(code))


def everything(case):
    findings = for_all_objectives(case)
    standings = objectives.communes_maintaining(case.evidence, case.unit)
    pages = [display.heading(case), display.summary(case, findings), display.undecided(case, findings)]
    pages += [display.verdict_matrix(case, objectives.evaluate(case.evidence)), display.returns_table(case)]
    for finding in findings:
        slug = finding.objective
        pages += [
            display.finding_box(case, finding),
            display.plan_sentence(case, slug),
            display.rules_table(case, slug),
        ]
        pages += [display.returns_table(case, slug), workings.bounds_table(finding), display.alternatives(case, slug)]
        pages.append(display.comparison(case, for_all_units(case, objectives.OBJECTIVES[slug])))
    pages += [workings.communes_table(case, standings), workings.programmes_table(case), workings.limbs_table(case)]
    pages += [workings.models_table(case), display.parts_table(case), workings.months_table(case)]
    return [*pages, workings.cases_table(case), workings.reporters_table(case)]


def with_cell(case, objective, item, period, **changes):
    """The case with one cell of its unit changed."""
    wanted = (objective, case.unit.code, item, period)
    cells = [
        replace(o, **changes) if (o.objective, o.reporter, o.item, o.period) == wanted else o
        for o in case.evidence.observations
    ]
    return replace(case, evidence=replace(case.evidence, observations=tuple(cells)))


def test_everything_written_is_escaped():
    for page in (Sentence(SCRIPT), Table(SCRIPT, [SCRIPT], [[SCRIPT]], SCRIPT)):
        assert "<script" not in page._repr_html_()
        assert "&lt;script&gt;" in page._repr_html_()
        assert SCRIPT in repr(page)


def test_table_says_what_heads_what():
    html = Table("Tên", ["A", "B"], [["x", 1], ["y", None]])._repr_html_()
    assert re.search(r"<table[^>]*><caption[^>]*>Tên</caption><thead><tr><th scope=\"col\"", html)
    assert html.count('<th scope="row"') == 2
    assert html.count("<td") == 2


def test_empty_is_a_dash_with_its_legend_and_zero_is_zero():
    assert repr(Table("T", ["A", "B"], [["x", 0]])) == "T\nA | B\nx | 0"
    assert repr(Table("T", ["A", "B"], [["x", None]])) == f"T\nA | B\nx | –\n{tables.DASH}"


@pytest.mark.parametrize("value", [*Verdict, *Standing])
def test_a_status_is_word_and_shape_and_colour(value):
    look = tables.look_of(value)
    html = Table("T", ["A", "B"], [["x", value]])._repr_html_()
    assert look.word in html
    assert look.shape in html
    assert f"color:{look.text_colour}" in html
    assert tables.shown(value) == f"{look.shape} {look.word}"


def test_shapes_and_words_are_all_different():
    for looks in (LOOKS.values(), tables.STANDINGS.values()):
        assert len({look.shape for look in looks}) == len({look.word for look in looks}) == len(looks)


def test_zero_blank_unreadable_and_absent_are_four_words(base):
    case = base
    states = {"Q1": State.REPORTED, "Q2": State.BLANK, "Q3": State.UNREADABLE, "Q4": State.ABSENT}
    for period, state in states.items():
        case = with_cell(case, "enforcement", "6.3", period, state=state, value="0" if state == "reported" else "")
    table = workings.cases_table(case)
    assert [row[1] for row in table.rows] == ["0", "trống", "không đọc được", "không có"]
    assert workings.CELLS in repr(table)


def test_a_zero_of_a_period_that_was_not_over_says_so(base):
    early = [replace(r, cutoff=r.cutoff.replace(month=9)) if r.reporter == "230" else r for r in base.evidence.returns]
    case = replace(base, evidence=replace(base.evidence, returns=tuple(early)))
    assert workings.cases_table(case).rows[3][3] == "0 (chưa hết kỳ)"


@pytest.mark.parametrize("code", ["230", "240", "239", "25"])
def test_every_page_is_whole_and_the_same_twice(base, code):
    case = at(base, code)
    for page, again in zip(everything(case), everything(case), strict=True):
        assert repr(page) == repr(again)
        assert page._repr_html_() == again._repr_html_()
        assert not re.search(r"\b(nan|NaN|None|null)\b", repr(page) + page._repr_html_())


def test_the_mark_of_made_up_figures_is_on_the_heading_and_on_every_finding(base):
    finding = objectives.communication(base.evidence, base.unit)
    assert repr(display.heading(base)).startswith("SỐ LIỆU MINH HỌA")
    assert "SỐ LIỆU MINH HỌA" in repr(display.finding_box(base, finding))
    real = tuple(replace(r, illustrative=False) for r in base.evidence.returns)
    case = replace(base, evidence=replace(base.evidence, returns=real))
    assert "MINH HỌA" not in repr(display.heading(case)) + repr(display.finding_box(case, finding))


def test_finding_box_shows_each_finding_once(base):
    case = at(base, "25")
    finding = objectives.media(case.evidence, case.unit)
    assert repr(display.finding_box(case, finding, finding)) == repr(display.finding_box(case, finding))


def test_public_pages_show_no_name_of_a_model_and_no_number_of_persons(base):
    named = [o for o in base.evidence.observations if o.item.endswith(":name") and o.reported]
    persons = [o.item for o in base.evidence.observations if o.item.endswith(":persons")]
    assert named, "the illustrative returns hold a model"
    assert persons
    case = base
    for item in ("6.2", "6.7", "6.8", "6.9", "6.10", "6.11"):
        case = with_cell(case, "enforcement", item, "Q1", value="87654", state=State.REPORTED)
    for item in ("3.1.2", "3.1.4", "3.2.2", "3.2.3"):
        case = with_cell(case, "harm_reduction", item, "Q1", value="87654", state=State.REPORTED)
    for code in ("230", "25"):
        text = "\n".join(page._repr_html_() for page in everything(at(case, code)))
        assert "87.654" not in text
        assert "87654" not in text
        assert not [o.value for o in named if o.value != "none" and o.value in text]


def test_an_internal_page_shows_the_cells(base):
    assert "Từng ô của đơn vị" not in repr(display.returns_table(base, "enforcement"))
    assert "Từng ô của đơn vị" in repr(display.returns_table(replace(base, internal=True), "enforcement"))


def test_comparison_stands_in_the_order_of_the_dictionary(base):
    rows = display.comparison(base, for_all_units(base, objectives.communication)).rows
    names = [row[0].split(" ", 1)[1] for row in rows]
    assert names[:4] == ["Cẩm Khê", "Đoan Hùng", "Hạ Hoà", "Lâm Thao"]
    assert rows[-1][0] == "Tỉnh Phú Thọ"


def test_alternatives_show_the_choice_in_force_and_every_other(base):
    table = display.alternatives(base, "communication")
    rules = base.plan["communication"].rules.values()
    assert len(table.rows) == 1 + sum(len(rule.choices) - 1 for rule in rules)
    assert table.rows[0][3] is objectives.communication(base.evidence, base.unit).verdict
    assert len({row[2] for row in table.rows}) > 1, "an alternative that changes nothing at all is a loose wire"


def test_a_share_just_below_the_target_is_not_rounded_onto_it(base):
    finding = objectives.communication(base.evidence, base.unit)
    near = replace(finding, low=74_999, high=75_000, needed=75_000, total=100_000)
    assert [row[2] for row in workings.bounds_table(near).rows] == ["74,999%", "75%", None, "75%"]


def test_undecided_names_what_would_decide(base):
    case = at(base, "240")
    rows = {row[0][:1]: row for row in display.undecided(case, for_all_objectives(case)).rows}
    assert rows["1"][1:3] == (13, 17)
    assert rows["2"][1:3] == (1, 5), "programmes, not the district"
    assert rows["6"][3].startswith("Quý I")
    assert "Không mục tiêu nào" in repr(display.undecided(base, for_all_objectives(base)))


def test_a_plan_with_other_objectives_is_reviewed_by_those_it_has(base):
    fewer = base.plan.model_copy(update={"objectives": base.plan.objectives[:2]})
    fewer.__dict__.pop("_by_slug", None)
    case = replace(base, project=replace(base.project, plan=fewer), evidence=base.evidence.under(fewer))
    assert len(display.summary(case, for_all_objectives(case)).rows) == 2
    assert len(display.verdict_matrix(case, objectives.evaluate(case.evidence)).columns) == 3


@pytest.mark.parametrize("slug", ["communication", "media"])
def test_a_notebook_opened_by_hand_leads_to_its_cells_and_one_of_a_batch_does_not(base, slug, monkeypatch):
    """Folded away under the finding, as internal; the finding of the province with the cells of the province."""
    finding = objectives.OBJECTIVES[slug](base.evidence, base.province)
    assert "<details>" not in display.finding_box(base, finding).html
    page = display.finding_box(replace(base, by_hand=True), finding)
    assert f"<details><summary>{display.CELLS_BEHIND}</summary>" in page.html and "NỘI BỘ" in page.html
    assert cells_page(at(base, "25"), slug).html in page.html
    assert open_case("phu_tho_2017", "230").by_hand
    monkeypatch.setenv("PCMD_RECORD", "record.json")
    assert not open_case("phu_tho_2017", "230").by_hand


def test_a_count_of_all_there_are_is_not_said_to_be_at_least_that(base):
    """Four of four handled while a quarter is incomplete: more than four there cannot be."""
    finding = objectives.OBJECTIVES["enforcement"](base.evidence, base.unit)
    assert display.counted(replace(finding, low=4, high=None, needed=4, total=4)) == "4/4 (cần 4)"
    assert display.counted(replace(finding, low=3, high=None, needed=4, total=4)) == "ít nhất 3/4 (cần 4)"
