"""The two pages of a set, their menu and the table for people: what they say, and what cannot get
in or out. The words of both pages are approved in tests/golden.
"""

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import faces
import openpyxl
import pandas as pd
import pytest
import two_levels
from bs4 import BeautifulSoup
from bs4.element import Tag
from editions import case_of
from pandas.api.types import is_string_dtype
from toy import SET_FILES

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import (
    all_changes,
    all_findings,
    all_indicators,
    received_returns_of,
)
from pcmd_eval.analysis.reporting_status import describe_days
from pcmd_eval.analysis.show import LEGEND, show, table_html
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.office.batch.notebook_html import clean
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.office.site.datasets import datapackage
from pcmd_eval.office.site.navigation import (
    FOOT,
    MENU,
    link_page,
    navigation_values,
    notebook_pages,
    template_name,
)
from pcmd_eval.office.site.page_layout import share_styles
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.statistics.indicators import NOTE, format_for_csv
from pcmd_eval.statistics.year_on_year import CHANGE_COLUMNS
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.spelling import alphabet_key, letters_of
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.verdicts import DARK_COLOURS, VERDICT_STYLES
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK

if TYPE_CHECKING:  # takes a second to import, which slow tests alone need
    from playwright.sync_api import Page

JUDGED = ("communication", "integration", "harm_reduction", "enforcement")  # of units
TWO_PAGES = ("index.html", "method.html")
AXE = Path(__file__).parents[2] / "vendor" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped)


@pytest.fixture(scope="module")
def site(case: Case) -> dict[str, bytes]:
    """The pages and tables of the shipped set by place."""
    return pages(case, [*case.plan.reporters.index])


def parse(page: bytes | str) -> BeautifulSoup:
    return BeautifulSoup(page.decode() if isinstance(page, bytes) else page, "lxml")


