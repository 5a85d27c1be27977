"""The two pages of a set, their menu and the table for people: what they say, and what cannot get
in or out.
"""

import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import faces
import openpyxl
import pandas as pd
import pytest
import two_levels
from bs4 import BeautifulSoup
from editions import case_of
from pandas.api.types import is_string_dtype
from toy import SET_FILES

from pcmd_eval.analysis.case import counts_text, latest_returns
from pcmd_eval.analysis.reporting_status import describe_days
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.show import LEGEND, table_html
from pcmd_eval.evaluation.findings import FINDING_COLUMNS, describe_evaluated
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.site.datasets import datapackage
from pcmd_eval.site.navigation import (
    FOOT,
    MENU,
    PageLinks,
    navigation_values,
    notebook_pages,
    template_name,
)
from pcmd_eval.site.page_layout import share_styles
from pcmd_eval.site.pages import pages
from pcmd_eval.statistics.indicators import NOTE, format_for_csv
from pcmd_eval.statistics.year_on_year import CHANGE_COLUMNS
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.spelling import alphabet_key, letters_of
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.vocabulary import (
    CHART_DATA_SOURCE,
    ILLUSTRATIVE_MARK,
    INTERNAL_MARK,
    QUANTITY_STATE_LABELS,
    VERDICT_STYLES,
)

JUDGED = ("communication", "integration", "harm_reduction", "enforcement")  # of units
AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def case(plan, shipped) -> Case:
    return case_of(plan, shipped)


@pytest.fixture(scope="module")
def made(case) -> dict[str, bytes]:
    return pages(case, [*case.plan.reporters.index])


@pytest.fixture(scope="module")
def index(made) -> BeautifulSoup:
    return read(made["index.html"])


def read(page: bytes) -> BeautifulSoup:
    return BeautifulSoup(page.decode(), "lxml")


