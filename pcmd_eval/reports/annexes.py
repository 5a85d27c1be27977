"""The annexes of a review: the tables of the notebooks as they are printed on paper, and what
stands under them.
"""

import re
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import counts_text, latest_returns, unit_rows
from pcmd_eval.analysis.reporting_status import lacking_cells
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.table_format import printed
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports import year_on_year as earlier
from pcmd_eval.reports.document_names import kinds, with_names
from pcmd_eval.reports.objective_sections import communes_short
from pcmd_eval.reports.summary import UNSETTLED, steps_of
from pcmd_eval.statistics import indicators
from pcmd_eval.util.formatting import format_count
from pcmd_eval.util.vocabulary import VERDICT_STYLES, label_columns

TOTAL = "Tổng cộng"
_DASH, _NOT_ASKED = "–", "×"
_NOT_JUDGED = "không đánh giá riêng"


class Annex(NamedTuple):
    """A title, a table as it is printed, and what stands under it."""

    title: str
    table: pd.DataFrame
    note: str


def annexes_of(case: Case) -> dict[str, Annex]:
    """The annexes of this unit's document by key, in their order."""
    settings = load_settings()
    annexes = {}
    for key, make in (OF_PROVINCE if case.is_province else OF_DISTRICT).items():
        frame = make(case)
        if len(frame):
            annexes[key] = _annex(case, settings.annexes[key], settings.marks, frame)
    return annexes


def _annex(case, text, marks, frame):
    """A frame as it is printed; under it what its marks mean, and what is always said."""
    table = printed(label_columns(frame), case).replace(UNSETTLED, _DASH)
    numbers = pd.Series(range(1, len(table) + 1), dtype="string")
    table.insert(0, "TT", numbers.mask(table.iloc[:, 0] == TOTAL, "\u00a0"))
    cells = [*map(str, table.to_numpy().ravel())]
    notes = {**marks, **text.notes}.items()
    under = [note for look, note in notes if any(re.search(look, cell) for cell in cells)]
    title, note = with_names([text.title, " ".join(under)], case)
    return Annex(title, _halved(table) if text.halved else table, note)


