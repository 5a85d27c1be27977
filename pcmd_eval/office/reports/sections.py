"""The sentences and rows of a paper: those of the notebooks, in the order of an official report."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import pandas as pd

from pcmd_eval.analysis.case import Case, cached, is_province, missing_of
from pcmd_eval.analysis.case_queries import (
    all_findings,
    all_indicators,
    counts_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.reporting_status import (
    describe_arrivals,
    describe_days,
    list_cutoffs,
)
from pcmd_eval.evaluation.explanations import FindingWords, explain
from pcmd_eval.evaluation.sensitivity import UNCHANGED, decisive_rules
from pcmd_eval.objectives.aggregation import count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.rules import Sourced
from pcmd_eval.office.reports.placeholders import compared_changes, counted_figures
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.statistics.indicators import catalogue, says_something
from pcmd_eval.statistics.year_on_year import summarize_changes
from pcmd_eval.util.formatting import format_count, join_items, lowercase_first
from pcmd_eval.util.verdicts import (
    JUDGED_VERDICTS,
    REACHED_VERDICTS,
    UNREACHED_VERDICTS,
    VERDICT_LABELS,
    VERDICTS,
)
from pcmd_eval.util.vocabulary import BASIS_LABELS, MAX_NAMED, PERIOD_NUMBERS

Effect = Literal["changes", "waits", "none"]  # of an answer on the verdict
_EFFECTS: dict[Effect, str] = {
    "changes": "kết luận tùy thuộc mức được quy định",
    "waits": "hiện chưa kết luận được theo mọi cách hiểu",
    "none": "kết luận không đổi",
}
ASSUMED = BASIS_LABELS["assumption"]


# ---- the lines above the table -------------------------------------------------------------------


def judged_findings(case: Case) -> pd.DataFrame:
    """Return the findings of the unit that have a verdict (`JUDGED_VERDICTS`), in plan order."""
    rows = rows_of_unit_code(case, all_findings(case))
    return rows[rows.verdict.isin(JUDGED_VERDICTS)]


def words_of(case: Case, slug: str) -> FindingWords:
    """Return the sentences of the unit's finding on an objective, each by itself."""

    def explain_all() -> dict[str, FindingWords]:
        rows = all_findings(case)[all_findings(case).objective == slug]
        cells = case.cells[case.cells.objective == slug]
        steps = case.plan.steps(slug, case.cells)
        words = explain(case.plan, slug, rows, cells, steps, in_paper=True)
        return dict(zip(rows.unit_code, words, strict=True))

    return cached(case, (words_of, slug), explain_all)[case.unit]


def is_assumed(rule: Sourced[Any]) -> bool:
    """Return whether a rule or target is not the plan's own and not confirmed."""
    return rule.status in ("borrowed", "assumption")


def describe_coverage(case: Case) -> str:
    """Return sentences on the returns that the figures are from, and on their days."""
    rows = case.unit_rows(case.returns)
    days = describe_days(case.plan, rows)
    if not is_province(case):
        return days[0] if list_cutoffs(rows) else "Báo cáo chưa ghi rõ ngày chốt số liệu."
    return " ".join([*describe_arrivals(case.plan, rows, case.cell_counts), *days])


def verdict_counts(case: Case, slug: str) -> str:
    """Return a text with the number of reporting units by verdict on an objective.

    Up to `MAX_NAMED` units that did not reach it are named; "" if no unit has a verdict.
    """
    rows = all_findings(case)[all_findings(case).objective == slug].set_index("unit_code")
    units = case.plan.reporting_units
    verdicts = rows.verdict.reindex(units.index)
    texts = []
    for verdict in JUDGED_VERDICTS:
        if not (verdicts == verdict).any():
            continue
        names = [*units.inline_name[verdicts == verdict]]
        is_named = len(names) <= MAX_NAMED and verdict in UNREACHED_VERDICTS
        names_text = f" ({join_items(names)})" if is_named else ""
        texts.append(f"{format_count(len(names))} {VERDICT_LABELS[verdict].lower()}{names_text}")
    return "; ".join(texts)


# ---- the rows of the summary, and a section for each objective -----------------------------------


