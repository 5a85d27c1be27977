"""The frames of verdicts that annexes print: by unit, by area, and the communes that fell short."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from pcmd_eval.analysis.case import Case, missing_of
from pcmd_eval.analysis.case_queries import counts_of, received_returns_of
from pcmd_eval.analysis.missing_data import count_unsent
from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.office.reports.placeholders import fill_texts, placeholders_of
from pcmd_eval.office.reports.sections import is_assumed
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.util.formatting import format_count
from pcmd_eval.util.verdicts import (
    JUDGED_VERDICTS,
    REACHED_VERDICTS,
    UNREACHED_VERDICTS,
    VERDICT_LABELS,
)
from pcmd_eval.util.vocabulary import PERIOD_NUMBERS

_REQUESTED = "Số ô cần bổ sung, cập nhật"
_NOT_JUDGED = "không đánh giá riêng"


@dataclass(frozen=True)
class AnnexFrame:
    """A frame that an annex prints, and how.

    `caption`: its heading where an annex has several frames; `side_by_side`: in how many parts next
    to each other it is printed; `marks`: keys of the notes on marks that it needs; `notes`: its own
    notes; `numbers`: columns of texts that are numbers; `has_total`: whether the last row sums the
    others.
    """

    frame: pd.DataFrame
    caption: str = ""
    side_by_side: int = 1
    marks: Sequence[str] = ()
    notes: Sequence[str] = ()
    numbers: Sequence[str] = ()
    has_total: bool = False


Frames = Iterator[AnnexFrame]  # of one annex


def prepend_names(frame: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the rows whose codes `names` has, in that order, with the names as first column."""
    rows = frame.loc[names.index].assign(unit_name=names)[["unit_name", *frame.columns]]
    return rows.reset_index(drop=True)


def rule_notes(case: Case, slugs: Iterable[str]) -> list[str]:
    """Return a note for each objective on the assumed rules that its verdicts follow."""
    text, names = settings_of(case.plan.review).notes["results"], placeholders_of(case, "notice")
    notes = []
    for slug in slugs:
        rules = [rule.words for _, rule in case.plan[slug].rules.items() if is_assumed(rule)]
        if rules:
            facts = {"numbers": case.plan[slug].number, "rules": "; ".join(rules)}
            notes.append(fill_texts(text, names | facts))
    return notes


def yield_results(case: Case) -> Frames:
    """Yield a row for each unit: verdict by objective, days of the return, number of cells to send.

    A plan with areas has a row for each area instead. The province's own bodies have no verdicts.
    """
    plan, rows = case.plan, unit_findings(case)
    unsent = count_unsent(missing_of(case))
    if not plan.areas.empty:
        yield _count_by_area(case, rows, unsent)
        return
    wide = _by_objective(case, rows, _verdict_texts(case, rows)).reindex(plan.expected_reporters)
    wide = wide.fillna(_NOT_JUDGED)
    returns = received_returns_of(case).reindex(wide.index)
    is_received = returns.file.notna()
    marks = [] if is_received.all() else ["dash"]
    for name, unknown in {"sent": "không ghi", "cutoff": "chưa ghi rõ"}.items():
        wide[name] = returns[name].astype("string").fillna(unknown).where(is_received)
    wide[_REQUESTED] = unsent.reindex(wide.index, fill_value=0)
    yield AnnexFrame(prepend_names(wide, plan.senders.full_name[wide.index]), marks=marks)


def unit_findings(case: Case) -> pd.DataFrame:
    """Return the findings of the reporting units that have a verdict (`JUDGED_VERDICTS`)."""
    rows = case.findings
    return rows[rows.verdict.isin(JUDGED_VERDICTS)]


def _verdict_texts(case: Case, rows: pd.DataFrame) -> list[str]:
    """Return the verdict of each finding, with its counts below unless they add nothing."""
    counts = counts_of(case, rows)
    return [
        VERDICT_LABELS[row.verdict]
        + (f"\n{count.with_needed}" if count.is_number and row.verdict != "none_arose" else "")
        for row, count in zip(rows.itertuples(), counts, strict=True)
    ]


def _count_by_area(case: Case, findings: pd.DataFrame, unsent: pd.Series) -> AnnexFrame:
    """Return a row for each area and one for the province's own bodies: name, units that sent
    figures (“2/5”), for each objective the number of units by verdict, number of cells to send.

    `findings`: a row for each unit and objective; `unsent`: number of cells by reporter.
    """
    plan, units = case.plan, case.plan.expected_reporters
    areas = plan.reporting_units.area.reindex(units).fillna(plan.province)
    names = pd.concat([plan.areas, pd.Series({plan.province: plan.own_bodies})])
    table = pd.DataFrame({"Khu vực": names[names.index.isin(areas)]})
    has_sent = received_returns_of(case).reported.reindex(units).gt(0).fillna(False).groupby(areas)
    table["Đã gửi"] = has_sent.sum().astype("string") + "/" + has_sent.size().astype("string")
    for slug, group in findings.groupby("objective", sort=False):
        counts = pd.crosstab(group.unit_code.map(areas), group.verdict).reindex(table.index)
        texts = [
            "; ".join(
                f"{format_count(row[verdict])} {VERDICT_LABELS[verdict].lower()}"
                for verdict in VERDICT_LABELS
                if row.get(verdict, 0) > 0
            )
            or _NOT_JUDGED
            for row in counts.fillna(0).astype("int64").to_dict("records")
        ]
        table[plan[slug].heading] = texts
    by_area = unsent.groupby(unsent.index.map(areas)).sum()
    table[_REQUESTED] = by_area.reindex(table.index, fill_value=0)
    return AnnexFrame(table.reset_index(drop=True), side_by_side=2)