def words(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def held(case: Case, units: list[str]) -> set[str]:
    """Every place that a set with these units has."""
    places = {place for unit in units for place in notebook_pages(case, unit).values()}
    return places | SET_FILES | {"run.json"}


def linked(
    case: Case, units: list[str], files: dict[str, bytes], every: list[str] | None = None
) -> dict[str, bytes]:
    """The pages as they are published, in a set with these units or with `every` unit."""
    links = PageLinks(case, every or units)
    return {
        place: links.link_page(place, files[place], unit)
        for unit in units
        for place in notebook_pages(case, unit).values()
    }


def ways(page: BeautifulSoup) -> set[str]:
    targets = {a["href"].partition("#")[0] for a in page.find_all("a")}
    return {target for target in targets if target and not target.startswith("data:")}


# ---- what the first page says --------------------------------------------------------------------


def test_index_cards_have_verdict_count_and_sentence_of_the_province(case, index):
    cards = index.select(".cards > li")
    assert len(cards) == 6
    counts, is_province = counts_text(case, case.findings), case.findings.unit_code == "25"
    for objective, card in zip(case.plan.objectives, cards, strict=True):
        finding = case.finding(objective.slug)
        assert words(card.h3) == f"{objective.number}. {objective.title}"
        assert VERDICT_STYLES[finding.verdict].word in words(card)
        assert counts[is_province & (case.findings.objective == objective.slug)].item() in words(
            card
        )
        assert finding.reason.split(". ")[0] in words(card)
        assert card.h3.a["href"] == notebook_pages(case, "25")[objective.slug]


def test_index_begins_with_what_was_evaluated(case, index):
    province = case.findings[case.findings.unit_code == "25"]
    assert words(index.select_one("h1 + .answer")) == describe_evaluated(case.plan, province)


def test_index_lists_units_by_name_with_links_to_their_pages(case, index):
    """Only objectives of which a unit has a duty; the province stands above."""
    rows = {words(row.th): row for row in index.select(".matrix tbody tr")}
    units = case.plan.reporting_units.sort_values("name", key=lambda n: n.map(alphabet_key))
    assert [*rows] == [*units.full_name]
    heads = [words(head) for head in index.select(".matrix thead th")]
    objectives = [case.plan[slug] for slug in JUDGED]
    assert heads == ["Đơn vị", *(f"{o.number} . {o.title}" for o in objectives), "Báo cáo"]
    for unit, name in units.full_name.items():
        pages_of_unit = notebook_pages(case, unit)
        assert rows[name].th.a["href"] == pages_of_unit["review"]
        for slug, cell in zip(JUDGED, rows[name]("td"), strict=False):
            look = VERDICT_STYLES[case.at(unit).finding(slug).verdict]
            assert words(cell).startswith(f"{look.shape} {look.word}")
            assert cell.a["href"] == pages_of_unit[slug]
    assert words(rows["Huyện Cẩm Khê"]("td")[0]) == "▲ Chưa đạt 21 đến 23/31"
    assert words(rows["Huyện Tân Sơn"]("td")[-1]) == "chưa gửi"


def test_index_says_what_came_what_is_missing_and_up_to_which_day(index):
    for sentence in (
        "Đã nhận 13/14 báo cáo (của 13 huyện, thành, thị và các cơ quan cấp tỉnh); chưa báo cáo nào "
        "đã đủ số liệu. Chưa gửi: huyện Tân Sơn. Mới có một phần số liệu: huyện Yên Lập.",
        "Đa số đơn vị chốt số liệu đến 15/12/2017; sớm nhất 30/11 (huyện Tam Nông), muộn nhất 20/12 "
        "(huyện Cẩm Khê). Báo cáo đến sau cùng gửi ngày 28/12/2017.",
        "Còn thiếu số liệu của 11 đơn vị.",
    ):
        assert sentence in words(index.main)


def test_index_is_short_and_names_the_page_with_the_rest(case, index):
    """At most 700 words besides the list of units; no name of a CSV column or format unfolded."""
    page = BeautifulSoup(str(index.main), "lxml")
    assert page.find("a", href=notebook_pages(case, "25")["review"])
    for part in page.select(".matrix, details"):
        part.extract()
    assert len(words(page).split()) <= 700
    assert not re.search(r"CSV|JSON|Data Package|withheld|hạn giả định", page.get_text())


def test_index_with_a_stated_deadline_calls_a_return_late(plan, shipped):
    """Stated by the plan: the same return is late, the others in time, on every page alike."""
    content = plan.content()
    content["rules"]["deadline"] |= {"status": "stated"}
    made = pages(case_of(Plan.model_validate(content | {"name": plan.name}), shipped), ["230"])
    index = words(read(made["index.html"]))
    assert "1 gửi muộn" in index and "đúng hạn" in index


def test_index_without_a_stated_deadline_calls_no_return_late(index):
    assert not re.search("gửi muộn|đúng hạn|hạn giả định|gửi sau", words(index))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (["2017-12-15"] * 3, "Các đơn vị chốt số liệu đến 15/12/2017."),
        (
            ["2017-12-15", "2017-12-15", "2018-01-05"],
            "Đa số đơn vị chốt số liệu đến 15/12/2017; muộn nhất 05/01/2018 (huyện Đoan Hùng).",
        ),
        (
            ["2017-11-30", "2017-12-15", "2017-12-20"],
            "Ngày chốt số liệu sớm nhất 30/11/2017 (thành phố Việt Trì), muộn nhất 20/12/2017 "
            "(huyện Đoan Hùng).",
        ),
        ([None] * 3, None),
    ],
)
def test_days_say_the_cutoff_of_most_and_who_differs(case, days, sentence):
    returns = case.returns[case.returns.reporter.isin(["227", "228", "230"])]
    returns = returns.assign(cutoff=pd.to_datetime(pd.Series(days, returns.index)))
    assert [text for text in describe_days(case.plan, returns) if "chốt" in text] == (
        [sentence] if sentence else []
    )


def test_pages_with_a_superseded_file_are_the_same(case, made):
    """Refused, or replaced by a later one: each reporter has one row and its cells count once; the
    same bytes.
    """
    rows = case.returns[case.returns.reporter.isin(["230", "231"])]
    beside = rows.assign(state=["unreadable", "superseded"], reported=0, file=["x.xlsx", "y.xlsx"])
    odd = replace(case, returns=pd.concat([case.returns, beside], ignore_index=True))
    assert pages(odd, [*case.plan.reporters.index]) == made


def test_pages_without_previous_year_have_no_changes(plan, shipped):
    alone = Plan.model_validate(plan.content() | {"previous": None, "name": plan.name})
    made = pages(case_of(alone, shipped), [*plan.reporters.index])
    assert "changes.csv" not in made and "2016" not in words(read(made["index.html"]))
    assert b'"changes"' not in made["datapackage.json"]


