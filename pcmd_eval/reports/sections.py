"""The sentences and rows of a paper: those of the notebooks, in the order of an official report."""

import re
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case, counts_text, is_province, rows_of_unit_code
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.analysis.reporting_status import (
    arrivals,
    describe_days,
    describe_last_senders,
    list_cutoffs,
)
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.findings import describe_evaluated
from pcmd_eval.evaluation.sensitivity import UNCHANGED, decisive_rules
from pcmd_eval.objectives.aggregation import count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.rules import Rule, Sourced
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports.placeholders import in_sentence, pad_counts
from pcmd_eval.statistics.year_on_year import summarise_changes
from pcmd_eval.util.formatting import format_count, join_items, lowercase_first
from pcmd_eval.util.vocabulary import (
    JUDGED_VERDICTS,
    MAX_NAMED,
    REACHED_VERDICTS,
    UNREACHED_VERDICTS,
    VERDICT_LABELS,
    VERDICTS,
)

_NOTHING = ("–", "0")
_SAME_VERDICT = "kết luận không đổi"
_DEPENDS = "kết luận tùy thuộc mức được quy định"


# ---- the lines above the table -------------------------------------------------------------------


def judged_findings(case: Case) -> pd.DataFrame:
    """Return the findings of the unit on what the plan asks of it, in the plan's order."""
    rows = rows_of_unit_code(case, case.findings)
    return rows[rows.verdict.isin(JUDGED_VERDICTS)]


def verdict_line(case: Case, where: str = "") -> str:
    """Return how many objectives were evaluated, how they ended, and which of the verdicts rest on
    a level or a rule that the plan does not state.

    `where`: the place of the text on the objectives that were not evaluated.
    """
    judged = judged_findings(case)
    assumed: dict[str, dict[str, list[int]]] = {}
    for _, finding in judged.iterrows():
        if kinds := assumption_kinds(case, finding):
            by_kinds = assumed.setdefault(finding.verdict, {})
            by_kinds.setdefault(kinds, []).append(case.plan[finding.objective].number)
    return describe_evaluated(case.plan, judged, where, assumed)


def assumption_kinds(case: Case, finding: pd.Series) -> str:
    """Return what a verdict rests on beyond the plan's words: "mức", "quy tắc", both, or ""."""
    is_decided = VERDICTS[finding.verdict].rests_on_target
    kinds = {
        "mức": is_decided and finding.basis != "plan",
        "quy tắc": bool(assumed_rules(case, finding)),
    }
    return " và ".join(kind for kind, holds in kinds.items() if holds)


def assumed_rules(case: Case, finding: pd.Series) -> list[Rule[Any]]:
    """Return the decisive rules of a verdict that are neither the plan's own nor confirmed."""
    alternatives = case.alternatives(finding.objective, every_unit=True)
    return [*filter(is_assumed, decisive_rules(case.plan, finding, alternatives).values())]


def is_assumed(rule: Sourced[Any]) -> bool:
    """Return whether a rule or target is not the plan's own and not confirmed."""
    return rule.status in ("borrowed", "assumption")


def coverage(case: Case) -> str:
    """Return which returns the figures rest on, and the days up to which they go."""
    rows = case.unit_rows(case.returns)
    cutoffs = describe_days(case.plan, rows)[:1] if list_cutoffs(rows) else []
    if not is_province(case):
        return "".join(cutoffs) or "Báo cáo chưa ghi rõ ngày chốt số liệu."
    return " ".join([*arrivals(case.plan, rows), *cutoffs, describe_last_senders(rows)])


def verdict_counts(case: Case, slug: str) -> str:
    """Return how many reporting units have each verdict on one objective; few ones are named.

    "" where the plan asks no unit for it.
    """
    rows = case.findings[case.findings.objective == slug].set_index("unit_code")
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
    """Return the rows of the summary by column: number, title, asked, done, verdict, rule, reason.

    All are text but the number, and `contributes`: whether the reason added that the target is not
    the unit's own, which is said once under the table. A count of no total has its needed count
    under `asked` alone.
    """
    judged, contribution = judged_findings(case), phrase("contribution", case.plan)
    counts = counts_text(case, judged.assign(needed=judged.needed.where(judged.total.notna())))
    rows = []
    for at, finding in judged.iterrows():
        objective = case.plan[finding.objective]
        is_plans = finding.basis == "plan" or not is_province(case)
        target = case.plan.target(finding.objective, case.unit)
        assert target, f"{finding.objective} is judged without a target"
        target_text = pad_counts(target.value.words)
        rules = [
            f"{lowercase_first(rule.label)} – {pad_counts(rule.chosen)}"
            for rule in assumed_rules(case, finding)
        ]
        rows.append({
            "number": objective.number,
            "title": objective.title,
            "asked": target_text if is_plans else f"{target_text} (tạm áp dụng)",
            "done": pad_counts(counts[at]) if pd.isna(finding.total) else counts[at],
            "verdict": VERDICT_LABELS[finding.verdict],
            "rule": "; ".join(rules),
            "reason": finding.reason.removesuffix(contribution).strip(),
            "contributes": finding.reason.endswith(contribution),
        })  # fmt: skip
    return rows