def text_of(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def files_of_set(case: Case, units: list[str]) -> set[str]:
    """Every file that a set with these units has."""
    places = {place for unit in units for place in notebook_pages(case, unit).values()}
    return places | SET_FILES | {"run.json"}


def link_pages(
    case: Case, units: list[str], page: str, all_units: list[str] | None = None
) -> dict[str, BeautifulSoup]:
    """The page as each page of these units, linked as in a set with these or with `all_units`."""
    return {
        place: parse(link_page(place, page.encode(), case.at(unit), all_units or units))
        for unit in units
        for place in notebook_pages(case, unit).values()
    }


def links_of(page: BeautifulSoup) -> set[str]:
    targets = {a["href"].partition("#")[0] for a in page.find_all("a")}
    return {target for target in targets if target and not target.startswith("data:")}


# ---- what the first page says --------------------------------------------------------------------


def test_index_shows_and_links_each_finding_of_units_and_province(
    case: Case, site: dict[str, bytes]
) -> None:
    """Units have the objectives of which they have a duty; the province stands above."""
    index = parse(site["index.html"])
    for objective, card in zip(case.plan.objectives, index.select(".cards > li"), strict=True):
        assert VERDICT_STYLES[case.finding(objective.slug).verdict].word in text_of(card)
        assert card.h3.a["href"] == notebook_pages(case, "25")[objective.slug]
    rows = {text_of(row.th): row for row in index.select(".matrix tbody tr")}
    assert len(rows) == len(case.plan.reporting_units)
    for unit, name in case.plan.reporting_units.full_name.items():
        places = notebook_pages(case, unit)
        assert rows[name].th.a["href"] == places["review"]
        for slug, cell in zip(JUDGED, rows[name]("td"), strict=False):
            style = VERDICT_STYLES[case.at(unit).finding(slug).verdict]
            assert text_of(cell).startswith(f"{style.shape} {style.word}")
            assert cell.a["href"] == places[slug]


def test_index_bars_are_the_counts_of_their_findings(site: dict[str, bytes]) -> None:
    """192 to 229 of 277 communes and 208 needed; models and cases have no total to share."""
    index = parse(site["index.html"])
    rules = dict(re.findall(r'\[data-look="(\d+)"\] \{(.*)\}', index.style.get_text()))
    cards = index.select(".cards > li")
    parts = [rules[part["data-look"]] for part in cards[0].select(".bar span")]
    lengths = [re.search(r"(?:width|left):([\d.]+)%", part)[1] for part in parts]
    assert lengths == ["69.31", "13.36", "75.09"]
    words = "Chắc chắn 192, tối đa 229, cần 208, trong tổng số 277."
    assert cards[0].select_one(".bar")["aria-label"] == words
    assert [bool(card.select(".bar")) for card in cards] == [True, True, True, False, True, False]
    assert [bool(card.select(".count.large")) for card in cards] == [False] * 3 + [
        True,
        False,
        True,
    ]
    assert "Chờ huyện Phù Ninh, huyện Tam Nông và huyện Tân Sơn" in text_of(cards[1])


def test_index_has_a_map_for_each_objective_of_units_and_few_words(site: dict[str, bytes]) -> None:
    index = parse(site["index.html"])
    links = [a["href"] for a in index.select(".maps p a")]
    assert links == ["#ban-do-1", "#ban-do-2", "#ban-do-3", "#ban-do-6"]
    assert all(index.select_one(f"figure{link} img")["alt"] for link in links)
    index.select_one(".matrix").extract()
    assert len(text_of(index.body).split()) <= 700


@pytest.mark.slow
def test_foot_names_a_contact_only_where_there_is_one(plan: Plan, shipped: Intake) -> None:
    content = plan.content() | {"name": plan.name}
    asked = Plan.model_validate(content | {"review": {"contact": "Phòng PCTNXH, 0210 000 000"}})
    feet = [
        text_of(parse(pages(case_of(one, shipped), ["25"])["method.html"]).select_one(".foot"))
        for one in (plan, asked)
    ]
    assert "Liên hệ" not in feet[0] and "Liên hệ: Phòng PCTNXH, 0210 000 000." in feet[1]
    assert "15/12/2017" in feet[0] and "MIT" not in feet[0]


@pytest.mark.slow
def test_method_names_the_share_of_the_plan(plan: Plan, shipped: Intake) -> None:
    content = plan.content() | {"name": plan.name}
    content["rules"]["complete_share"] |= {"value": 80}
    changed = case_of(Plan.model_validate(content), shipped)
    method = text_of(parse(pages(changed, ["25"])["method.html"]))
    assert "Đã gửi có ít nhất 80% số liệu." in method and "Giấy phép MIT" in method


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_of_a_dark_screen_keep_the_contrast_of_words() -> None:
    """Words at 4.5 to the ground, which is that of the pages; fills of verdicts at 3."""
    ground = DARK_COLOURS["#ffffff"]
    assert f"--ground: {ground}" in (paths.PACKAGE / "office/site/site.css").read_text("utf-8")
    for style in VERDICT_STYLES.values():
        word = luminance(DARK_COLOURS[style.text_colour.lower()])
        assert (word + 0.05) / (luminance(ground) + 0.05) >= 4.5, style.word
    for code in ("met", "not_met", "undetermined"):
        fill = luminance(DARK_COLOURS[VERDICT_STYLES[code].fill_colour.lower()])
        assert (fill + 0.05) / (luminance(ground) + 0.05) >= 3, code


@pytest.mark.slow
def test_index_with_a_stated_deadline_calls_a_return_late(plan: Plan, shipped: Intake) -> None:
    content = plan.content()
    content["rules"]["deadline"] |= {"status": "stated"}
    stated = Plan.model_validate(content | {"name": plan.name})
    index = text_of(parse(pages(case_of(stated, shipped), ["230"])["index.html"]))
    assert "1 gửi muộn" in index and "đúng hạn" in index


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
        (
            ["2017-12-15", "2017-12-15", None],
            "Đa số đơn vị chốt số liệu đến 15/12/2017; huyện Đoan Hùng chưa ghi rõ ngày chốt.",
        ),
        (
            [None, None, "2017-12-15"],
            "Ngày chốt số liệu 15/12/2017 (huyện Đoan Hùng); thành phố Việt Trì và thị xã Phú Thọ "
            "chưa ghi rõ ngày chốt.",
        ),
        ([None] * 3, None),
    ],
)
def test_describe_days_names_the_cutoff_of_most_and_who_differs(
    case: Case, days: list[str | None], sentence: str | None
) -> None:
    returns = case.returns[case.returns.reporter.isin(["227", "228", "230"])]
    returns = returns.assign(cutoff=pd.to_datetime(pd.Series(days, returns.index)))
    sentences = [text for text in describe_days(case.plan, returns) if "chốt" in text]
    assert sentences == ([sentence] if sentence else [])