def test_links_of_pages_lead_to_files_of_the_set(case, made):
    every = [*case.plan.reporters.index]
    found = ways(read(made["index.html"])) | ways(read(made["method.html"]))
    assert found <= held(case, every) and "findings.xlsx" in found
    assert not [link for link in found if link.endswith(".docx")], "Word documents stay inside"


def test_index_of_a_partial_set_names_the_missing_units(case):
    index = read(pages(case, ["230", "231"])["index.html"])
    assert ways(index) <= held(case, ["230", "231"])
    said = next(words(p) for p in index.select(".banner") if "chưa đủ" in words(p))
    assert said.endswith("Chưa có trang của: 12 đơn vị.")


def answered(cells: pd.DataFrame, is_done: bool) -> pd.DataFrame:
    """Return the cells after every sender answered what is not known: done everywhere, or nowhere;
    every case of these cells handled, or none.
    """
    is_asked = cells.state != "reported"
    word = "yes" if is_done else "no"
    answers = {"document": "given" if is_done else "none", "carried_out": word, "operating": word}
    handled = cells["item"].isin(["6.4", "6.5", "6.6"])
    number = pd.Series(int(is_done), cells.index, dtype="Int64")
    number = number.mask(cells["item"] == "6.3", 1).mask(handled & (cells["item"] != "6.4"), 0)
    value = cells.column.map(answers).astype("string").fillna(number.astype("string"))
    return cells.assign(
        state=cells.state.mask(is_asked, "reported"),
        value=cells.value.mask(is_asked, value),
        number=cells.number.mask(is_asked, number),
        some=cells.some.mask(is_asked, number > 0),
    )


def settled(page: bytes) -> dict[tuple[str, int], str]:
    """Return the verdicts on the first page but those that wait for data, by row and column."""
    index = read(page)
    shown = {("province", at): card for at, card in enumerate(index.select(".cards .verdict"))}
    for row in index.select(".matrix tbody tr"):
        shown |= {(words(row.th), at): cell for at, cell in enumerate(row("td")[:-1])}
    verdicts = {place: words(tag)[0] for place, tag in shown.items()}
    return {place: sign for place, sign in verdicts.items() if sign != "■"}


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not_done"])
def test_pages_whatever_is_answered_keep_what_was_met_or_not(plan, shipped, made, is_done):
    """As method.html says of “Đạt” and “Chưa đạt”, and the unit's page of what is missing."""
    known = settled(made["index.html"])
    assert {"●", "▲"} <= {*known.values()}
    later = case_of(plan, replace(shipped, cells=answered(shipped.cells, is_done)))
    verdicts = settled(pages(later, [*plan.reporters.index])["index.html"])
    assert {place: verdicts.get(place) for place in known} == known


# ---- marks, policy, what cannot get in or out ----------------------------------------------------


@pytest.mark.parametrize("place", ["index.html", "method.html"])
def test_pages_have_their_mark_on_top_and_in_the_title(made, place):
    page = read(made[place])
    banners = [words(p).partition(":")[0] for p in page.select("header .banner")]
    assert banners == [ILLUSTRATIVE_MARK]
    assert ILLUSTRATIVE_MARK in page.title.get_text()


@pytest.mark.parametrize("place", ["index.html", "method.html"])
def test_pages_have_no_scripts_and_fetch_nothing(made, place):
    page = read(made[place])
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none';") and "script" not in policy
    assert not page.find_all(["script", "link", "iframe", "object", "form"])
    assert not re.search(r"""(href|src|url)\s*[=(]\s*["']?(https?:)?//""", made[place].decode())
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_pages_escape_text_of_returns_and_plans(case, shipped):
    evil, formula = "<script>alert(1)</script><b onclick=x>", '=HYPERLINK("http://a.b","x")'
    findings = case.findings.assign(reason=[evil, formula] * 42)
    plan = case.plan.model_copy(update={"title": evil, "issuer": evil})
    odd = replace(case, plan=plan, findings=findings)
    made = pages(odd, ["25"])
    for place in ("index.html", "method.html"):
        assert (
            b"<script" not in made[place]
            and b"<b onclick" not in made[place]
            and b"&lt;script" in made[place]
        )
    sheet = openpyxl.load_workbook(io.BytesIO(made["findings.xlsx"])).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"} and not sheet._hyperlinks


