"""The two pages of a set beside its notebooks, the menu that all pages share, and the table of findings for people."""

import io
from base64 import b64encode
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
import xlsxwriter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pcmd_eval import indicators, paths
from pcmd_eval.case import Case
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.figures import district_map
from pcmd_eval.files import sorted_zip
from pcmd_eval.findings import COUNTS
from pcmd_eval.show import chip, finding_box, printed, table_html
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, STATUSES, VERDICTS, listing, short_date

MARKS = {
    ILLUSTRATIVE: ": các báo cáo là giả định, không phải số liệu thật của địa phương nào",
    INTERNAL: ": có số liệu chi tiết, không gửi ra ngoài cơ quan",
}
WIDTHS = {"unit_name": 22, "objective": 34, "verdict": 18, "target": 16, "basis": 16, "reason": 90}


def folder(case: Case, unit: str) -> str:
    """Where the files of a unit lie in a set."""
    return "province" if unit == case.plan.province else f"districts/{case.units.folder[unit]}"


def notebooks(case: Case, unit: str) -> dict[str, str]:
    """The place in a set of each notebook's page of a unit, by the slug of its objective; of its review by `review`."""
    named = {path.stem.partition("_")[2]: path.stem for path in paths.NOTEBOOKS.glob("[0-9]*_*.ipynb")}
    names = {objective.slug: named[objective.slug] for objective in case.plan.objectives}
    names["review"] = "province_review" if unit == case.plan.province else "district_review"
    return {slug: f"{folder(case, unit)}/{name}.html" for slug, name in names.items()}


def menu(case: Case, place: str) -> Markup:
    """The HTML that leads from the page at `place` to the first pages of the set and to the other pages of its unit."""
    own, given = {}, notebooks(case, case.unit)
    if "/" in place:
        own = {given["review"]: "Tổng hợp"} | {given[o.slug]: f"Chỉ tiêu {o.number}" for o in case.plan.objectives}
        own[f"{folder(case, case.unit)}/review.docx"] = "Báo cáo (Word)"
    return fill("menu.html.j2", own=own, name=case.name, place=place, up="../" * place.count("/"))


def pages(case: Case, figures: pd.DataFrame, units: Collection[str]) -> dict[str, bytes]:
    """index.html, method.html and findings.xlsx of a set that has the notebooks of these units.

    `case`: the province's, with the findings of all; `figures`: see indicators.
    """
    return {
        "index.html": _page("index.html", case, **_index(case, figures, units)),
        "method.html": _page("method.html", case, **_method(case, figures)),
        "findings.xlsx": findings_book(case),
    }


def fill(template: str, **values: Any) -> Markup:
    """A template of the site, every value escaped that is not Markup; a name that it lacks is an error."""
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(paths.TEMPLATES / "site")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _page(place: str, case: Case, **values: Any) -> bytes:
    shared = {"case": case, "plan": case.plan, "issued": f"ngày {short_date(case.plan.issued)}"}
    looks = {verdict: Markup(chip(look)) for verdict, look in VERDICTS.items()}
    marks = [mark + MARKS.get(mark, "") for mark in case.marks]
    return fill(f"{place}.j2", **shared, looks=looks, marks=marks, menu=menu(case, place), **values).encode()


def _table(frame: pd.DataFrame, title: str, case: Case | None = None) -> Markup:
    return Markup(table_html(frame, title, case))