@pytest.mark.slow
def test_pages_with_a_superseded_file_are_the_same(case: Case, site: dict[str, bytes]) -> None:
    """Refused, or replaced by a later one: each reporter has one row and its cells count once."""
    rows = case.returns[case.returns.reporter.isin(["230", "231"])]
    more = rows.assign(state=["unreadable", "superseded"], reported=0, file=["x.xlsx", "y.xlsx"])
    odd = replace(case, returns=pd.concat([case.returns, more], ignore_index=True))
    assert pages(odd, [*case.plan.reporters.index]) == site


@pytest.mark.slow
def test_pages_without_previous_year_have_no_changes(plan: Plan, shipped: Intake) -> None:
    alone = Plan.model_validate(plan.content() | {"previous": None, "name": plan.name})
    site = pages(case_of(alone, shipped), [*plan.reporters.index])
    assert "changes.csv" not in site and "2016" not in text_of(parse(site["index.html"]))
    assert b'"changes"' not in site["datapackage.json"]


def test_index_of_a_partial_set_links_to_its_files_and_counts_the_missing_units(
    case: Case, site: dict[str, bytes]
) -> None:
    whole = set().union(*(links_of(parse(site[place])) for place in TWO_PAGES))
    assert whole <= files_of_set(case, [*case.plan.reporters.index]) and "findings.xlsx" in whole
    index = parse(pages(case, ["230", "231"])["index.html"])
    assert links_of(index) <= files_of_set(case, ["230", "231"])
    [banner] = [text_of(p) for p in index.select(".banner") if "chưa đủ" in text_of(p)]
    assert banner.endswith("Chưa có trang của: 12 đơn vị.")


# ---- what cannot get in or out -------------------------------------------------------------------


@pytest.mark.slow
def test_pages_of_hostile_texts_are_inert_and_fetch_nothing(case: Case) -> None:
    evil, formula = "<script>alert(1)</script><b onclick=x>", '=HYPERLINK("http://a.b","x")'
    findings = all_findings(case).assign(reason=[evil, formula] * 42)
    plan = case.plan.model_copy(update={"title": evil, "issuer": evil})
    site = pages(replace(case, plan=plan, _findings=findings), ["25"])
    for place in TWO_PAGES:
        page, source = parse(site[place]), site[place].decode()
        assert "&lt;script" in source
        policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none';") and "script" not in policy
        assert not page.find_all(["script", "link", "iframe", "object", "form"])
        assert not re.search(r"""(href|src|url)\s*[=(]\s*["']?(https?:)?//""", source)
        names = {name for tag in page.find_all(True) for name in tag.attrs}
        assert not [name for name in names if name.startswith("on")]
    sheet = openpyxl.load_workbook(io.BytesIO(site["findings.xlsx"])).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"} and not sheet._hyperlinks


def test_public_pages_have_no_file_names_and_no_table_of_persons(
    shipped: Intake, site: dict[str, bytes]
) -> None:
    for place in TWO_PAGES:
        assert not [name for name in shipped.returns.file.dropna() if name.encode() in site[place]]
    method = parse(site["method.html"])
    assert "Số liệu về con người, số cơ sở vi phạm và tiền phạt không công bố" in text_of(method)
    assert not method.find("caption", string=re.compile("con người"))


# ---- the menu and the links of every page --------------------------------------------------------


@pytest.mark.parametrize("unit", ["230", "25"])
def test_menu_links_to_the_set_and_the_pages_of_its_unit(case: Case, unit: str) -> None:
    """And to the notebook that the page was made from."""
    place = notebook_pages(case, unit)["communication"]
    menu = parse(render_page("office/site/menu.html.j2", **navigation_values(case.at(unit), place)))
    up = "../" * place.count("/")
    files = {file for file in files_of_set(case, [unit]) if file.endswith(".html")}
    files.add(place.replace(".html", ".ipynb"))
    assert links_of(menu) == {up + file for file in files}
    assert [a["href"] for a in menu.select("[aria-current=page]")] == [up + place]
    assert case.at(unit).name in text_of(menu)


