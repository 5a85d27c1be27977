"""The summary of a document: how the objectives ended, what is still open, a row for each target
and the choices it rests on.
"""

import re

import pandas as pd

from pcmd_eval.analysis.case import cached, unit_rows
from pcmd_eval.analysis.missing_data import deciding_cells
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.explanations import Finding, phrase
from pcmd_eval.objectives.aggregation import Steps, count_cases, count_models, count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.reports.figure_text import in_sentence, with_zeros
from pcmd_eval.statistics.indicators import words_by_name
from pcmd_eval.util.formatting import lowercase_first
from pcmd_eval.util.vocabulary import MAX_NAMED, VERDICT_STYLES

# In the source of a number: a province's text, without force in another.
_LOCAL = re.compile(r"\b(?:UBND|HĐND)\b")
UNSETTLED = VERDICT_STYLES["undetermined"].word.lower()
_NOTHING = ("–", "0", UNSETTLED)


def judged_findings(case: Case) -> list[pd.Series]:
    """The findings of the unit on what the plan asks of it, in the plan's order."""
    findings = [case.finding(slug) for slug in case.plan.by_slug]
    return [finding for finding in findings if finding.verdict != "not_applicable"]


def numbers_by_verdict(case: Case) -> dict[str, list[int]]:
    """The numbers of these objectives by their verdict."""
    numbers: dict[str, list[int]] = {}
    for finding in judged_findings(case):
        numbers.setdefault(finding.verdict, []).append(case.plan[finding.objective].number)
    return numbers


def open_verdicts(case: Case) -> str:
    """What would settle each verdict that is still open; a notice lists the cells."""
    unsettled = [finding for finding in judged_findings(case) if finding.verdict == "undetermined"]
    return "; ".join(_still_open(case, finding) for finding in unsettled)


def _still_open(case, finding):
    slug = finding.objective
    about = Finding(finding, case.plan, slug)
    if OBJECTIVES[slug].aggregate is not count_parts:
        cells = deciding_cells(case.plan, case.cells, finding.to_frame().T)
        return phrase("still_open", about, len(cells), "")
    rows = district_findings(case, slug)
    units = rows.index[(rows.high > rows.low).fillna(False)]
    where = case.plan.listed(units) if len(units) <= MAX_NAMED else ""
    return phrase("still_open", about, None, where)


def district_findings(case: Case, slug: str, *more: str) -> pd.DataFrame:
    """The findings of the districts, and of more units, on one objective, by code."""
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[[*case.plan.reporting_units.index, *more]].rename_axis(None)


# ---- a row of the summary ------------------------------------------------------------------------


def target_row(case: Case, finding: pd.Series) -> dict[str, object]:
    """What is asked, what was done, the verdict, and the choices it rests on."""
    objective = case.plan[finding.objective]
    look = VERDICT_STYLES[finding.verdict]
    rules = [rule_words(case, key, r) for key, r in objective.rules.items() if not_the_plans(r)]
    return {
        "number": objective.number,
        "title": objective.title,
        "asked": phrase("asked", Finding(finding, case.plan, objective.slug)),
        "done": _done(case, finding),
        "verdict": f"{look.shape} {look.word}",
        "rule": "; ".join([*_borrowed(case, finding), *rules]),
    }


def _done(case, finding):
    """What was done: models by their counts, else what the sentence of the finding says of it."""
    if OBJECTIVES[finding.objective].aggregate is count_models:
        return _models(case)
    return phrase("done", _with_facts(case, finding))


def _with_facts(case, finding):
    """A finding with all that its sentence is made from."""
    slug = finding.objective
    cells = case.cells[case.cells.objective == slug]
    return Finding(finding, case.plan, slug, cells, steps_of(case, slug))


def steps_of(case: Case, slug: str) -> Steps:
    """The steps of an objective: the same for every unit."""
    return cached(case, (steps_of, slug), lambda: case.plan.steps(slug, case.cells))


def _models(case):
    so = words_by_name(case.figures, case.unit)
    counts = {"models": "mô hình", "models_unknown": "chưa đủ thông tin"}
    words = {what: so.get(item, "–") for item, what in counts.items()}
    known = [in_sentence(count, what) for what, count in words.items() if count not in _NOTHING]
    return "; ".join(known) or UNSETTLED


def cases(case: Case) -> str:
    """How many cases were detected and handled: in the words of the finding wherever the document
    says it.
    """
    counted = case.plan.slugs_counted_by(count_cases)
    return phrase("cases", _with_facts(case, case.finding(counted[0]))) if counted else ""


def _borrowed(case, finding):
    """Whose number it is that is asked for, where it is not the plan's own."""
    target = case.plan.target(finding.objective, case.unit)
    if target.status != "borrowed":
        return []
    words = settings_of(case.plan.review).target_words
    undated = re.sub(r" ngày [\d/]+", "", target.source)
    source = re.sub(r"^(\w+ \w+) (?=\d)", r"\1 số ", undated)
    text = words["local" if _LOCAL.search(target.source) else "national"]
    return [text.format(source=source, words=target.value.words)]


def not_the_plans(rule: Rule) -> bool:
    """Whether a choice is not the plan's own."""
    return rule.status in ("borrowed", "assumption")


def rule_words(case: Case, key: str, rule: Rule) -> str:
    """A choice by which it was judged, in each document and row alike."""
    text = settings_of(case.plan.review).rule_words.get(key, f"{rule.label}: {{}}")
    return text.format(with_zeros(rule.chosen))


def outlets(case: Case) -> str:
    """How many pieces each outlet published, as the form names them."""
    rows = unit_rows(case, case.figures)
    rows = rows[rows["item"].isin(load_settings().outlets) & (rows.words != "–")]
    return "; ".join(rows.label.map(lowercase_first) + " " + rows.words.map(in_sentence))
