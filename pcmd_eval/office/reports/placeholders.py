"""List the papers of a set; give the values of placeholders: names, and figures in sentences."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case, cached, is_province, missing_of
from pcmd_eval.analysis.case_queries import (
    all_changes,
    all_indicators,
    inline_name,
    received_returns_of,
    requests_of,
    rows_of_unit_code,
)
from pcmd_eval.evaluation.states import period_ends
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.statistics.indicators import NOTE, catalogue, words_in_sentence
from pcmd_eval.util.cell_ranges import parse_address, parse_ranges
from pcmd_eval.util.files import Files
from pcmd_eval.util.formatting import format_count, join_items, lowercase_first
from pcmd_eval.util.spelling import make_slug
from pcmd_eval.util.vocabulary import PERIOD_LABELS

PaperKind = Literal["report", "notice", "reminder"]
NamedTexts = dict[str, str]  # texts by the names of their placeholders
PAPERS: dict[PaperKind, str] = {
    "report": "Báo cáo",
    "notice": "Thông báo",
    "reminder": "Công văn",  # the letter to a unit that sent no figure
}
_HYPHEN = "\u2011"  # no line breaks at it


# ---- which papers there are ----------------------------------------------------------------------


class Paper(NamedTuple):
    """A paper and the code of the unit that it is about; the province's if it goes to all units."""

    kind: PaperKind
    unit: str


def list_papers(case: Case) -> dict[str, Paper]:
    """Return every paper of a set by the name of its file.

    These are the report of the province, and for each unit a notice, or a letter if it sent no
    figure. Where communes report, one notice goes to all, and one letter to all that sent nothing.
    """
    plan = case.plan
    papers = [Paper("report", plan.province)]
    expected = [unit for unit in plan.reporting_units.index if unit in plan.expected_reporters]
    silent = silent_units(case)
    if plan.communes_report:
        papers += [Paper("notice", plan.province)] if len(silent) < len(expected) else []
        papers += [Paper("reminder", plan.province)] if silent else []
    else:
        papers += [Paper("reminder" if unit in silent else "notice", unit) for unit in expected]
    return {file_name(case, paper): paper for paper in papers}


def silent_units(case: Case) -> list[str]:
    """Return the codes of the units that sent no figure, in their order."""
    units = case.plan.reporting_units.index
    reported = received_returns_of(case).reported.reindex(  # number of reported cells by unit
        units[units.isin(case.plan.expected_reporters)]
    )
    return [*reported.index[reported.fillna(0) == 0]]


def requests_to(case: Case, is_collective: bool) -> pd.DataFrame:
    """Return the rows of check.csv addressed to the case's unit, without notes; "" for <NA>.

    `is_collective` (of a paper to all units at once): those to every unit that sent a figure.
    """
    units = [case.unit]
    if is_collective:
        units = [*case.plan.reporting_units.index.difference(silent_units(case), sort=False)]
    rows = requests_of(case)
    return rows[rows.reporter.isin(units) & (rows.severity != "note")].fillna("")


def describe_requests(case: Case, is_collective: bool) -> str:
    """Return a text with the number of requests, if `is_collective` with that of the units that
    have any; "" for no request.
    """
    rows, text = requests_to(case, is_collective), "điểm đề nghị sửa, xác nhận hoặc bổ sung"
    if is_collective:
        text = f"{text} của {format_count(rows.reporter.nunique())} đơn vị"
    else:
        text = f"{format_count(len(rows))} {text}"
    return text if len(rows) else ""


def last_open_period(case: Case, is_collective: bool) -> NamedTexts:
    """Return `period`: the last quarter or month, as text ("quý IV"), of missing cells of reporters
    with requests that was not over at the file's cut-off, nor on the day of sending if that is
    known; and `later`: the names of these reporters. Both are "" if there is none.
    """
    missing, reporters = missing_of(case), requests_to(case, is_collective).reporter
    missing = missing[missing.is_open & missing.reporter.isin(reporters)]
    ends = missing.period.map(period_ends(case.year))
    sent = pd.to_datetime(missing.reporter.map(received_returns_of(case).sent))
    missing = missing[~(sent > ends) & (missing.period != "Y")]  # sent: may be NaT
    last = max(missing.period, default="Y")
    return {
        "period": lowercase_first(PERIOD_LABELS[last]) if len(missing) else "",
        "later": join_items([*case.plan.senders.inline_name[missing.reporter.unique()]]),
    }


def file_name(case: Case, paper: Paper) -> str:
    """Return the file name of a paper: "<kind>-<plan number>-<unit folder>.docx"."""
    number, folder = case.plan.plan.partition("/")[0], case.units.folder[paper.unit]
    return f"{make_slug(f'{PAPERS[paper.kind]} {number}')}-{folder}.docx"


def list_addressees(case: Case, unit: str) -> list[str]:
    """Return the codes of the units that papers about `unit` are sent to; of the province: all."""
    return [*case.plan.reporting_units.index] if unit == case.plan.province else [unit]


def blank_return_name(plan: Plan, unit: str) -> str:
    """Return the file name of a unit's form."""
    return f"{plan.register.folder[unit]}.xlsx"