def test_link_page_links_only_to_pages_of_the_set(case: Case) -> None:
    """Menu, units in tables, the page before and the page after; without the unit that the set
    lacks. A cell without a code is no unit, whatever its words are.
    """
    cells = show(pd.DataFrame({"unit_code": ["240", "227"], "note": "Huyện Tân Sơn"}), case=case)
    table, source = clean(cells.html), '<span class="behind">bảng đi kèm</span>'
    chart = f'<div class="table">{table}</div><p>Số liệu của hình: {source}.</p>'
    units = ["230", "240", "25"]
    page_by_place = link_pages(case, units, f"<header>{MENU}</header>{table}{chart}{FOOT}")
    for place, page in page_by_place.items():
        folder = Path("/set") / Path(place).parent
        files = {
            os.path.relpath(os.path.normpath(folder / link), "/set") for link in links_of(page)
        }
        assert files <= files_of_set(case, units) | {place.replace(".html", ".ipynb")}, place
    places = notebook_pages(case, "230")
    page = page_by_place[places["integration"]]
    assert [text_of(a) for a in page.select("details a")] == ["Huyện Tân Sơn", "Tỉnh Phú Thọ"]
    linked = page.table.tbody.select("a")
    assert [a["href"] for a in linked] == [page.select_one("details a")["href"]]
    assert text_of(linked[0]) == "Huyện Tân Sơn" and not page.select("[data-code]")
    assert linked[0]["href"].endswith("240-tan-son/2_integration.html")
    steps = [a["href"] for a in page.select(".steps a")]
    assert steps == [f"../../{places[slug]}" for slug in ("communication", "harm_reduction")]
    [below] = [a["href"] for a in page.select("p a") if text_of(a) == "bảng đi kèm"]
    assert page.select_one(below).table, "a chart leads to the table before it"


def test_share_styles_keeps_each_style_and_legend_once() -> None:
    frame = pd.DataFrame({"unit_name": ["a", "b"], "total": [1, None]})
    starred = table_html(frame.assign(words=["120*", "3"], state=["incomplete", "complete"]))
    page = parse(share_styles(f"<style></style>{table_html(frame) * 2}{starred}"))
    assert [text_of(legend) for legend in page.select(".legend")] == [LEGEND, NOTE]
    rules = dict(re.findall(r'\[data-look="(\d+)"\] \{(.*)\}', page.style.get_text()))
    numbers = [td["data-look"] for table in page.select("table")[:2] for td in table("td")]
    assert not page.select("[style]")
    assert [rules[number] for number in numbers] == ["text-align:right"] * 4