def test_public_pages_have_no_file_names_and_rounded_persons(shipped, made):
    for place in ("index.html", "method.html"):
        for name in shipped.returns.file.dropna():
            assert name not in made[place].decode()
    persons = (
        read(made["method.html"])
        .find("caption", string="Số liệu về con người, toàn tỉnh")
        .find_parent("table")
    )
    told = [words(row.find_all("td")[1]) for row in persons.tbody.find_all("tr")]
    assert all(re.fullmatch(r"khoảng [\d.]+\*?|không công bố", value) for value in told)
    assert len(told) == 18 and told.count("không công bố") > 8  # of kinds and coarse items all


# ---- how it was judged, and the menu -------------------------------------------------------------


def test_method_lists_every_rule_with_status_and_reason(plan, made):
    said = words(read(made["method.html"]).main)
    rules = [rule for objective in plan.objectives for _, rule in objective.rules.items()]
    for rule in [*rules, *(rule for _, rule in plan.rules.items())]:
        assert all(part in said for part in (rule.label, rule.chosen, rule.grounds, rule.why))
        assert rule.source in said or plan.plan in rule.source
    for objective in plan.objectives:
        assert objective.sentence in said and objective.target.why in said
    assert all(look.word in said for look in VERDICT_STYLES.values())


@pytest.mark.parametrize(
    "gone",
    [
        *(
            "Số không công bố",
            "Năm kết luận",
            "được cho biết về một vài người",
            "Số liệu về người được bảo vệ",
        ),
        *("cận dưới", "cận trên", "Countdown", "JupyterLab", "sổ trong", "sửa tệp"),
    ],
)
def test_pages_avoid_words_that_officials_strike_out(made, gone):
    index, method = read(made["index.html"]), read(made["method.html"])
    assert gone not in words(index) and gone not in words(method).rpartition("Nguồn")[0]


def test_menu_links_to_the_set_and_the_pages_of_its_unit(case):
    for unit in ("230", "25"):
        own = case.at(unit)
        place = notebook_pages(own, unit)["communication"]
        found = BeautifulSoup(
            render_page("site/menu.html.j2", **navigation_values(own, place)), "lxml"
        )
        up = "../" * place.count("/")
        assert ways(found) == {
            up + way for way in held(case, [unit]) if not way.endswith((".csv", ".xlsx", ".json"))
        } | {up + place.replace(".html", ".ipynb")}, (
            "and to the workbook that the page was made from"
        )
        assert [a["href"] for a in found.select("[aria-current=page]")] == [
            up + place
        ] and own.name in words(found)


def test_link_page_links_only_to_pages_of_the_set(case):
    """Menu, names in tables, the page before and the page after; without the unit that the set
    lacks.
    """
    table = '<table><tr><th scope="row">Huyện Tân Sơn</th><td>Thành phố Việt Trì</td></tr></table>'
    chart = f'<div class="table">{table}</div><p>Số liệu của hình: {CHART_DATA_SOURCE}.</p>'
    bare = f"<header>{MENU}</header>{table}{chart}{FOOT}".encode()
    units = ["230", "240", "25"]
    files = {place: bare for unit in units for place in notebook_pages(case, unit).values()}
    made = linked(case, units, files)
    assert made.keys() == files.keys()
    for place, content in made.items():
        page, folder = read(content), Path("/set") / Path(place).parent
        found = {Path(os.path.normpath(folder / way)).relative_to("/set") for way in ways(page)}
        notebook = place.replace(".html", ".ipynb")
        assert {p.as_posix() for p in found} <= held(case, units) | {notebook}, place
    places = notebook_pages(case, "230")
    page = read(made[places["integration"]])
    others = [words(a) for a in page.select("details a")]
    assert others == ["Huyện Tân Sơn", "Tỉnh Phú Thọ"]
    assert page.th.a["href"] == page.select_one("details a")["href"] and not page.td.a
    assert page.th.a["href"].endswith("240-tan-son/2_integration.html")
    steps = [a["href"] for a in page.select(".steps a")]
    assert steps == [f"../../{places[slug]}" for slug in ("communication", "harm_reduction")]
    under = [a["href"] for a in page.select("main p a, p a") if words(a) == "bảng đi kèm"]
    assert page.select_one(*under).table, "a chart leads to the table beside it"
    titles = [a["title"] for a in page.select(".menu a[title]")]
    assert "Chỉ tiêu 6. Phát hiện và xử lý vi phạm" in titles
    assert "Đa số đơn vị chốt số liệu đến 15/12/2017;" in words(page.footer)
    assert "Sở Lao động - Thương binh và Xã hội tỉnh Phú Thọ" in words(page.footer)