def target_rows(case: Case) -> list[dict[str, object]]:
    """Return the rows of the summary as dicts: number (int), contributes (bool), and as text title,
    asked, done, verdict, waits, rule, reason.

    `contributes`: the unit only contributes to the target, which a note under the table explains.
    `waits`: who decides an open verdict; `rule`: the assumed rules that a settled one depends on.
    Without a total, only `asked` states the needed count.
    """
    judged = judged_findings(case)
    counts = counts_of(case, judged)
    rows = []
    for (_, finding), count in zip(judged.iterrows(), counts, strict=True):
        objective, words = case.plan[finding.objective], words_of(case, finding.objective)
        is_marked = finding.basis != "plan" and is_province(case)
        target = case.plan.target(finding.objective, case.unit)
        assert target, f"{finding.objective} is judged without a target"
        rules = []
        if not VERDICTS[finding.verdict].is_open:
            alternatives = case.alternatives(finding.objective, every_unit=True)
            decisive = decisive_rules(case.plan, finding, alternatives).values()
            rules = [rule.words for rule in decisive if is_assumed(rule)]
        needed = f" (cần\u00a0{count.needed})" if count.needed and pd.notna(finding.total) else ""
        rows.append({
            "number": objective.number,
            "title": objective.title,
            "asked": target.value.words + (f" ({ASSUMED})" if is_marked else ""),
            "done": count.text + needed,
            "verdict": VERDICT_LABELS[finding.verdict],
            "waits": f"Chờ {words.waits}" if words.waits else "",
            "rule": "; ".join(rules),
            "reason": words.in_papers,
            "contributes": bool(words.contribution),
        })  # fmt: skip
    return rows


def list_chapters(case: Case, annex: dict[str, str]) -> list[dict[str, object]]:
    """Return a chapter for each judged objective of the unit: `slug`, `title`, `reason`, `lines`.

    `lines`: the months that do not count or are unknown, how many units have each verdict, and the
    known figures. `annex`: the names of annexes ("Phụ lục I") by key, "" for one that is missing.
    """
    chapters: list[dict[str, object]] = []
    # Where communes report there is no table of figures by unit.
    figures_annex = annex["totals" if case.plan.communes_report else "figures"]
    for slug in judged_findings(case).objective:
        lines = describe_uncounted_months(case, slug)
        counts_units = case.plan[slug].unit_target and OBJECTIVES[slug].aggregate is count_parts
        if counts_units and (verdicts := verdict_counts(case, slug)):
            communes = annex["communes"] if slug in case.plan.commune_slugs else ""
            annexes = filter(None, [annex["results"], annex["units"] or communes])
            lines.append(f"Theo đơn vị: {verdicts} ({join_items([*annexes])}).")
        if figures := describe_figures(case, slug):
            is_referred = figures_annex and not chapters  # only the first names the annex
            lines.append(figures + (f" ({figures_annex})." if is_referred else "."))
        title, reason = case.plan[slug].title, words_of(case, slug).in_papers
        chapters.append({"slug": slug, "title": title, "reason": reason, "lines": lines})
    return chapters


def describe_uncounted_months(case: Case, slug: str) -> list[str]:
    """Return sentences that list the months that do not count, and those that are unknown."""
    label = OBJECTIVES[slug].uncounted_label
    if not label:
        return []
    months = case.plan.steps(slug, case.cells)["months"]
    numbers = months.index.get_level_values("period").map(PERIOD_NUMBERS)
    groups = {label: months.eq(False).fillna(False), "Chưa có số liệu": months.isna()}
    return [
        f"{text}: tháng {join_items([*numbers[is_chosen]])}."
        for text, is_chosen in groups.items()
        if is_chosen.any()
    ]


def describe_figures(case: Case, slug: str) -> str:
    """Return the figures of an objective that data/review.yaml lists, as one text.

    Unknown ones and complete zeros are left out."""
    settings = settings_of(case.plan.review)
    rows = rows_of_unit_code(case, all_indicators(case))
    rows = rows[(rows.objective == slug) & rows["item"].isin(settings.figures)]
    texts = []
    for row in rows[says_something(rows)].itertuples():
        label = row.label if row.item in settings.outlets else lowercase_first(row.label)
        texts.append(f"{label}: {counted_figures(case)[row.item]}")
    text = "; ".join(texts)
    return text[:1].upper() + text[1:]


# ---- sentences that the department may add to ----------------------------------------------------