def test_pages_have_unique_ids_on_every_heading(case: Case, site: dict[str, bytes]) -> None:
    bare = "<style></style><h2>Kết luận</h2><h3>Bước 1</h3><h2>Đối chiếu</h2>"
    page, *_ = link_pages(case, ["230"], bare).values()
    assert [h["id"] for h in page(["h2", "h3"])] == ["ket-luan", "buoc-1", "doi-chieu"]
    for place in TWO_PAGES:
        page = parse(site[place])
        ids = [tag["id"] for tag in page(id=True)]
        assert len(ids) == len({*ids}) and all(h["id"] for h in page(["h2", "h3"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["thua_thien_hue_2017", "binh_thuan_2017"])
def test_pages_of_another_plan_need_only_its_file(name: str, tmp_path: Path) -> None:
    plan = load_plan(name)
    case, reporters = case_of(plan, read_returns(plan, tmp_path)), [*plan.reporters.index]
    site = pages(case, reporters)
    index = parse(site["index.html"])
    assert len(index.select(".cards > li")) == len(plan.objectives)
    assert links_of(index) <= files_of_set(case, reporters)
    senders = (received_returns_of(case).state != "not_asked").sum()
    assert f"Đã nhận 0 trong {senders} báo cáo phải gửi" in text_of(
        index
    ) and "0 gửi" not in text_of(index)
    assert "Phú Thọ" not in text_of(index)
    method = text_of(parse(site["method.html"]))
    assert all(target.sentence in method and target.why in method for target in plan.not_judged)


# ---- tables --------------------------------------------------------------------------------------


def test_findings_workbook_has_findings_in_words_and_indicators(
    case: Case, site: dict[str, bytes]
) -> None:
    """Shares with as many decimals as the finding has; no dash in a column of numbers."""
    book = openpyxl.load_workbook(io.BytesIO(site["findings.xlsx"]))
    assert book.sheetnames == ["Kết luận", "Số liệu", "Giải thích"]
    sheet = book["Kết luận"]
    (mark, *_), heads, *rows = sheet.iter_rows(values_only=True)
    table = pd.DataFrame(rows, columns=heads, dtype=object)
    display = case.for_display(all_findings(case))
    styles = [VERDICT_STYLES[verdict] for verdict in display.verdict]
    assert mark.startswith(ILLUSTRATIVE_MARK) and len({*heads}) == len(heads)
    assert sheet.auto_filter.ref.startswith("A2:") and sheet["A3"].value == "227"
    assert [*table["Mã"]] == [*display.unit_code]
    assert [*table["Diễn giải"]] == [*display.reason]
    assert [*table["Chắc chắn"].fillna(-1)] == [*display.low.fillna(-1)]
    assert {*table["Mức yêu cầu"]} >= {"từ 75% trở lên", "có thực hiện", "hằng tháng", None}
    assert [*table["Kết luận"]] == [style.word for style in styles]
    assert [*table["Dấu"].fillna("–")] == [style.shape for style in styles]
    assert not any(cell.value == "–" for letter in "FGHIJK" for cell in sheet[letter])
    shares = {cell.number_format for cell in sheet["J"][2:] if cell.value is not None}
    assert shares == {"0.0###%"}
    _, heads, *rows = book["Số liệu"].iter_rows(values_only=True)
    table, indicators = pd.DataFrame(rows, columns=heads, dtype=object), all_indicators(case)
    assert [*table["Mã"]] == [*indicators.unit_code]
    assert [*table["Giá trị"].fillna(-1)] == [*indicators.value.fillna(-1)]
    assert {*table["Tình trạng"]} == {"biết đủ", "mới biết một phần", "chưa có số liệu"}
    *_, meanings = book["Giải thích"].iter_rows(min_row=3, max_col=4, values_only=True)
    assert None not in meanings


def write_tables(case: Case, folder: Path) -> dict[str, bytes]:
    """Write the data package of a case; return its tables by name."""
    (folder / "datapackage.json").write_bytes(datapackage(case))
    tables = {
        "findings.csv": to_csv_bytes(all_findings(case)[FINDING_COLUMNS]),
        "indicators.csv": to_csv_bytes(format_for_csv(all_indicators(case))),
        "changes.csv": to_csv_bytes(format_for_csv(all_changes(case)[CHANGE_COLUMNS])),
    }
    for name, content in tables.items():
        (folder / name).write_bytes(content)
    return tables


@pytest.mark.slow
def test_datapackage_is_valid_and_finds_spoiled_tables(
    case: Case, shipped: Intake, tmp_path: Path
) -> None:
    """A validator that is not ours reads types, keys and codes of either edition; it notices a
    wrong code, a doubled row and a text.
    """
    import frictionless  # takes a second

    for edition in (case, case_of(case.plan, shipped, internal=True)):
        tables = write_tables(edition, tmp_path)
        report = frictionless.validate(str(tmp_path / "datapackage.json"))
        assert report.valid, report.flatten(["title", "message"])[:3]
    spoils = {"met": "mett", ",complete,": ",whole,", "230,Huyện": "227,Huyện", ",21,": ",hai,"}
    for old, new in spoils.items():
        for name in ("findings.csv", "indicators.csv"):
            text = tables[name].decode().replace(old, new, 1)
            (tmp_path / name).write_text(text, encoding="utf-8")
        assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid, old


def test_tables_of_a_set_read_by_plain_pandas_have_the_types_of_the_schema(
    case: Case, shipped: Intake, tmp_path: Path
) -> None:
    """Codes are asked for as text; no column of words is read as numbers."""
    tables = write_tables(case_of(case.plan, shipped, internal=True), tmp_path)
    package = json.loads((tmp_path / "datapackage.json").read_bytes())
    assert {resource["path"] for resource in package["resources"]} == tables.keys()
    for resource in package["resources"]:
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        plain = pd.read_csv(tmp_path / resource["path"])
        assert [*plain.columns] == [*types]
        are_texts = {name: is_string_dtype(plain[name]) for name in plain}
        as_text = dict.fromkeys({*types} & {"unit_code"}, True)
        assert are_texts | as_text == {name: kind == "string" for name, kind in types.items()}


def test_datapackage_describes_columns_in_two_languages(site: dict[str, bytes]) -> None:
    package = json.loads(site["datapackage.json"])
    assert package["illustrative"] is True and package["licenses"] and package["sources"]
    assert package["title_en"] == "Evaluation of Plan 884/KH-UBND, 2017"
    fields = [resource["schema"]["fields"] for resource in package["resources"]]
    assert [",".join(field["name"] for field in columns) for columns in fields] == [
        ",".join(FINDING_COLUMNS),
        "plan,year,level,unit_code,unit_name,objective,item,label,measure,value,state,precision,"
        "illustrative,words",
        "unit_code,unit_name,objective,item,label,measure,before,now,change,percent,before_state,"
        "now_state,words,why",
    ]
    for field in (field for columns in fields for field in columns):
        assert field["title"] and field["description"] and field["title_en"].isascii()


# ---- as a reader sees it -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visit(
    shipped_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], "Page"]]:
    """Opens a page of the run in a browser; a request that leaves the folder fails the test."""
    sync_api = pytest.importorskip("playwright.sync_api")
    browser_path = shutil.which("chromium") or pytest.skip("no chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-gpu"],
            env=faces.environment(tmp_path_factory.mktemp("faces")),
        )

        def visit_page(place: str) -> "Page":
            page, requests, messages = browser.new_page(), [], []
            page.set_default_timeout(120_000)
            page.on("request", lambda request: requests.append(request.url))
            page.on("console", lambda message: messages.append(message.text))
            page.goto((shipped_run / f"{place}.html").as_uri())
            assert all(url.startswith(("file:", "data:")) for url in requests) and not messages
            return page

        yield visit_page
        browser.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "limit"),
    [
        ("published/index", 2),
        ("published/method", 5),
        ("published/province/province_review", 5),
        ("published/districts/230-doan-hung/district_review", 2),
        ("published/districts/240-tan-son/3_harm_reduction", 3),
        ("internal/check", 4),
    ],
)
def test_printed_page_has_its_marks_on_every_sheet(
    visit: Callable[[str], "Page"], place: str, limit: int, tmp_path: Path
) -> None:
    """And says of which plan it is; no sheet is empty, what stays inside bears both marks."""
    program, file = shutil.which("pdftotext") or pytest.skip("no pdftotext"), tmp_path / "page.pdf"
    visit(place).pdf(path=file, prefer_css_page_size=True, print_background=True)
    command = [program, "-layout", file, "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    *sheets, end = text.split("\f")
    assert 2 <= len(sheets) <= limit and not end
    for sheet in sheets:
        assert ILLUSTRATIVE_MARK in sheet and "884/KH-UBND" in sheet and len(sheet.split()) > 25
        assert (INTERNAL_MARK in sheet) == place.startswith("internal")


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",  # one of each kind
    [
        "published/index",
        "published/province/1_communication",
        "published/districts/230-doan-hung/district_review",
        "internal/check",
    ],
)
def test_pages_fit_a_screen_and_a_telephone_and_axe_finds_nothing(
    visit: Callable[[str], "Page"], place: str
) -> None:
    page = visit(place)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width, theme in ((1280, "light"), (390, "light"), (1280, "dark")):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert "color-contrast" in {rule["id"] for rule in report["passes"]}
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in report["violations"]] == []
    page.close()


