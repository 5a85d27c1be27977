"""The annexes of a paper: frames printed as tables, with a title and notes under them."""

import re
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import (
    Case,
    counts_text,
    is_province,
    latest_returns,
)
from pcmd_eval.analysis.missing_data import (
    count_missing,
    missing_of,
    missing_table,
)
from pcmd_eval.analysis.reminders import merge_whole
from pcmd_eval.analysis.table_format import printed
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports.objective_sections import communes_short, opinions
from pcmd_eval.reports.placeholders import (
    PaperKind,
    commune_kinds,
    fill_texts,
    names_of,
    silent_units,
)
from pcmd_eval.reports.summary import UNDETERMINED, say
from pcmd_eval.reports.unit_tables import index_by_name, unit_tables
from pcmd_eval.reports.year_on_year import comparison_table, totals_table
from pcmd_eval.util.formatting import format_count
from pcmd_eval.util.vocabulary import VERDICT_STYLES

TOTAL = "Tổng cộng"
_DASH, _NOT_ASKED = "–", "×"  # unknown or none; the plan asks this unit for nothing
_NOT_JUDGED = "không đánh giá riêng"
_REQUESTED = "Số ô đề nghị bổ sung"


class Annex(NamedTuple):
    """An annex: a title, printed tables (all cells text) with captions, and a note under them."""

    title: str
    tables: list[pd.DataFrame]
    captions: list[str]
    note: str


def annexes_of(case: Case, kind: PaperKind) -> dict[str, Annex]:
    """Return the annexes of a paper by key, in their order; an annex without a row is left out."""
    settings, names = load_settings(), names_of(case, kind)
    annexes = {}
    for key, yield_frames in _frame_functions(case, kind).items():
        frames = [frame for frame in yield_frames(case) if len(frame)]
        if frames:
            text = settings.annexes[frames[0].attrs.get("text", key)]
            annexes[key] = _annex(case, text, settings.marks, frames, names)
    return annexes


def _frame_functions(case, kind):
    """Return the functions of the annexes of a kind of paper, by key."""
    if kind == "report":
        keys = ("results", "communes", "figures", "totals", "opinions")
    elif not is_province(case):
        keys = ("details",) if kind == "notice" else ()
    else:
        keys = ("requests",) if kind == "notice" else ("silent",)
    return {key: FRAME_FUNCTIONS[key] for key in keys}


def _annex(case, text, marks, frames, names):
    """Return frames as an annex: printed, with numbered rows, and notes on the marks that occur.

    `text`: the settings of the annex; `marks`: notes on marks, by pattern, that all annexes share.
    A frame may say in its attrs `note` (another note) and `columns` (tables side by side).
    """
    tables = [_number_rows(printed(frame, case)) for frame in frames]
    cells = [str(cell) for table in tables for cell in table.to_numpy().ravel()]
    notes_by_pattern = {**marks, **text.notes}.items()
    notes = [note for look, note in notes_by_pattern if any(re.search(look, c) for c in cells)]
    title, note = fill_texts([text.title, " ".join(notes)], names)
    notes_of_frames = [frame.attrs["note"] for frame in frames if frame.attrs.get("note")]
    columns = [frame.attrs.get("columns", text.columns) for frame in frames]
    tables = [*map(_side_by_side, tables, columns)]
    captions = [frame.attrs.get("caption", "") for frame in frames]
    if len(frames) > 1:
        captions = [f"{at}. {text}" if text else "" for at, text in enumerate(captions, 1)]
    return Annex(title, tables, captions, " ".join([note, *notes_of_frames]).strip())


def _number_rows(table):
    """Return a printed table with a column of row numbers, a dash for what is not known."""
    table = table.replace(UNDETERMINED, _DASH)
    numbers = pd.Series(range(1, len(table) + 1), dtype="string")
    table.insert(0, "TT", numbers.mask(table.iloc[:, 0] == TOTAL, "\u00a0"))
    return table