def enclosed_blank_returns(case: Case, paper: Paper) -> Files:
    """Return the blank forms that a letter to silent units encloses, by file name."""
    if paper.kind != "reminder":
        return {}
    units = [unit for unit in list_addressees(case, paper.unit) if unit in silent_units(case)]
    return {blank_return_name(case.plan, unit): blank_return(case.plan, unit) for unit in units}


# ---- placeholders in the texts of data/review.yaml -----------------------------------------------


def fill_texts(texts: Any, placeholders: Mapping[str, object]) -> Any:
    """Fill in the placeholders "{name}" of a text of data/review.yaml, or of all texts in a list or
    mapping.
    """
    if isinstance(texts, dict):
        return {key: fill_texts(text, placeholders) for key, text in texts.items()}
    if isinstance(texts, (list, tuple)):
        return [fill_texts(text, placeholders) for text in texts]
    return texts.format(**placeholders)


def placeholders_of(case: Case, kind: PaperKind) -> NamedTexts:
    """Return the values of the placeholders "{name}" in texts of data/review.yaml, by name."""
    return cached(case, (placeholders_of, case.unit, kind), lambda: _make_placeholders(case, kind))


def _make_placeholders(case: Case, kind: PaperKind) -> NamedTexts:
    """Return the values of `placeholders_of`."""
    plan = case.plan
    unit, province = plan.unit(case.unit), plan.unit(plan.province)
    is_collective = is_province(case) and kind != "report"
    addressed = f"các {plan.unit_kinds}" if is_collective else inline_name(case)
    unit_type = plan.unit_kinds if is_collective else unit["type"].lower()
    placeholders = settings_of(plan.review).department.placeholders | {
        "inline": addressed,
        "province": province.inline_name,
        "PROVINCE": province.inline_name.upper(),
        "province_name": province["name"],
        "kind": plan.kind,
        "KIND": plan.kind.upper(),
        "party": plan.party,
        "units": plan.unit_kinds,
        "unit_word": plan.unit_word,
        "unit_level": plan.unit_level,
        "communes": plan.commune_kinds,
        "type": unit_type,
        "committee": "Đảng ủy" if plan.communes_report else f"{unit['type'].split()[0]} ủy",
        "file": "mang mã của từng đơn vị" if is_collective else _attached_files(case, kind),
        "document": PAPERS[kind],
        # in annexes
        "last_year": plan.previous_year,
        "source": plan.previous.source if plan.previous else "",
        "star": NOTE,
    }
    if plan.commune_slugs:
        objective = plan[plan.commune_slugs[0]]
        placeholders["COUNTED"] = objective.counted.upper()
        placeholders["ACHIEVED"] = objective.achievement.upper()
        placeholders["period_word"] = plan.form.sheet(objective.slug).period_word
    return placeholders


def _attached_files(case: Case, kind: PaperKind) -> str:
    """Return the names of the files that go with a paper: annotated returns, or a blank form."""
    files = [*filter(None, requests_to(case, False).file.unique())] if kind == "notice" else []
    return join_items(files or [blank_return_name(case.plan, case.unit)]).replace("-", _HYPHEN)


# ---- figures within sentences --------------------------------------------------------------------


def compared_changes(case: Case) -> pd.DataFrame:
    """Return the unit's figures that are compared with the year before and not doubtful."""
    changes = rows_of_unit_code(case, all_changes(case))
    is_doubtful = changes["item"].isin(_doubtful_figures(case))
    return changes[changes.change.notna() & ~is_doubtful]


def counted_figures(case: Case) -> NamedTexts:
    """Return the unit's figures by name, as text with their measures; doubtful ones say so."""

    def make() -> NamedTexts:
        rows = rows_of_unit_code(case, all_indicators(case))
        is_doubtful = rows["item"].isin(_doubtful_figures(case)) & (rows.value > 0).fillna(False)
        return {
            row.item: words_in_sentence(row, row.measure) + (" (chờ xác nhận)" if is_marked else "")
            for row, is_marked in zip(rows.itertuples(), is_doubtful, strict=True)
        }

    return cached(case, (counted_figures, case.unit), make)


def _doubtful_figures(case: Case) -> set[str]:
    """Return the names of the unit's figures that sum a cell of an open comparison issue.

    Sums leave out contradictory cells; those compared with them may still be the wrong ones.
    """
    checks = [check.id for check in case.plan.form.checks]
    requests = case.unit_rows(requests_of(case))
    requests = requests[requests.rule.isin(checks) & (requests.severity != "note")]
    if requests.empty:  # as of most units
        return set()
    asked_cells = {
        (row.reporter, row.file, row.sheet, position)
        for row in requests.fillna("").itertuples()
        for position in parse_ranges(row.cell)
    }
    cells = case.unit_rows(case.cells)
    cells = cells[cells.file.isin(requests.file) & cells["cell"].notna()]
    items = {  # of figures that sum such a cell, see `components.list_cell_components`
        (cell.objective, item)
        for cell in cells.itertuples()
        if (cell.reporter, cell.file, cell.sheet, parse_address(cell.cell)) in asked_cells
        for item in (cell.item, cell.column, cell.period, cell.period[:1])
    }
    entries = catalogue(case.plan)
    return {*entries.index[pd.MultiIndex.from_frame(entries[["objective", "item"]]).isin(items)]}