@pytest.mark.slow
def test_pages_of_units_answer_on_one_screen_and_end_after_few(
    visit: Callable[[str], "Page"], shipped_run: Path
) -> None:
    """At 1280 x 900 a district's findings, at 390 x 844 two screens; objectives six in all."""
    bottom = "document.querySelector('.verdicts').getBoundingClientRect().bottom"
    for folder in sorted((shipped_run / "published" / "districts").iterdir())[:6]:
        page = visit(f"published/districts/{folder.name}/district_review")
        for width, height in ((1280, 900), (390, 2 * 844)):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(bottom) <= height, (folder.name, width)
        page.close()
        page = visit(f"published/districts/{folder.name}/1_communication")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollHeight") <= 6 * 844, folder.name
        page.close()


@pytest.mark.slow
def test_explanations_keep_their_width_on_a_tablet(visit: Callable[[str], "Page"]) -> None:
    """At 760 pixels, next to long counts; no column has a word a line."""
    page = visit("published/province/province_review")
    page.set_viewport_size({"width": 760, "height": 900})
    width = "document.querySelector('.verdicts td:nth-child(3)').clientWidth"
    assert page.evaluate(width) >= 200
    page.close()


@pytest.mark.slow
def test_set_and_pages_stay_below_their_sizes(shipped_run: Path) -> None:
    """At most 21 MB, a page 300 kB but those of all communes and of all units."""
    files = [file for file in (shipped_run / "published").rglob("*") if file.is_file()]
    assert len(files) > 200 and sum(file.stat().st_size for file in files) <= 21_000_000
    for file in files:
        wide = any(map(file.match, ("province/1_communication.html", "province/*_review.html")))
        limit = 400_000 if wide else 300_000
        assert file.suffix != ".html" or file.stat().st_size <= limit, file