def suggest_results_and_limits(case: Case) -> dict[str, list[str]]:
    """Return sentences for the sections `results` (objectives that were reached) and `limits`
    (not reached).
    """
    judged = judged_findings(case)
    total = format_count(len(judged) + len(case.plan.not_judged))
    titles = judged.objective.map(lambda slug: lowercase_first(case.plan[slug].title))
    lines = {
        verdict: f"{format_count(len(group))} trong {total} chỉ tiêu "
        f"{VERDICT_LABELS[verdict].lower()}: {'; '.join(group)}."
        for verdict, group in titles.groupby(judged.verdict)
    }
    limits = [f"Còn {lines[key]}" for key in UNREACHED_VERDICTS if key in lines]
    if unasked := len(case.plan.not_judged):
        limits.append(f"Còn {format_count(unasked)} trong {total} chỉ tiêu chưa có biểu báo cáo.")
    reached = [f"Có {lines[key]}" for key in REACHED_VERDICTS if key in lines]
    return {"results": reached, "limits": limits}


def comparison_lines(case: Case) -> list[str]:
    """Return for each objective the sentence on its changes since the previous year, as in the
    notebooks; figures of the province's own bodies and doubtful ones are left out.
    """
    changes = compared_changes(case)
    changes = changes[changes["item"].map(catalogue(case.plan).kind) != "own"]
    changes = changes[((changes.before != 0) | (changes.now != 0)).fillna(False)]
    groups = [changes[changes.objective == slug] for slug in case.plan.by_slug]
    return [summarize_changes(group, case.plan) for group in groups if len(group)]


def list_waiting_objectives(case: Case, units: Collection[str]) -> list[str]:
    """Return the numbers of the province's objectives that wait for any of the units, as text."""
    missing = missing_of(case)
    is_of_province = missing.finding_unit == case.plan.province  # whose finding is open
    slugs = {*missing.objective[missing.reporter.isin(units) & is_of_province]}
    return [str(one.number) for one in case.plan.objectives if one.slug in slugs]


# ---- points on which the plan is silent ----------------------------------------------------------


class OpenPoint(NamedTuple):
    """A point that the plan leaves open: the rule or target in force, and the verdict under other
    readings, in words; `effect`: whether one of them changes it, as far as figures tell.
    """

    slug: str
    label: str
    chosen: str
    readings: str
    effect: Effect


def open_points(case: Case) -> list[OpenPoint]:
    """Return the assumed or borrowed rules and targets of the objectives, in the plan's order."""
    points = []
    for slug, objective in case.plan.by_slug.items():
        is_open = VERDICTS[case.finding(slug).verdict].is_open
        if is_assumed(objective.target):
            words = objective.target.value.words
            points.append(OpenPoint(slug, "Mức phải đạt", words, _EFFECTS["changes"], "changes"))
        for _, rule in objective.rules.items():
            if is_assumed(rule):
                readings = _describe_verdict_changes(case, slug, rule.label)
                effect: Effect = "changes" if readings else "waits" if is_open else "none"
                text = readings or _EFFECTS[effect]
                points.append(OpenPoint(slug, rule.label, rule.chosen, text, effect))
    return points


def tabulate_open_points(case: Case) -> pd.DataFrame:
    """Return a row for each open point, with Vietnamese heads, all text."""
    first_by_slug: dict[str, int] = {}  # the number of the point that quotes the plan
    rows = []
    for number, point in enumerate(open_points(case), 1):
        objective = case.plan[point.slug]
        first = first_by_slug.setdefault(point.slug, number)
        rows.append({
            "Chỉ tiêu": str(objective.number),
            "Kế hoạch nêu": f"“{objective.sentence}”" if first == number else f"như điểm {first}",
            "Điểm chưa quy định cụ thể": point.label,
            "Đang tạm áp dụng": point.chosen,
            "Nếu hiểu khác": point.readings,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _describe_verdict_changes(case: Case, slug: str, label: str) -> str:
    """Return each choice of a rule (`label`) that would change the province's verdict, with that
    verdict and its counts: "mọi quý: chưa đạt (12/28); …"; "" for none.
    """
    rows = case.alternatives(slug)  # a finding for each unit, rule and choice
    rows = rows[(rows.unit_code == case.unit) & (rows.rule == label) & (rows.choice != UNCHANGED)]
    rows = rows[rows.verdict != case.finding(slug).verdict]
    return "; ".join(
        f"{choice}: {VERDICT_LABELS[verdict].lower()}"
        + (f" ({count.text})" if count.is_number else "")
        for choice, verdict, count in zip(
            rows.choice, rows.verdict, counts_of(case, rows), strict=True
        )
    )