def _halved(lines):
    """The second half of a long table beside the first."""
    middle = -(-len(lines) // 2)
    halves = [half.reset_index(drop=True) for half in (lines[:middle], lines[middle:])]
    return pd.concat(halves, axis=1).fillna("")


# ---- a frame for each annex; those about communes tell of the first objective that counts them ---


def _results(case):
    """What came of each reporter, and a district's finding on each objective it has a part in."""
    plan = case.plan
    rows = case.findings[case.findings.unit_code.isin(plan.reporting_units.index)]
    rows = rows[rows.verdict != "not_applicable"]
    rows = rows.assign(result=_verdicts(case, rows))
    wide = rows.pivot(index="unit_code", columns="objective", values="result")
    wide = wide[[slug for slug in plan.by_slug if slug in wide]]
    bodies = {sheet.objective: _NOT_JUDGED for sheet in plan.sheets_of(plan.province)}
    if bodies:
        wide.loc[plan.province] = [bodies.get(slug, _NOT_ASKED) for slug in wide]
    wide["Ngày gửi báo cáo"] = _came(case)
    wide["Số ô chưa có số liệu"] = lacking_cells(case)
    return _by_name(wide, plan.senders.full_name[wide.index])


def _verdicts(case, rows):
    """The verdict of each finding, and below it its counts, if they say more."""
    marks = {verdict: f"{look.shape} {look.word}\n" for verdict, look in VERDICT_STYLES.items()}
    # Where all are needed and there, their number is said once.
    most = rows.high.fillna(rows.low)
    all_needed = ((most == rows.total) & (rows.needed == rows.total)).fillna(False)
    counts = counts_text(case, rows.assign(needed=rows.needed.mask(all_needed)))
    # Nothing arose, the district did a thing or did not, or nothing was sent.
    said_already = (
        (rows.verdict == "none_arose") | (rows.target == "1") | ~counts.str.contains(r"\d")
    )
    return (rows.verdict.map(marks) + counts.mask(said_already, "")).str.strip()


def _came(case):
    """The day of each return, and what is the matter with it."""
    rows = latest_returns(case)
    rows = rows.astype(object).where(rows.notna(), None)
    came = {row.Index: phrase("came", row, case.plan) for row in rows.itertuples()}
    return pd.Series(came, dtype="string")


def _communes(case):
    """The communes of each district that do not count, and those of which nobody can know yet."""
    if not case.plan.commune_slugs:
        return pd.DataFrame()
    short, unknown = communes_short(case, case.plan.commune_slugs[0])
    # Where nothing is known, nobody can say that there are none.
    none = (~unknown).groupby("reporter").any().map({True: "không có", False: _DASH})
    groups = {"Chưa duy trì": short, UNSETTLED.capitalize(): unknown}
    table = pd.DataFrame({head: _listed(case, of, none) for head, of in groups.items()})
    return _by_name(table, case.plan.senders.full_name[table.index])


def _listed(case, holds, none):
    """Of each reporter the communes for which `holds` is True: 03 xã, thị trấn: xã Vân Du, …; where
    there are none what `none` says of it.
    """
    texts = none.copy()
    listed = holds.index[holds].to_frame(index=False)
    for unit, codes in listed.groupby("reporter").unit_code:
        of_unit = case.units.loc[codes]
        of_kinds = ", ".join(kinds(of_unit.type.str.lower()))
        texts[unit] = f"{format_count(len(of_unit))} {of_kinds}: {', '.join(of_unit.inline_name)}"
    return texts


def _quarters(case):
    """In which quarters each commune of a district was active."""
    slug = next(iter(case.plan.commune_slugs), None)
    if not slug or not OBJECTIVES[slug].active_label:
        return pd.DataFrame()
    wide = case.own(steps_of(case, slug)["quarters"]).unstack("period")
    return _by_name(wide, case.plan.communes(case.unit).full_name)


def _figures(case):
    """The figures of the districts and of the province's own bodies, and their sum."""
    # What the province's own bodies sent stands under its code, too, beside the sums of all.
    of_bodies = case.figures["item"].str.startswith("own_")
    whole = (case.figures.unit_code == case.plan.province) & ~of_bodies
    rows = case.figures.assign(item=case.figures["item"].str.removeprefix("own_"), whole=whole)
    rows = rows[rows["item"].isin(load_settings().by_district)]
    if rows.empty:  # as of a plan of models alone
        return pd.DataFrame()
    total = rows[rows.whole].set_index("item")
    items = [item for item in load_settings().by_district if item in total.index]
    wide = rows[~rows.whole].pivot(index="unit_code", columns="item", values="words")
    wide = wide.reindex(index=case.plan.expected_reporters, columns=items).fillna(_NOT_ASKED)
    table = _by_name(wide, case.plan.senders.full_name[case.plan.expected_reporters])
    table.loc[TOTAL] = total.words
    return table.rename(columns=total.label + " (" + total.measure + ")")


def _persons(case):
    """Persons, fines and places of the unit, if anything may be told of them."""
    rows = unit_rows(case, case.figures)
    rows = rows[rows["item"].isin(indicators.list_person_items(case.plan).index)]
    return rows[["label", "measure", "words"]]


OF_PROVINCE = {
    "results": _results,
    "communes": _communes,
    "figures": _figures,
    "persons": _persons,
    "compared": earlier.comparison_table,
}
OF_DISTRICT = {
    "quarters": _quarters,
    "persons": _persons,
    "compared": earlier.comparison_table,
}


def _by_name(frame, names):
    """The rows that have these names, in the order of names."""
    return frame.loc[names.index].set_axis(names.rename("unit_name"), axis=0)