def test_share_styles_keeps_each_style_and_legend_once(case, made):
    frame = pd.DataFrame({"unit_name": ["a", "b"], "total": [1, None]})
    starred = table_html(frame.assign(words=["120*", "3"]))
    page = read(
        share_styles(f"<style></style>{table_html(frame)}{table_html(frame)}{starred}").encode()
    )
    legends = [words(legend) for legend in page.select(".legend")]
    assert legends == [LEGEND, NOTE] and not page.select("[style]")
    cells = page.select("table")[0].select("td, th") + page.select("table")[1].select("td, th")
    assert len(cells) == 12
    rules = dict(re.findall(r'\[data-look="(\d+)"\] \{(.*)\}', page.style.get_text()))
    assert [rules[td["data-look"]] for td in cells if td.name == "td"] == ["text-align:right"] * 4
    for place in ("index.html", "method.html"):
        assert len(made[place]) < 300_000 and len(read(made[place]).select(".legend")) <= 2


def test_pages_have_unique_ids_on_every_heading(made, case):
    """On the pages of the set and those of notebooks: ids of words, none twice."""
    bare = "<style></style><h2>Kết luận</h2><h3>Bước 1</h3><h2>Đối chiếu</h2>".encode()
    places = notebook_pages(case, "230").values()
    page = linked(case, ["230"], dict.fromkeys(places, bare))[next(iter(places))]
    assert [h["id"] for h in read(page)(["h2", "h3"])] == ["ket-luan", "buoc-1", "doi-chieu"]
    for content in (made["index.html"], made["method.html"]):
        page = read(content)
        ids = [tag["id"] for tag in page(id=True)]
        assert len(ids) == len({*ids}) and all(h["id"] for h in page(["h2", "h3"]))


@pytest.mark.parametrize("name", ["thua_thien_hue_2017", "binh_thuan_2017"])
def test_pages_of_another_plan_need_only_its_file(name, tmp_path):
    plan = load_plan(name)
    case = case_of(plan, read_returns(plan, tmp_path))
    made = pages(case, [*plan.reporters.index])
    index = read(made["index.html"])
    assert len(index.select(".cards > li")) == len(plan.objectives) and ways(index) <= held(
        case, [*plan.reporters.index]
    )
    senders = (latest_returns(case).state != "not_asked").sum()
    assert f"Đã nhận 0/{senders} báo cáo (của" in words(index) and "0 gửi" not in words(index)
    assert "Phú Thọ" not in words(index)
    method = words(read(made["method.html"]))
    assert all(target.sentence in method and target.why in method for target in plan.not_judged)


# ---- the table for people ------------------------------------------------------------------------


def test_findings_workbook_has_the_findings_in_words(case, made):
    book = openpyxl.load_workbook(io.BytesIO(made["findings.xlsx"]))
    assert book.sheetnames == ["Kết luận", "Số liệu", "Giải thích"]
    sheet = book["Kết luận"]
    (mark, *_), heads, *rows = sheet.iter_rows(values_only=True)
    assert mark.startswith(ILLUSTRATIVE_MARK) and len(rows) == 84 and len({*heads}) == len(heads)
    assert sheet.auto_filter.ref.startswith("A2:") and sheet["A3"].value == "227"
    table = pd.DataFrame(rows, columns=heads, dtype=object)
    told = case.for_display(case.findings)
    assert [*table["Mã"]] == [*told.unit_code]
    assert [*table["Diễn giải"]] == [*told.reason] and {*told.reason} == {*case.findings.reason}
    low = told.low.astype(object)
    assert [*table["Chắc chắn"].astype(object).where(table["Chắc chắn"].notna(), None)] == [
        *low.where(told.low.notna(), None)
    ]
    assert {*table["Mức yêu cầu"]} >= {"từ 75% trở lên", "có thực hiện", "hằng tháng", None}
    looks = [VERDICT_STYLES[verdict] for verdict in told.verdict]
    assert [*table["Kết luận"]] == [look.word for look in looks]
    shapes = [None if look.shape == "–" else look.shape for look in looks]
    assert [*table["Dấu"]] == shapes
    numbers = [*"FGHIJK"]
    assert not any(cell.value == "–" for letter in numbers for cell in sheet[letter])
    shares = {cell.number_format for cell in sheet["J"][2:] if cell.value is not None}
    assert shares == {"0.0###%"}, "as many decimals as the finding has"


