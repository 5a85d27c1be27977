"""What a document says of each objective: its finding, on what it rests, who fell short."""

import re

import pandas as pd

from pcmd_eval.analysis.case import counts_text, unit_rows
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.explanations import Finding, phrase
from pcmd_eval.evaluation.sensitivity import decisive
from pcmd_eval.objectives.aggregation import count_models, count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.reports.figure_text import with_zeros
from pcmd_eval.reports.summary import (
    UNSETTLED,
    district_findings,
    not_the_plans,
    rule_words,
    steps_of,
)
from pcmd_eval.util.formatting import join_items, lowercase_first
from pcmd_eval.util.vocabulary import STATUS_STYLES

# Another choice after "if": "if only … counts", whether or not its label has the verb.
_CHOICE = re.compile(r"^(chỉ )?(?:tính )?")


def chapters(case: Case) -> list[dict[str, object]]:
    """What is said of each objective, to a district also of the province's models: the sentence of
    its finding, what the verdict rests on, then the districts that fell short, communes or contents
    of a district. What a district contributes to is a note.
    """
    contribution = phrase("contribution", case.plan)
    said = []
    for slug, objective in case.plan.by_slug.items():
        finding = case.finding(slug)
        way = OBJECTIVES[slug].aggregate
        if finding.verdict == "not_applicable" and way is not count_models:
            continue
        lines = _otherwise(case, finding)
        if way is count_parts and objective.unit_target:
            lines += _districts(case, slug) if case.is_province else _of_district(case, slug)
        reason = finding.reason.removesuffix(f" {contribution}")
        said.append({"slug": slug, "title": objective.title, "reason": reason, "short": lines})
    return said


def _otherwise(case, finding):
    """One line on what the plan leaves open: the choices without which the verdict would be
    another, and what it would be under each of the others, with its counts where it has any.
    """
    every = case.alternatives(finding.objective, every_unit=True)
    rules = decisive(case.plan, finding, every)
    open_rules = {key: rule for key, rule in rules.items() if not_the_plans(rule)}
    if not open_rules:
        return []
    in_force = [rule_words(case, key, rule) for key, rule in open_rules.items()]
    labels = [rule.label for rule in open_rules.values()]
    others = case.alternatives(finding.objective)
    others = others[(others.unit_code == case.unit) & others.rule.isin(labels)]
    others = others[others.verdict != finding.verdict]
    has_parts = OBJECTIVES[finding.objective].aggregate is count_parts and finding.target != "1"
    counts = counts_text(case, others) if has_parts else [""] * len(others)
    would_be = zip(others.choice.map(_if), others.verdict, counts, strict=True)
    return [phrase("otherwise", in_force, [*would_be])]


def _if(choice):
    return _CHOICE.sub(r"nếu \1tính ", with_zeros(choice.partition(" (")[0]))


def _districts(case, slug):
    """Which districts fell short, and of which nobody can know yet, with their counts. Where each
    district does a thing or does not, there are no counts, and those that fell short are all.
    """
    rows = district_findings(case, slug)
    about = Finding(rows.iloc[0], case.plan, slug)
    names = case.units.inline_name[rows.index]
    groups = {"fell_short": rows.verdict == "not_met"}
    if about.target.shape != "own":
        groups["left_open"] = rows.verdict == "undetermined"
        counts = counts_text(
            case, rows.assign(needed=pd.NA)
        )  # the line has said how many are needed
        names += " (" + counts + ")"
    return [phrase(macro, about, [*names[of]]) for macro, of in groups.items() if of.any()]


def _of_district(case, slug):
    """A line for each group of its communes or contents that is not empty."""
    groups = _communes(case, slug) if slug in case.plan.commune_slugs else _contents(case, slug)
    return [f"{lead}: {names}." for lead, names in groups.items() if names]


def _communes(case, slug):
    short, unknown = communes_short(case, slug)
    names = case.units.inline_name[short.index]
    groups = {"Chưa duy trì thường xuyên": short, UNSETTLED.capitalize(): unknown}
    return {lead: join_items([*names[of]]) for lead, of in groups.items()}


def communes_short(case: Case, slug: str) -> tuple[pd.Series, pd.Series]:
    """Which communes of the unit do not count, and of which nobody can know yet (boolean)."""
    counts = case.own(steps_of(case, slug)["communes"])
    return ~counts.fillna(True), counts.isna()


def _contents(case, slug):
    """Which programmes or kinds of activities a district carried out, which not, and of which
    nobody can know yet, but for those that the finding names.

    Nothing where none was carried out and all are in one of the other groups: the finding says so.
    """
    rows = unit_rows(case, case.figures)
    rows = rows[(rows.objective == slug) & rows.measure.isna()]  # answers, no sums
    labels = rows.label.map(lowercase_first)
    cells = case.cells[case.cells.objective == slug]
    named = Finding(case.finding(slug), case.plan, slug, cells).planned_not_done
    labels = labels[~labels.isin(named)]
    by_word = labels.groupby(rows.words).agg("; ".join)
    done, not_done = OBJECTIVES[slug].done_label, OBJECTIVES[slug].not_done_label
    leads = {True: done, False: not_done, None: UNSETTLED.capitalize()}
    groups = {lead: by_word.get(STATUS_STYLES[answer].word, "") for answer, lead in leads.items()}
    return groups if groups[done] or (groups[not_done] and groups[leads[None]]) else {}