@pytest.mark.slow
def test_unit_page_begins_with_its_answer(shipped_run: Path) -> None:
    """The unit in its heading, what it sent in its first line, the finding before any method."""
    place = "published/districts/240-tan-son/3_harm_reduction.html"
    page = parse((shipped_run / place).read_bytes())
    assert text_of(page.h1).startswith("Huyện Tân Sơn – ")
    assert "Báo cáo: chưa gửi, 0/180 ô có số liệu" in text_of(page.select_one(".unit"))
    heading, finding, *_ = page.select("h2, .finding")
    assert heading.name == "h2" and "finding" in finding["class"]
    media = text_of(
        parse((shipped_run / place.replace("3_harm_reduction", "5_media")).read_bytes())
    )
    assert "năm 2016: 12 tháng; năm 2017: 11 tháng" in media, "the province's, as its finding"


# ---- plans of many units -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def communes(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The public case of a plan of which 40 communes report, all six objectives, none of which
    sent anything.
    """
    folder = tmp_path_factory.mktemp("communes")
    plan = two_levels.make_plan(folder, communes=40)
    (folder / "none").mkdir()
    return case_of(plan, read_returns(plan, folder / "none"))


@pytest.mark.slow
def test_notebook_pages_of_a_commune_are_its_review_alone(communes: Case) -> None:
    """The province has none of cases and of coarse items."""
    unit = communes.plan.reporting_units.index[0]
    place = f"communes/{communes.units.folder[unit]}/commune_review.html"
    assert notebook_pages(communes, unit) == {"review": place}
    of_province = notebook_pages(communes, communes.plan.province)
    assert {*of_province} == {"review", "communication", "integration", "support_model", "media"}
    assert template_name(place) == "district_review"


@pytest.mark.slow
def test_index_of_many_units_jumps_to_the_first_of_a_letter(communes: Case) -> None:
    index = parse(pages(communes, [*communes.plan.reporters.index])["index.html"])
    rows = index.select(".matrix tbody tr")
    names = [text_of(row.th).split(" ", 1)[1] for row in rows]
    assert names == sorted(names, key=alphabet_key) and len(names) == 40
    letters = [text_of(link) for link in index.select(".letters a")]
    assert letters == [*dict.fromkeys(letters_of(name)[0].upper() for name in names)]
    for link in index.select(".letters a"):
        row = rows.index(index.find(id=link["href"].removeprefix("#")))
        assert names[row][0] == text_of(link) and not names[row - 1].startswith(text_of(link))
    areas = communes.plan.reporting_units.area_name
    assert {text_of(row.find(class_="area")) for row in rows} == {*areas}


@pytest.mark.slow
def test_menu_of_many_units_links_to_the_province_and_the_list(communes: Case) -> None:
    units = [*communes.plan.reporters.index]
    [page] = link_pages(communes, units[:1], MENU, units).values()
    links = [a["href"] for a in page.select("details a")]
    assert links == ["../../province/province_review.html", "../../index.html#don-vi"]