def _side_by_side(lines, columns):
    """Return a long table in `columns` parts next to each other."""
    if columns == 1 or len(lines) <= columns * 3:
        return lines
    rows = -(-len(lines) // columns)
    parts = [
        lines[start : start + rows].reset_index(drop=True) for start in range(0, len(lines), rows)
    ]
    return pd.concat(parts, axis=1).fillna("")


# ---- the frames of each annex; those on communes are of the first objective that counts them -----


def _results(case):
    """Yield the table of units: verdicts by objective, day of the return, cells to send.

    Units in areas are counted by area. The province's own bodies have a row without verdicts.
    """
    plan = case.plan
    rows = _unit_findings(case)
    if not plan.areas.empty:
        yield _count_by_area(case, rows)
        return
    rows = rows.assign(result=_verdict_texts(case, rows))
    wide = rows.pivot(index="unit_code", columns="objective", values="result")
    wide = wide[[slug for slug in plan.by_slug if slug in wide]]
    bodies = {sheet.objective: _NOT_JUDGED for sheet in plan.sheets_of(plan.province)}
    if bodies:
        wide.loc[plan.province] = [bodies.get(slug, _NOT_ASKED) for slug in wide]
    wide["Ngày gửi báo cáo"] = _arrival_texts(case)
    wide[_REQUESTED] = count_missing(missing_of(case)).reindex(wide.index, fill_value=0)
    yield index_by_name(wide, plan.senders.full_name[wide.index])


def _unit_findings(case):
    """Return the findings of the reporting units on what the plan asks of them."""
    rows = case.findings[case.findings.unit_code.isin(case.plan.reporting_units.index)]
    return rows[rows.verdict != "not_applicable"]


def _count_by_area(case, rows):
    """Return a row for each area: its units, returns, verdicts by objective, and cells to send."""
    plan = case.plan
    areas = plan.reporting_units.area
    table = pd.DataFrame({"Khu vực": plan.areas, "Số đơn vị": areas.value_counts()})
    table = table.reindex(plan.areas.index)
    sent = ~plan.reporting_units.index.isin(silent_units(case))
    table["Đã gửi báo cáo"] = areas[sent].value_counts().reindex(table.index, fill_value=0)
    area_of = rows.unit_code.map(areas)
    for slug, group in rows.groupby("objective", sort=False):
        counts = pd.crosstab(area_of[group.index], group.verdict).reindex(table.index, fill_value=0)
        words = pd.Series("", table.index, dtype="string")
        for verdict, style in VERDICT_STYLES.items():
            if verdict in counts:
                part = style.shape + "\u00a0" + counts[verdict].astype("string") + " "
                words += part.where(counts[verdict] > 0, "")
        table[plan[slug].heading] = words.str.strip().replace("", _DASH)
    missing = count_missing(missing_of(case))
    by_area = missing.groupby(missing.index.map(areas)).sum()
    table[_REQUESTED] = by_area.reindex(table.index, fill_value=0)
    return table.reset_index(drop=True).set_index("Khu vực")


def _verdict_texts(case, rows):
    """Return the verdict of each finding as text, with its counts below unless they add nothing."""
    verdict_lines = {
        verdict: f"{style.shape} {style.word}\n" for verdict, style in VERDICT_STYLES.items()
    }
    # If all are needed and all count, the number needed would repeat the count.
    highest = rows.high.fillna(rows.low)
    all_needed = ((highest == rows.total) & (rows.needed == rows.total)).fillna(False)
    counts = counts_text(case, rows.assign(needed=rows.needed.mask(all_needed)))
    # The counts add nothing if no case arose, if the target is a yes or no, or without a figure.
    is_yes_or_no = rows.target == "1"
    is_redundant = (rows.verdict == "none_arose") | is_yes_or_no | ~counts.str.contains(r"\d")
    return (rows.verdict.map(verdict_lines) + counts.mask(is_redundant, "")).str.strip()


def _arrival_texts(case):
    """Return the arrival of each unit's return as text: its date, and its defects if any."""
    rows = latest_returns(case)
    rows = rows.astype(object).where(rows.notna(), None)  # None: false in a template, unlike NA
    texts = {row.Index: say("came", row, case.plan) for row in rows.itertuples()}
    return pd.Series(texts, dtype="string")


def _communes(case):
    """Yield the table of each unit's communes that do not count, and of those that are unknown."""
    plan = case.plan
    if not plan.commune_slugs or plan.communes_report:
        return
    short, unknown = communes_short(case, plan.commune_slugs[0])
    # A unit of which no commune is known has a dash: "none" would be a statement.
    none = (~unknown).groupby("reporter").any().map({True: "không có", False: _DASH})
    groups = {"Chưa duy trì": short, UNDETERMINED.capitalize(): unknown}
    table = pd.DataFrame({head: _list_communes(case, of, none) for head, of in groups.items()})
    yield index_by_name(table, plan.senders.full_name[table.index])


def _list_communes(case, holds, none):
    """Return by unit the communes for which `holds` is True: "03 xã, thị trấn: xã Vân Du, …".

    `holds`: bool by reporter and unit_code; `none`: the text of a unit without any, by reporter.
    Where it is true of all communes of a unit they are not named.
    """
    texts = none.copy()
    communes = case.units.loc[holds.index[holds].get_level_values("unit_code")]
    totals = holds.groupby("reporter").size()
    for unit, of_unit in communes.groupby("parent"):
        counted = f"{format_count(len(of_unit))} {commune_kinds(case.plan, of_unit.type)}"
        names = ", ".join(of_unit.inline_name)
        is_all = len(of_unit) == totals[unit] > 1
        texts[unit] = f"toàn bộ {counted}" if is_all else f"{counted}: {names}"
    return texts


def _figures(case):
    """Yield the table of figures: a row for each unit, the province's own bodies, and their sum."""
    plan = case.plan
    if plan.communes_report:  # too many rows: their sums stand among the totals
        return
    # Under the province's code stand both the sums and, as "own_" items, what its own bodies sent.
    is_of_bodies = case.indicators["item"].str.startswith("own_")
    is_sum = (case.indicators.unit_code == plan.province) & ~is_of_bodies
    rows = case.indicators.assign(
        item=case.indicators["item"].str.removeprefix("own_"), is_sum=is_sum
    )
    rows = rows[rows["item"].isin(load_settings().by_unit)]
    if rows.empty:  # a plan of models alone
        return
    total = rows[rows.is_sum].set_index("item")
    items = [item for item in load_settings().by_unit if item in total.index]
    wide = rows[~rows.is_sum].pivot(index="unit_code", columns="item", values="words")
    wide = wide.reindex(index=plan.expected_reporters, columns=items).fillna(_NOT_ASKED)
    table = index_by_name(wide, plan.senders.full_name[plan.expected_reporters])
    table.loc[TOTAL] = total.words
    yield table.rename(columns=total.label + " (" + total.measure + ")")


def _totals(case):
    yield comparison_table(case)
    yield totals_table(case)


def _opinions(case):
    yield opinions(case)


def _requests(case):
    """Yield the table of units that sent a return: verdicts, and cells they should still send."""
    plan = case.plan
    rows = _unit_findings(case)
    # On one line each: the annex has a row for every unit.
    rows = rows.assign(result=_verdict_texts(case, rows).str.replace("\n", " "))
    wide = rows.pivot(index="unit_code", columns="objective", values="result")
    wide = wide[[slug for slug in plan.by_slug if slug in wide]]
    missing = missing_of(case)
    wide["Số ô"] = count_missing(missing).reindex(wide.index, fill_value=0)
    wide["Số liệu đề nghị bổ sung"] = _requests_by_unit(plan, missing).reindex(wide.index)
    wide.insert(0, "Khu vực", plan.reporting_units.area_name.reindex(wide.index))
    senders = plan.reporting_units.index.difference(silent_units(case), sort=False)
    names = plan.reporting_units.full_name[senders]
    yield index_by_name(wide, names).fillna({"Số liệu đề nghị bổ sung": "không"})


def _requests_by_unit(plan, missing):
    """Return what each reporter is asked for, by its code, dtype string."""
    table = missing_table(plan, merge_whole(missing), ["reporter"], is_brief=True)
    texts = "Biểu " + table.sheet + ": " + table.described
    texts += (" (" + table.request + ")").where(table.request_kind == "open_zero", "")
    return texts.groupby(table.reporter).agg("; ".join)


def _silent(case):
    """Yield the table of the units that sent no figure, with their area."""
    units = case.plan.reporting_units.loc[silent_units(case)]
    rows = {"unit_name": units.full_name}
    if not case.plan.areas.empty:
        rows["Khu vực"] = units.area_name
    yield pd.DataFrame(rows).reset_index(drop=True)


FRAME_FUNCTIONS = {
    "results": _results,
    "communes": _communes,
    "figures": _figures,
    "totals": _totals,
    "opinions": _opinions,
    "details": unit_tables,
    "requests": _requests,
    "silent": _silent,
}