def _by_objective(case: Case, rows: pd.DataFrame, texts: Sequence[str]) -> pd.DataFrame:
    """Return a row for each unit with the text of each finding, objectives in the plan's order."""
    wide = rows.assign(text=texts).pivot(index="unit_code", columns="objective", values="text")
    return wide[[slug for slug in case.plan.by_slug if slug in wide]]


def results_by_unit(case: Case, chosen: Collection[str] | None = None) -> AnnexFrame:
    """Return a row for each unit, or each of `chosen`: its area, then its verdict by objective.

    Where communes report, the active periods follow a verdict that is not reached: "Chưa đạt (I)".
    """
    plan, rows = case.plan, unit_findings(case)
    periods = {
        (unit, slug): text
        for slug in plan.commune_slugs
        for (_, unit), text in _active_periods(plan.steps(slug, case.cells)).dropna().items()
    }
    brackets = [periods.get((row.unit_code, row.objective), "") for row in rows.itertuples()]
    brackets = pd.Series(brackets, rows.index).mask(rows.verdict.isin(REACHED_VERDICTS), "")
    texts = rows.verdict.map(VERDICT_LABELS) + (" (" + brackets + ")").mask(brackets == "", "")
    wide = _by_objective(case, rows, [*texts])
    wide.insert(0, "Khu vực", plan.reporting_units.area_name.reindex(wide.index))
    names = plan.reporting_units.full_name
    names = names if chosen is None else names[names.index.isin(chosen)]
    marks = ["periods"] if plan.commune_slugs else []
    notes = rule_notes(case, rows.objective.unique())
    return AnnexFrame(prepend_names(wide, names), marks=marks, notes=notes)


def yield_unreached(case: Case) -> Frames:
    """Yield the communes that fell short or lack data, a row per reporter."""
    plan = case.plan
    if plan.communes_report:
        rows = unit_findings(case)
        yield results_by_unit(case, {*rows.unit_code[~rows.verdict.isin(REACHED_VERDICTS)]})
    elif plan.commune_slugs:
        yield list_communes(case, plan.reporting_units.index)


def list_communes(case: Case, units: Collection[str]) -> AnnexFrame:
    """Return a row for each of `units` with communes that fell short or lack figures; a column for
    each verdict lists its communes, each with the periods in which it was active.
    """
    plan, slug = case.plan, case.plan.commune_slugs[0]
    communes = _commune_results(case, slug)
    communes = communes[communes.reporter.isin(units)]
    texts = communes.inline_name + " (" + communes.periods.fillna("chưa rõ") + ")"
    groups = texts.groupby([communes.reporter, communes.verdict], sort=False)
    sizes = groups.size()
    lists = sizes.map(format_count).astype("string") + ": " + groups.agg(", ".join)
    reporters = sizes.index.get_level_values("reporter")
    commune_counts = reporters.map(lambda unit: len(plan.communes(unit)))
    all_communes = "toàn bộ " + commune_counts.astype("string") + " "
    lists[sizes == commune_counts] = all_communes + reporters.map(plan.commune_kinds_of)
    wide = lists.unstack().reindex(columns=[*UNREACHED_VERDICTS]).astype("string")
    names = plan.senders.full_name[[unit for unit in units if unit in wide.index]]
    table = prepend_names(wide.fillna("không có"), names)
    return AnnexFrame(table, marks=["periods"], notes=rule_notes(case, [slug]))


def _commune_results(case: Case, slug: str) -> pd.DataFrame:
    """Return a row for each commune that is not counted, or for which that is unknown.

    Columns reporter, inline_name, verdict (not_met or undetermined) and periods (see
    `_active_periods`), all text.
    """
    steps = case.plan.steps(slug, case.cells)
    is_counted = steps["communes"]
    is_counted = is_counted[~is_counted.fillna(False)]  # False or <NA>
    codes = is_counted.index.get_level_values("unit_code")
    return pd.DataFrame({
        "reporter": is_counted.index.get_level_values("reporter"),
        "inline_name": [*case.units.inline_name[codes]],
        "verdict": [*is_counted.isna().map({True: "undetermined", False: "not_met"})],
        "periods": [*_active_periods(steps)[is_counted.index]],
    })  # fmt: skip


def _active_periods(steps: Steps) -> pd.Series:
    """Return the active, then the unknown periods of each commune, as text: "I, III; chưa rõ: IV".

    `steps`: of an objective on communes. Index: reporter, unit_code; <NA> if all are unknown.
    """
    _, periods, _ = steps.values()  # cells; quarters or months; communes
    wide = periods.unstack("period")
    texts = []
    for row in wide.to_dict("records"):
        active = _name_periods(period for period, is_active in row.items() if is_active is True)
        unknown = _name_periods(period for period, is_active in row.items() if pd.isna(is_active))
        text = (active or "không") + (f"; chưa rõ: {unknown}" if unknown else "")
        texts.append(pd.NA if all(map(pd.isna, row.values())) else text)
    return pd.Series(texts, wide.index, dtype="string")


def _name_periods(periods: Iterable[str]) -> str:
    """Return periods without their kind: I, III."""
    return ", ".join(PERIOD_NUMBERS[period] for period in periods)
