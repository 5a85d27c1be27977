"""Make the annexes of a paper: the frames that notebooks show, printed as tables under a title."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import (
    Case,
    counts_of,
    is_province,
    latest_returns,
    rows_of_unit_code,
)
from pcmd_eval.analysis.missing_data import count_unsent, missing_of
from pcmd_eval.analysis.table_format import columns_of, format_frame
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.finding_facts import finding_facts
from pcmd_eval.office.reports.communes import active_periods, commune_results
from pcmd_eval.office.reports.placeholders import (
    NamedTexts,
    PaperKind,
    describe_requests,
    fill_texts,
    requests_to,
    silent_units,
    texts_by_name,
)
from pcmd_eval.office.reports.sections import assumed_rules, open_points, opinions
from pcmd_eval.plan.report_settings import AnnexText, load_settings, settings_of
from pcmd_eval.statistics.indicators import catalogue, says_something
from pcmd_eval.util.formatting import format_count, shorten_list
from pcmd_eval.util.vocabulary import (
    JUDGED_VERDICTS,
    OPEN_VERDICTS,
    PERIOD_LABELS,
    REACHED_VERDICTS,
    UNREACHED_VERDICTS,
    VERDICT_LABELS,
)

TOTAL = "Tổng cộng"
_DASH, _NOT_ASKED = "–", "×"  # unknown or none; the plan asks this unit for nothing
_REQUESTED = "Số ô cần bổ sung"
_REQUESTS_CAPTION = "Điểm đề nghị sửa, xác nhận hoặc bổ sung"


class AnnexTable(NamedTuple):
    """A table of an annex: printed columns (all cells text) under a caption.

    `is_number`: which columns hold numbers; `parts`: in how many parts next to each other it is
    printed; `has_total`: whether the last row sums the others.
    """

    frame: pd.DataFrame
    is_number: list[bool]
    caption: str
    parts: int
    has_total: bool


class Annex(NamedTuple):
    """An annex: a title, tables, and a note under them."""

    title: str
    tables: list[AnnexTable]
    note: str


def annexes_of(case: Case, kind: PaperKind, asks_opinions: bool = False) -> dict[str, Annex]:
    """Return the annexes of a paper by key, in their order; an annex without a row is left out.

    `asks_opinions`: whether the report asks its reader for an opinion on open points.
    """
    settings, names = load_settings(), texts_by_name(case, kind)
    annexes = {}
    for key, yield_frames in _frame_functions(case, kind, asks_opinions).items():
        frames = [frame for frame in yield_frames(case) if len(frame)]
        if frames:
            annexes[key] = _annex(case, settings.annexes[key], settings.marks, frames, names)
    return annexes


def _frame_functions(
    case: Case, kind: PaperKind, asks_opinions: bool
) -> dict[str, Callable[[Case], Iterator[pd.DataFrame]]]:
    """Return {annex key: function that yields its frames} for a kind of paper."""
    if kind == "report":
        fell_short = "units" if case.plan.communes_report else "communes"
        functions = {"results": _results, fell_short: _fell_short}
        functions |= {"figures": _figures, "totals": _totals}
        return functions | ({"opinions": _opinions} if asks_opinions else {})
    if kind == "reminder":
        return {"silent": _silent} if is_province(case) else {}
    if is_province(case):
        return {"all_results": _collective}
    return {"requests" if describe_requests(case, False) else "own_communes": _requests}


def _annex(
    case: Case,
    text: AnnexText,
    marks: Mapping[str, str],
    frames: Sequence[pd.DataFrame],
    names: NamedTexts,
) -> Annex:
    """Return frames as an annex: printed, with numbered rows, and notes on the marks that occur.

    `text`: the settings of the annex; `marks`: notes that all annexes share, by key.
    A frame may have in its attrs a `caption`, `parts` (next to each other), `marks` (keys of notes
    that it needs), `notes` of its own, and `numbers` (columns of texts that are numbers).
    """
    used = {mark for frame in frames for mark in frame.attrs.get("marks", ())}
    notes = [note for mark, note in marks.items() if mark in used]
    notes += [note for frame in frames for note in frame.attrs.get("notes", ())]
    title, note = fill_texts([text.title, " ".join([text.note, *notes])], names)
    has_captions = len(frames) > 1
    tables = [
        _print_table(frame, case, f"{at}. {frame.attrs['caption']}" if has_captions else "")
        for at, frame in enumerate(frames, 1)
    ]
    return Annex(title, tables, note.strip())


def _print_table(frame: pd.DataFrame, case: Case, caption: str) -> AnnexTable:
    """Return a frame as a table of an annex, with a column of row numbers."""
    columns = columns_of(frame, case)
    numbers = frame.attrs.get("numbers", ())
    is_number = [
        column.side == "right" or name in numbers
        for name, column in zip(frame.columns, columns, strict=True)
    ]
    has_total = frame.attrs.get("has_total", False)
    at = [str(number) for number in range(1, len(frame) + 1 - has_total)]
    table = format_frame(frame, case)
    table.insert(0, "TT", pd.array([*at, *["\u00a0"] * has_total], "string"))
    parts = frame.attrs.get("parts", 1)
    parts = parts if len(frame) > parts * 3 else 1
    return AnnexTable(table, [False, *is_number], caption, parts, has_total)


def _mark(frame: pd.DataFrame, **attrs: object) -> pd.DataFrame:
    """Set attrs of a frame that `_annex` reads."""
    frame.attrs |= attrs
    return frame


# ---- the province's annexes ----------------------------------------------------------------------


def _results(case: Case) -> Iterator[pd.DataFrame]:
    """Yield a row for each unit: verdict by objective, day of the return, number of cells to send.

    A plan with areas has a row for each area instead. The province's own bodies have no verdicts.
    """
    plan, rows = case.plan, _unit_findings(case)
    requested = count_unsent(missing_of(case))
    if not plan.areas.empty:
        yield _count_by_area(case, rows, requested)
        return
    wide = _by_objective(case, rows, _verdict_texts(case, rows)).reindex(plan.expected_reporters)
    wide = wide.fillna("không đánh giá riêng")
    sent = latest_returns(case).sent.astype("string").reindex(wide.index)
    marks = ["dash"] if sent.isna().any() else []
    wide = wide.assign(sent=sent, **{_REQUESTED: requested.reindex(wide.index, fill_value=0)})
    yield _mark(_prepend_names(wide, plan.senders.full_name[wide.index]), marks=marks)


def _unit_findings(case: Case) -> pd.DataFrame:
    """Return the findings of the reporting units that have a verdict (`JUDGED_VERDICTS`)."""
    rows = case.findings[case.findings.unit_code.isin(case.plan.reporting_units.index)]
    return rows[rows.verdict.isin(JUDGED_VERDICTS)]


def _verdict_texts(case: Case, rows: pd.DataFrame) -> list[str]:
    """Return the verdict of each finding, with its counts below unless they add nothing."""
    counts = counts_of(case, rows)
    return [
        VERDICT_LABELS[row.verdict]
        + (f"\n{count.full}" if count.is_number and row.verdict != "none_arose" else "")
        for row, count in zip(rows.itertuples(), counts, strict=True)
    ]


def _count_by_area(case: Case, rows: pd.DataFrame, requested: pd.Series) -> pd.DataFrame:
    """Return a row for each area: its units, returns, verdicts by objective, and cells to send."""
    plan, areas = case.plan, case.plan.reporting_units.area
    table = pd.DataFrame({"Khu vực": plan.areas})
    silent = areas[silent_units(case)].value_counts()
    totals = areas.value_counts()
    sent = totals.sub(silent, fill_value=0).astype("Int64").astype("string")
    table["Đã gửi"] = sent + "/" + totals.astype("string")
    for slug, group in rows.groupby("objective", sort=False):
        counts = pd.crosstab(group.unit_code.map(areas), group.verdict).reindex(table.index)
        texts = [
            "; ".join(
                f"{format_count(row[verdict])} {VERDICT_LABELS[verdict].lower()}"
                for verdict in VERDICT_LABELS
                if row.get(verdict, 0) > 0
            )
            for row in counts.fillna(0).astype("int64").to_dict("records")
        ]
        table[plan[slug].heading] = texts
    by_area = requested.groupby(requested.index.map(areas)).sum()
    table[_REQUESTED] = by_area.reindex(table.index, fill_value=0)
    return _mark(table.reset_index(drop=True), parts=2)


def _by_objective(case: Case, rows: pd.DataFrame, texts: Sequence[str]) -> pd.DataFrame:
    """Return a row for each unit with the text of each finding, objectives in the plan's order."""
    wide = rows.assign(text=texts).pivot(index="unit_code", columns="objective", values="text")
    return wide[[slug for slug in case.plan.by_slug if slug in wide]]