def test_findings_workbook_has_the_indicators_of_the_case(case, made):
    book = openpyxl.load_workbook(io.BytesIO(made["findings.xlsx"]))
    _, heads, *rows = book["Số liệu"].iter_rows(values_only=True)
    table = pd.DataFrame(rows, columns=heads, dtype=object)
    assert [*table["Mã"]] == [*case.indicators.unit_code]
    values = case.indicators.value
    assert [*table["Giá trị"].fillna(-1)] == [*values.fillna(-1)]
    assert {*table["Tình trạng"]} == {
        QUANTITY_STATE_LABELS[state] for state in case.indicators.state
    }
    *_, meanings = book["Giải thích"].iter_rows(min_row=3, max_col=4, values_only=True)
    assert None not in meanings


def test_datapackage_is_valid_and_finds_spoiled_tables(case, shipped, made, tmp_path):
    """A validator that is not ours reads types, keys and codes; a wrong code, a doubled row and a
    text are noticed.
    """
    import frictionless

    inside = case_of(case.plan, shipped, internal=True)
    spoils = {"met": "mett", ",complete,": ",whole,", "230,Huyện": "227,Huyện", ",21,": ",hai,"}
    for one in (case, inside):
        files = {
            "datapackage.json": datapackage(one),
            "findings.csv": to_csv_bytes(one.findings),
            "indicators.csv": to_csv_bytes(format_for_csv(one.indicators)),
            "changes.csv": to_csv_bytes(one.changes[CHANGE_COLUMNS]),
        }
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        report = frictionless.validate(str(tmp_path / "datapackage.json"))
        assert report.valid, report.flatten(["title", "message"])[:3]
    for old, new in spoils.items():
        for name in ("findings.csv", "indicators.csv"):
            text = files[name].decode().replace(old, new, 1)
            (tmp_path / name).write_text(text, encoding="utf-8")
        assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid, old


def test_tables_of_a_set_read_by_plain_pandas_have_the_types_of_the_schema(case, shipped):
    """Numbers come as numbers, words as words; codes and printed numbers are asked for as text."""
    inside = case_of(case.plan, shipped, internal=True)
    tables = {"findings.csv": to_csv_bytes(inside.findings)}
    tables["indicators.csv"] = to_csv_bytes(format_for_csv(inside.indicators))
    tables["changes.csv"] = to_csv_bytes(format_for_csv(inside.changes[CHANGE_COLUMNS]))
    dtypes = {"string": "string", "integer": "Int64", "number": "Float64"}
    for resource in json.loads(datapackage(inside))["resources"]:
        fields = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        content = tables.pop(resource["path"])
        plain = pd.read_csv(io.BytesIO(content))
        assert [*plain.columns] == [*fields]
        read = {name: "string" if is_string_dtype(plain[name]) else "number" for name in fields}
        expected = {name: "number" if kind == "integer" else kind for name, kind in fields.items()}
        digits = {
            name: "string" for name in ("unit_code", "before_words", "now_words") if name in read
        }
        assert read | digits == expected
        typed = pd.read_csv(
            io.BytesIO(content), dtype={name: dtypes[kind] for name, kind in fields.items()}
        )
        assert {*typed.unit_code.str.len()} == {2, 3} and len(typed) == len(plain)
    assert tables == {}


def test_datapackage_describes_columns_and_codes_in_two_languages(case, made):
    package = json.loads(made["datapackage.json"])
    assert package["illustrative"] is True and package["licenses"] and package["sources"]
    fields = [table["schema"]["fields"] for table in package["resources"]]
    of_findings, of_figures, of_changes = fields
    assert [field["name"] for field in of_findings] == FINDING_COLUMNS
    assert ",".join(field["name"] for field in of_figures) == (
        "plan,year,level,unit_code,unit_name,objective,item,label,measure,value,state,precision,"
        "illustrative,words"
    )
    assert ",".join(field["name"] for field in of_changes) == (
        "unit_code,unit_name,objective,item,label,measure,before,now,change,percent,before_words,"
        "now_words,words,why"
    )
    assert all(field["title"] and field["description"] for own in fields for field in own)
    assert package["title_en"] == "Evaluation of Plan 884/KH-UBND, 2017"
    assert [table["title_en"] for table in package["resources"]] == [
        *("Findings", "Indicators", "Changes since the previous year")
    ]
    assert all(field["title_en"].isascii() for own in fields for field in own)
    (low,) = (field["description"] for field in of_findings if field["name"] == "low")
    assert "không phải là báo cáo rằng không có" in low
    assert 'href="datapackage.json"' in made["index.html"].decode()