def chapters(case: Case, annex: dict[str, str]) -> list[dict[str, object]]:
    """Return a section for each objective of the province: `slug`, `title`, `reason`, `lines`.

    `lines`: how many units have each verdict, and the known figures; `annex`: names of annexes.
    """
    sections: list[dict[str, object]] = []
    detailed = annex["figures"], annex["totals"]
    for _, finding in judged_findings(case).iterrows():
        slug, lines = finding.objective, []
        counted = case.plan[slug].unit_target and OBJECTIVES[slug].aggregate is count_parts
        if counted and (verdicts := verdict_counts(case, slug)):
            fell_short = (
                annex["communes"] or annex["units"] if slug in case.plan.commune_slugs else ""
            )
            where = join_items([*filter(None, [annex["results"], fell_short])])
            lines.append(f"Theo đơn vị: {verdicts} ({where}).")
        if figures := describe_figures(case, slug):
            refers = "" if sections else join_items([*filter(None, detailed)])  # said once
            lines.append(f"{figures} (chi tiết tại {refers})." if refers else f"{figures}.")
        title = case.plan[slug].title
        sections.append({"slug": slug, "title": title, "reason": finding.reason, "lines": lines})
    return sections


def describe_figures(case: Case, slug: str) -> str:
    """Return the known figures of an objective that data/review.yaml lists, as one text."""
    settings = load_settings()
    rows = rows_of_unit_code(case, case.indicators)
    rows = rows[(rows.objective == slug) & rows["item"].isin(settings.figures)]
    rows = rows[~rows.words.isin(_NOTHING)]
    texts = []
    for row in rows.itertuples():
        # A label that names its measure has it once; outlets are names.
        words = in_sentence(row.words, None if row.measure in row.label.lower() else row.measure)
        label = row.label if row.item in settings.outlets else lowercase_first(row.label)
        texts.append(f"{label}: {words}")
    return "; ".join(texts)[:1].upper() + "; ".join(texts)[1:]


# ---- sentences that the department may add to ----------------------------------------------------


def proposals(case: Case) -> dict[str, list[str]]:
    """Return what was reached and what was not, by the parts `results` and `limits`."""
    judged = judged_findings(case)
    titles = judged.objective.map(lambda slug: case.plan[slug].title)
    by_verdict = titles.groupby(judged.verdict).agg("; ".join)
    lines = {key: f"{VERDICT_LABELS[key]}: {text}." for key, text in by_verdict.items()}
    keys = {"results": REACHED_VERDICTS, "limits": UNREACHED_VERDICTS}
    return {part: [lines[key] for key in of if key in lines] for part, of in keys.items()}


def comparison_lines(case: Case) -> list[str]:
    """Return the sentence on the first compared figure of each objective, as notebooks have it.

    Not of what the province's own bodies did: their annex has the sums alone.
    """
    changes = rows_of_unit_code(case, case.changes)
    changes = changes[~changes["item"].str.startswith("own_")]
    arose = (changes.before != 0) | (changes.now != 0)
    compared = changes[changes.change.notna() & arose.fillna(False)]
    rows = [changes[changes.objective == slug] for slug in case.plan.by_slug]
    return [
        pad_counts(summarise_changes(own, case.plan))
        for own in rows
        if own.index.isin(compared.index).any()
    ]


def list_waiting_objectives(case: Case) -> str:
    """Return the numbers of the province's objectives that wait for the unit: "1, 4", or ""."""
    missing = missing_of(case)
    rows = missing[(missing.reporter == case.unit) & (missing.finding_unit == case.plan.province)]
    slugs = {*rows.objective}
    return ", ".join(str(one.number) for one in case.plan.objectives if one.slug in slugs)


# ---- points on which the plan is silent ----------------------------------------------------------


def opinions(case: Case) -> pd.DataFrame:
    """Return a row for each assumed or borrowed rule or target of the objectives, all text.

    Columns, with Vietnamese heads: number of the objective, sentence of the plan, open point,
    assumption, and the verdict under other readings.
    """
    rows: list[dict[str, str]] = []
    first: dict[str, int] = {}
    for slug, objective in case.plan.by_slug.items():
        points = [
            (rule.label, rule.chosen, _describe_verdict_changes(case, slug, rule.label))
            for _, rule in objective.rules.items()
            if is_assumed(rule)
        ]
        if is_assumed(objective.target):
            points.insert(0, ("Mức phải đạt", objective.target.value.words, _DEPENDS))
        for label, chosen, readings in points:
            quoted = f"như điểm {first[slug]}" if slug in first else f"“{objective.sentence}”"
            first.setdefault(slug, len(rows) + 1)
            rows.append({
                "Chỉ tiêu": str(objective.number),
                "Kế hoạch nêu": quoted,
                "Điểm chưa quy định cụ thể": label,
                "Đang tạm áp dụng": pad_counts(chosen),
                "Nếu hiểu khác": readings,
            })  # fmt: skip
    return pd.DataFrame(rows)


def count_deciding(points: pd.DataFrame) -> int:
    """Return how many of the points could change a verdict; see `opinions`."""
    return int((points["Nếu hiểu khác"] != _SAME_VERDICT).sum())


def _describe_verdict_changes(case: Case, slug: str, label: str) -> str:
    """Return each choice of a rule that would change the province's verdict, and that verdict."""
    rows = case.alternatives(slug)
    rows = rows[(rows.unit_code == case.unit) & (rows.rule == label) & (rows.choice != UNCHANGED)]
    rows = rows[rows.verdict != case.finding(slug).verdict]
    counts = counts_text(case, rows.assign(needed=pd.NA))
    texts = [
        f"{pad_counts(choice)}: {VERDICT_LABELS[verdict].lower()}"
        + (f" ({count})" if re.search(r"\d", count) else "")
        for choice, verdict, count in zip(rows.choice, rows.verdict, counts, strict=True)
    ]
    return "; ".join(texts) or _SAME_VERDICT