def _fell_short(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the communes of each unit that fell short; where communes report, the units."""
    plan = case.plan
    if plan.communes_report:
        rows = _unit_findings(case)
        yield _results_by_unit(case, {*rows.unit_code[~rows.verdict.isin(REACHED_VERDICTS)]})
    elif plan.commune_slugs:
        yield _list_communes(case, plan.reporting_units.index)


def _list_communes(case: Case, units: Collection[str]) -> pd.DataFrame:
    """Return a row for each of the units that has communes that fell short or lack figures: which,
    by verdict, each with the periods in which it was active.
    """
    plan, slug = case.plan, case.plan.commune_slugs[0]
    communes = commune_results(case, slug)
    communes = communes[communes.reporter.isin(units)]
    texts = communes.inline_name + " (" + communes.periods.fillna("chưa rõ") + ")"
    groups = texts.groupby([communes.reporter, communes.verdict], sort=False)
    lists = groups.size().map(format_count) + ": " + groups.agg(", ".join)
    totals = groups.size().index.get_level_values("reporter").map(lambda u: len(plan.communes(u)))
    whole = "toàn bộ " + totals.astype("string") + " " + plan[slug].counted
    lists[groups.size() == totals] = whole
    wide = lists.unstack().reindex(columns=[*UNREACHED_VERDICTS]).astype("string")
    names = plan.senders.full_name[[unit for unit in units if unit in wide.index]]
    return _mark(_prepend_names(wide.fillna("không có"), names), marks=["periods"])


def _figures(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the table of figures: a row for each unit, the province's own bodies, and their sum."""
    plan = case.plan
    if plan.communes_report:  # too many rows: their sums stand among the totals
        return
    # The province's code has both the sums and the figures of its own bodies.
    base = case.indicators["item"].map(catalogue(plan).base)
    is_sum = (case.indicators.unit_code == plan.province) & (base == case.indicators["item"])
    rows = case.indicators.assign(item=base, is_sum=is_sum)
    rows = rows[rows["item"].isin(load_settings().by_unit)]
    # A known part of 0 says nothing: a dash.
    is_empty = (rows.state == "incomplete") & (rows.value == 0).fillna(False)
    rows = rows.assign(words=rows.words.mask(is_empty, _DASH))
    total = rows[rows.is_sum].set_index("item")
    items = [item for item in load_settings().by_unit if item in total.index]
    if not items:  # a plan of models alone
        return
    wide = rows[~rows.is_sum].pivot(index="unit_code", columns="item", values="words")
    wide = wide.reindex(index=plan.expected_reporters, columns=items)
    used = {
        "star": ((rows.state == "incomplete") & ~is_empty).any(),
        "dash": (is_empty | (rows.state == "unknown")).any(),
        "not_asked": wide.isna().any(axis=None),
    }
    marks = [mark for mark, is_used in used.items() if is_used]
    wide = wide.fillna(_NOT_ASKED)
    names = plan.senders.full_name[plan.expected_reporters]
    wide.loc[TOTAL], names[TOTAL] = total.words, TOTAL
    heads = (total.label + " (" + total.measure + ")")[items]
    table = _prepend_names(wide, names).rename(columns=heads)
    yield _mark(table, marks=marks, numbers=[*heads], has_total=True)


def _totals(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the changes since the previous year, then the known sums that no other table has."""
    plan, names = case.plan, catalogue(case.plan)
    # Counts by period, and of parts that do not count or are not known, bound others.
    is_bound = names["item"].isin(PERIOD_LABELS) | names.part.isin(["all", "no", "unknown"])
    changes = rows_of_unit_code(case, case.changes)
    # What the province's own bodies did is in the sums, and in a row of the units' figures.
    is_printed = changes.change.notna() & (changes["item"].map(names.kind) != "own")
    changes = changes[is_printed & ~changes["item"].map(is_bound).astype("bool")]
    if len(changes):
        caption = f"So sánh với năm {plan.previous_year}"
        yield _mark(case.for_display(changes), caption=caption)
    rows = rows_of_unit_code(case, case.indicators)
    rows = rows[rows["item"].map(names.kind).isin(["sum", "whole"]) & rows.objective.notna()]
    printed_items = {*names.index[is_bound], *changes["item"]}
    settings = load_settings()
    if not plan.communes_report:  # else no other annex has them
        printed_items |= {*settings.by_unit, *settings.figures}
    printed_items |= {*names.index[names.part == "yes"]}  # in the findings
    rows = rows[~rows["item"].isin(printed_items) & says_something(rows)]
    labels = rows.label + " (" + rows.measure + ")"
    head = f"Năm {case.year}"
    table = pd.DataFrame({"Nội dung": labels, head: rows.words}).reset_index(drop=True)
    marks = ["star"] if (rows.state == "incomplete").any() else []
    yield _mark(table, caption="Số liệu khác", parts=3, marks=marks, numbers=[head])


def _opinions(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the table of open points (`sections.opinions`)."""
    sentences = [case.plan[point.slug].sentence for point in open_points(case)]
    has_short_form = any("PCMD" in sentence for sentence in sentences)
    yield _mark(opinions(case), marks=["pcmd"] if has_short_form else [])


# ---- the annexes of units ------------------------------------------------------------------------


def _requests(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the requests to the reporter, then its communes that fell short."""
    yield _mark(_list_requests(case, False), caption=_REQUESTS_CAPTION)
    if case.plan.commune_slugs:
        yield _mark(_list_communes(case, [case.unit]), caption=describe_communes(case))


def describe_communes(case: Case) -> str:
    """Return the heading of the list of communes that fell short or lack data."""
    slug = case.plan.commune_slugs[0]
    counted = finding_facts(case.plan, case.finding(slug))["counted"]
    return f"Các {counted} chưa {case.plan[slug].achievement} hoặc chưa đủ số liệu"


def _list_requests(case: Case, is_collective: bool) -> pd.DataFrame:
    """Return what is asked for as check.csv has it: sheet, cell, message; of several files also
    file. What several units are asked for stands once, with their names.
    """
    rows = requests_to(case, is_collective)
    columns = ["sheet", "cell", "message"]
    if rows.groupby("reporter").file.nunique().gt(1).any():
        columns.insert(0, "file")
    table = rows.assign(cell=rows["cell"].str.split(", ").map(shorten_list))[columns]
    table = table.replace("", _DASH).reset_index(drop=True)
    if not is_collective:
        return table
    table["Đơn vị"] = [*rows.reporter.map(case.plan.senders.inline_name)]
    return table.groupby(columns, as_index=False)["Đơn vị"].agg(", ".join)


def _collective(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the requests to the units that sent a return, then the results of all units."""
    yield _mark(_list_requests(case, True), caption=_REQUESTS_CAPTION)
    results = _results_by_unit(case)
    notes = {"caption": "Kết quả của các đơn vị", "notes": _result_notes(case)}
    yield _mark(results.drop(columns="Khu vực"), parts=2, **results.attrs | notes)


def _result_notes(case: Case) -> list[str]:
    """Return notes on the verdicts of the units: the assumed rules they depend on, and who set the
    targets that some units missed.
    """
    plan, rows, notes = case.plan, _unit_findings(case), []
    settings = settings_of(plan.review)
    for slug, group in rows[~rows.verdict.isin(OPEN_VERDICTS)].groupby("objective", sort=False):
        rules = {
            rule.words: None for _, row in group.iterrows() for rule in assumed_rules(case, row)
        }
        if rules:
            texts = {"numbers": plan[slug].number, "rules": "; ".join(rules)}
            names = texts_by_name(case, "notice") | texts
            notes.append(fill_texts(settings.notes["results"], names))
    short = {*rows.objective[rows.verdict == "not_met"]}
    numbers = [one.number for one in plan.objectives if one.slug in short]
    if numbers:
        notes.append(phrase("no_breach", plan, numbers, plan.unit_kinds))
    return notes


def _results_by_unit(case: Case, chosen: Collection[str] | None = None) -> pd.DataFrame:
    """Return a row for each unit, or each of `chosen`: its area, then its verdict by objective.

    In a plan where communes report, the active periods follow a verdict that is not reached, in
    brackets.
    """
    plan, rows = case.plan, _unit_findings(case)
    periods = {
        (unit, slug): text
        for slug in plan.commune_slugs
        for (_, unit), text in active_periods(plan.steps(slug, case.cells)).dropna().items()
    }
    reasons = [periods.get((row.unit_code, row.objective), "") for row in rows.itertuples()]
    reasons = pd.Series(reasons, rows.index).mask(rows.verdict.isin(REACHED_VERDICTS), "")
    texts = rows.verdict.map(VERDICT_LABELS) + (" (" + reasons + ")").mask(reasons == "", "")
    wide = _by_objective(case, rows, [*texts])
    wide.insert(0, "Khu vực", plan.reporting_units.area_name.reindex(wide.index))
    names = plan.reporting_units.full_name
    names = names if chosen is None else names[names.index.isin(chosen)]
    return _mark(_prepend_names(wide, names), marks=["periods"] if plan.commune_slugs else [])


def _silent(case: Case) -> Iterator[pd.DataFrame]:
    """Yield the units that sent no figure, with their area."""
    units = case.plan.reporting_units.loc[silent_units(case)]
    rows = {"unit_name": units.full_name}
    if not case.plan.areas.empty:
        rows["Khu vực"] = units.area_name
    yield pd.DataFrame(rows).reset_index(drop=True)


def _prepend_names(frame: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the rows whose codes `names` has, in that order, with the names as first column."""
    rows = frame.loc[names.index].assign(unit_name=names)[["unit_name", *frame.columns]]
    return rows.reset_index(drop=True)