# ---- as a reader sees it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visit(made, tmp_path_factory):
    """Opens a page of the set in a browser of that width; a request that leaves the folder fails
    the test.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    browser_path = shutil.which("chromium") or pytest.skip("no chromium")
    site = tmp_path_factory.mktemp("set") / "Bộ công bố"
    site.mkdir()
    for place, content in made.items():
        (site / place).write_bytes(content)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-gpu"],
            env=faces.environment(site.parent),
        )

        def opened(place: str, width: int):
            page, asked, said = browser.new_page(viewport={"width": width, "height": 900}), [], []
            page.set_default_timeout(120_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto((site / place).as_uri())
            assert all(url.startswith(("file:", "data:")) for url in asked) and not said
            return page

        yield opened
        browser.close()


def paper(page, folder: Path) -> list[str]:
    """The text of every sheet of a page that is printed."""
    reader, file = shutil.which("pdftotext") or pytest.skip("no pdftotext"), folder / "page.pdf"
    page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    command = [reader, "-layout", file, "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return text.removesuffix("\f").split("\f")


@pytest.mark.slow
@pytest.mark.parametrize(("place", "most"), [("index.html", 3), ("method.html", 5)])
def test_pages_print_on_a4_without_an_empty_sheet(visit, place, most, tmp_path):
    sheets = paper(visit(place, 1280), tmp_path)
    assert 2 <= len(sheets) <= most and all(len(sheet.split()) > 25 for sheet in sheets)
    assert all(ILLUSTRATIVE_MARK in sheet and "884/KH-UBND" in sheet for sheet in sheets)
    assert sheets[0].count(ILLUSTRATIVE_MARK) == 2, "for browsers without margins, too"


@pytest.mark.slow
def test_printed_notebook_page_has_its_marks_on_every_sheet(visit, shipped_run, tmp_path):
    """And says which page and plan it is of; the province's has all its verdicts on the first of
    six at most, and what stays inside bears both marks. No heading and intro stand alone.
    """
    printed = {}
    for place, most in (
        ("published/province/province_review", 6),
        ("published/districts/240-tan-son/3_harm_reduction", 3),
        ("internal/check", 4),
    ):
        printed[place] = paper(visit(shipped_run / f"{place}.html", 1280), tmp_path)
        assert 2 <= len(printed[place]) <= most
        for sheet in printed[place]:
            assert ILLUSTRATIVE_MARK in sheet and "884/KH-UBND" in sheet
            assert (INTERNAL_MARK in sheet) == place.startswith("internal")
        headings = read((shipped_run / f"{place}.html").read_bytes()).find_all("h2")
        for heading in headings[:-1]:
            alone = re.compile(rf"^\s*{re.escape(words(heading))}\s*$", re.MULTILINE)
            after = [alone.split(sheet)[-1] for sheet in printed[place] if alone.search(sheet)]
            assert len(after) == 1 and len(after[0].split()) > 60, (place, heading)
    first = printed["published/province/province_review"][0].partition("Số đếm")[0]
    assert len(re.findall(r"[●▲■] (Đạt|Chưa đạt|Chưa đủ)", first)) >= 6


@pytest.mark.slow
def test_maps_in_print_are_wide(visit, shipped_run):
    """Two thirds of the text on A4, so that names of districts can be read."""
    page = visit(shipped_run / "published/province/province_review.html", 703)
    page.emulate_media(media="print")
    maps = page.locator(".maps img").bounding_box()
    assert 3 * maps["width"] > 2 * page.locator("main").bounding_box()["width"]


# One page of each kind.
KINDS = (
    "published/index",
    "published/province/1_communication",
    "published/districts/230-doan-hung/district_review",
    "internal/check",
)
# Targets of 24 pixels (WCAG 2.2, links within a text excepted).
SMALL = """() => [...document.querySelectorAll('a, summary')].filter(e => {
  const box = e.getBoundingClientRect(), line = getComputedStyle(e).display === 'inline';
  const within = line && e.parentElement.textContent.trim() !== e.textContent.trim();
  return e.checkVisibility() && !within && !e.matches('.skip') && (box.height < 24 || box.width < 24);
}).map(e => e.outerHTML.slice(0, 120))"""
# What is wider than the screen says so.
HIDDEN = """() => [...document.querySelectorAll('.table, .picture')].filter(e => e.checkVisibility()
  && e.scrollWidth > e.clientWidth + 1
  && !(parseFloat(getComputedStyle(e, '::before').height) > 10)).map(e => e.ariaLabel)"""
DRAWN = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@pytest.mark.slow
@pytest.mark.parametrize("place", KINDS)
def test_pages_fit_every_width_and_axe_finds_nothing(visit, shipped_run, place):
    """On a screen and on a telephone; styles said once, signs explained once. A finger hits every
    link and sees what goes on beside the screen.
    """
    page = visit(shipped_run / f"{place}.html", 1280)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert "color-contrast" in {rule["id"] for rule in found["passes"]}
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert page.evaluate(SMALL) == [] and page.evaluate(HIDDEN) == []
    legends = page.locator(".legend").all_text_contents()
    assert len(legends) == len({*legends})
    assert page.locator("[style]").count() == 0
    page.close()


@pytest.mark.slow
def test_set_and_pages_stay_below_their_sizes(shipped_run):
    """At most 21 MB, a page 300 kB but those of all communes and of all units."""
    files = [file for file in (shipped_run / "published").rglob("*") if file.is_file()]
    assert len(files) > 200 and sum(file.stat().st_size for file in files) <= 21_000_000
    for file in files:
        wide = any(map(file.match, ("province/1_communication.html", "province/*_review.html")))
        most = 400_000 if wide else 300_000
        assert file.suffix != ".html" or file.stat().st_size <= most, file


@pytest.mark.slow
def test_unit_page_begins_with_its_answer(visit, shipped_run):
    """The unit in its heading, what it sent in its first line, the finding before any method."""
    place = "published/districts/240-tan-son/3_harm_reduction.html"
    page = visit(shipped_run / place, 1280)
    assert page.locator("h1").text_content().startswith("Huyện Tân Sơn – ")
    assert "Báo cáo: chưa gửi, 0/180 ô có số liệu" in page.locator(".unit").text_content()
    order = page.evaluate("[...document.querySelectorAll('h2, .finding')].map(e => e.className)")
    assert order[:2] == ["", "finding"]


# ---- plans of many units -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def communes(tmp_path_factory) -> Case:
    """The public case of a plan of which 40 communes report, all six objectives, none of which
    sent anything.
    """
    folder = tmp_path_factory.mktemp("communes")
    plan = two_levels.make_plan(folder, communes=40)
    (folder / "none").mkdir()
    return case_of(plan, read_returns(plan, folder / "none"))


def test_notebook_pages_of_a_commune_are_its_review_alone(communes):
    unit = communes.plan.reporting_units.index[0]
    folder = communes.units.folder[unit]
    assert notebook_pages(communes, unit) == {"review": f"communes/{folder}/commune_review.html"}
    # None of cases and of coarse items.
    of_province = notebook_pages(communes, communes.plan.province)
    assert {*of_province} == {"review", "communication", "integration", "support_model", "media"}
    assert template_name(f"communes/{folder}/commune_review.html") == "district_review"


def test_index_of_many_units_jumps_to_the_first_of_a_letter(communes):
    index = read(pages(communes, [*communes.plan.reporters.index])["index.html"])
    rows = index.select(".matrix tbody tr")
    names = [words(row.th).split(" ", 1)[1] for row in rows]
    assert names == sorted(names, key=alphabet_key) and len(names) == 40
    letters = [words(link) for link in index.select(".letters a")]
    assert letters == [*dict.fromkeys(letters_of(name)[0].upper() for name in names)]
    for link in index.select(".letters a"):
        row = rows.index(index.find(id=link["href"].removeprefix("#")))
        assert names[row][0] == words(link) and not names[row - 1].startswith(words(link))
    areas = communes.plan.reporting_units.area_name
    assert {words(row.find(class_="area")) for row in rows} == {*areas}


def test_menu_of_many_units_links_to_the_province_and_the_list(communes):
    units = [*communes.plan.reporters.index]
    bare = {notebook_pages(communes, unit)["review"]: MENU.encode() for unit in units[:1]}
    (page,) = linked(communes, units[:1], bare, units).values()
    links = [a["href"] for a in read(page).select("details a")]
    assert links == ["../../province/province_review.html", "../../index.html#don-vi"]