def _index(case: Case, figures: pd.DataFrame, units: Collection[str]) -> dict[str, Any]:
    """What the first page says: the province's cards, the matrix, one map, the returns, the documents."""
    objectives, places = case.plan.objectives, {unit: notebooks(case, unit) for unit in units}
    others = [case.at(unit) for unit in (*case.plan.districts.index, case.plan.province)]
    shared = [objective for objective in objectives if objective.level == "province" and objective.district_target]
    mapped = [o.slug for o in shared[:1] if case.plan.units.boundaries]
    drawn = [district_map(case.findings.query("objective == @slug"), case, case.names[slug]) for slug in mapped]
    return {
        "so": indicators.named(figures, case.plan.province),
        "missing": [other.name for other in others if other.unit not in places],
        "boxes": [Markup(finding_box(case, case.finding(objective.slug)).html) for objective in objectives],
        "ways": places.get(case.plan.province, {}),
        "matrix": [(other, places.get(other.unit, {})) for other in others],
        "verdicts": case.findings.set_index(["unit_code", "objective"]).verdict.to_dict(),
        "documents": {
            other.name: f"{folder(case, other.unit)}/review.docx" for other in others if other.unit in places
        },
        "shared": listing([str(objective.number) for objective in shared]),
        "pictures": [(f"data:image/png;base64,{b64encode(p.png).decode()}", p.alt) for p in drawn],
        "returns": _table(_returns(case), "Báo cáo của các đơn vị", case),
    }


def _returns(case: Case) -> pd.DataFrame:
    """One row for each unit, in the order of the matrix."""
    rows = case.received.reindex([*case.plan.districts.index, case.plan.province])
    return rows[["state", "late", "sent", "cutoff", "reported", "expected"]]


def _method(case: Case, figures: pd.DataFrame) -> dict[str, Any]:
    """What the second page explains: rules with status and why, persons, sources."""
    plan = case.plan
    common, rules = [rule for _, rule in plan.rules.items()], {o.slug: case.in_force(o.slug) for o in plan.objectives}
    targets = [target for o in plan.objectives for target in (o.target, o.district_target) if target]
    held = [*targets, *(rule for o in plan.objectives for _, rule in o.rules.items()), *common]
    sources = dict.fromkeys(sourced.source for sourced in held)
    return {
        "rules": {slug: _table(rows[: -len(common)], "Quy tắc đang áp dụng") for slug, rows in rules.items()},
        "common": _table(next(iter(rules.values()))[-len(common) :], "Quy tắc chung"),
        "statuses": STATUSES.values(),
        "policy": load_disclosure(),
        "persons": _table(_persons(case, figures), "Số liệu về con người, toàn tỉnh"),
        "sources": [source for source in sources if plan.plan not in source],  # the plan itself stands there anyhow
    }


def _persons(case: Case, figures: pd.DataFrame) -> pd.DataFrame:
    """Every item about persons: what is told of it, and why it is treated so."""
    rows = indicators.persons(case)
    told = rows.index.to_series().map(indicators.named(figures, case.plan.province)).fillna("–")
    shown = {"Nội dung": rows.label, "Đơn vị tính": rows.measure, "Toàn tỉnh": told, "why": rows.why}
    return pd.DataFrame(shown).reset_index(drop=True)


def findings_book(case: Case) -> bytes:
    """findings.xlsx: the findings in words, one row each, numbers as numbers, with a filter; text in it never runs."""
    rows = case.findings.drop(columns=["plan", "year", "unit_code"])
    texts, numbers = printed(rows, case), rows[[*COUNTS, "value_low", "value_high"]].astype("Float64").astype(object)
    table = texts.set_axis(rows.columns, axis=1).assign(**numbers.where(numbers.notna(), None))
    buffer, text = io.BytesIO(), {"valign": "top", "text_wrap": True}
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"title": case.plan.title, "created": datetime(case.year, 12, 31)})
        page, bold = book.add_worksheet("Kết quả"), book.add_format(text | {"bold": True})
        for at, name in enumerate(table):
            share = {"num_format": "0.00%"} if name.startswith("value_") else {}
            page.set_column(at, at, WIDTHS.get(name, 11), book.add_format(text | share))
        page.write_row(0, 0, [" · ".join([*case.marks, f"{case.plan.title}, Kế hoạch số {case.plan.plan}"])], bold)
        page.write_row(1, 0, texts.columns, bold)
        for line, row in enumerate(table.itertuples(index=False, name=None), 2):
            page.write_row(line, 0, row)
        page.autofilter(1, 0, len(rows) + 1, len(rows.columns) - 1)
        page.freeze_panes(2, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(1)
    return sorted_zip(buffer.getvalue())
