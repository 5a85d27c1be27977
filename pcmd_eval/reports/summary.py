"""The summary of a paper: returns, verdicts, open points, a row for each target, and proposals."""

import re
from collections.abc import Iterator
from functools import partial

import pandas as pd

from pcmd_eval.analysis.case import (
    Case,
    cached,
    is_province,
    latest_returns,
    reporters_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.missing_data import (
    count_missing,
    deciding_cells,
    describe_cells,
    missing_of,
)
from pcmd_eval.analysis.reporting_status import INCOMPLETE_STATES, list_cutoffs
from pcmd_eval.evaluation.explanations import SENTENCES, Finding, phrase
from pcmd_eval.evaluation.observations import COUNTED_STATES
from pcmd_eval.evaluation.sensitivity import decisive_rules
from pcmd_eval.objectives.aggregation import Steps, count_cases, count_models, count_parts
from pcmd_eval.objectives.enforcement import CASES
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.report_settings import load_settings, settings_of
from pcmd_eval.reports.placeholders import in_sentence, pad_counts, silent_units
from pcmd_eval.statistics.indicators import words_by_name
from pcmd_eval.util.formatting import join_items
from pcmd_eval.util.vocabulary import MAX_NAMED, VERDICT_STYLES

say = partial(phrase, template="papers.j2")  # renders a macro of that template
UNDETERMINED = VERDICT_STYLES["undetermined"].word.lower()
MOST_UNITS_LISTED = 12  # names in a sentence; more are counted
# The source of a borrowed number is a province's document, which does not bind another province.
_PROVINCIAL = re.compile(r"\b(?:UBND|HĐND)\b")
_NO_COUNT = ("–", "0", UNDETERMINED)


# ---- the lines above the table -------------------------------------------------------------------


def judged_findings(case: Case) -> list[pd.Series]:
    """Return the findings of the unit on what the plan asks of it, in the plan's order."""
    findings = [case.finding(slug) for slug in case.plan.by_slug]
    return [finding for finding in findings if finding.verdict != "not_applicable"]


def numbers_by_verdict(case: Case) -> dict[str, list[int]]:
    """Return the numbers of the objectives that the plan asks of the unit, by verdict."""
    numbers: dict[str, list[int]] = {}
    for finding in judged_findings(case):
        numbers.setdefault(finding.verdict, []).append(case.plan[finding.objective].number)
    return numbers


def verdict_line(case: Case) -> str:
    """Return a sentence on the objectives by verdict, naming those missed on an assumption."""
    assumed = [
        case.plan[finding.objective].number
        for finding in judged_findings(case)
        if finding.verdict == "not_met" and rests_on_assumption(case, finding)
    ]
    return say("verdicts", numbers_by_verdict(case), assumed)


def rests_on_assumption(case: Case, finding: pd.Series) -> bool:
    """Return whether the target is not the plan's, or an assumed rule decides the verdict."""
    every = case.alternatives(finding.objective, every_unit=True)
    open_rules = map(is_assumed, decisive_rules(case.plan, finding, every).values())
    return finding.basis != "plan" or any(open_rules)


def coverage(case: Case) -> str:
    """Return a sentence on the returns that the figures rest on, and on incomplete or missing ones.

    It has the day of each late return.
    """
    rows = latest_returns(case).loc[reporters_of(case)]
    counted = rows.index[rows.state.isin(COUNTED_STATES)]
    units = {state: [*rows.index[rows.state == state]] for state in INCOMPLETE_STATES}
    missing = count_missing(missing_of(case)).index
    gaps = [unit for unit in counted if unit in missing and unit not in units["partial"]]
    units["gaps"] = gaps if is_province(case) else []
    late = rows.sent[rows.late.fillna(False)]
    if not case.plan.binding_deadline:  # none is late; the day of the last one is a fact
        late = late[late == late.max()]
    return say("coverage", case, [*counted], units, late)


def period(case: Case) -> str:
    """Return the period of the figures, up to the cut-off days of the returns."""
    return say("until", list_cutoffs(case.returns, reporters_of(case)))


def open_verdicts(case: Case) -> str:
    """Return for each open verdict how many cells, or which units, would settle it; "" for none."""
    unsettled = [finding for finding in judged_findings(case) if finding.verdict == "undetermined"]
    return "; ".join(_open_text(case, finding) for finding in unsettled)


def _open_text(case, finding):
    """Return what an open verdict waits for: cells, or units where it counts parts."""
    slug = finding.objective
    about = Finding(finding, case.plan, slug)
    if OBJECTIVES[slug].aggregate is not count_parts:
        cells = deciding_cells(case.plan, case.cells, finding.to_frame().T)
        return say("still_open", about, len(cells), "")
    rows = unit_findings(case, slug)
    open_units = rows.index[(rows.high > rows.low).fillna(False)]
    names = case.plan.listed(open_units) if len(open_units) <= MAX_NAMED else ""
    return say("still_open", about, None, names)


def lines_by_verdict(case: Case) -> Iterator[str]:
    """Yield a sentence for each objective: how many reporting units met it, missed it, are open."""
    units = case.plan.reporting_units.index
    for slug, objective in case.plan.by_slug.items():
        verdicts = unit_findings(case, slug).verdict
        if (verdicts != "not_applicable").any():
            met = int(verdicts.isin(["met", "none_arose"]).sum())
            others = [int((verdicts == verdict).sum()) for verdict in ("not_met", "undetermined")]
            yield say("by_verdict", case.plan, objective, met, *others, len(units))


def unit_findings(case: Case, slug: str, *more: str) -> pd.DataFrame:
    """Return the findings on one objective by code: of the reporting units, then of the units
    `more`.
    """
    rows = case.findings[case.findings.objective == slug].set_index("unit_code", drop=False)
    return rows.loc[[*case.plan.reporting_units.index, *more]].rename_axis(None)


def list_names(case: Case, units: pd.Index | list[str], suffixes: pd.Series | None = None) -> str:
    """Return the names of units in a sentence, or their number where they are many.

    `suffixes`: a text after each name, by code. With areas, the number says in how many areas, and
    names the areas with most.
    """
    names = case.units.inline_name[[*units]]
    if len(names) <= MOST_UNITS_LISTED:
        return join_items([*(names if suffixes is None else names + suffixes[names.index])])
    counted = f"{len(names)} đơn vị"
    if case.plan.areas.empty:
        return counted
    areas = case.units.area_name[[*units]].value_counts()
    most = areas[areas == areas.max()]
    if len(most) > MAX_NAMED or areas.max() == 1:
        return f"{counted} ở {len(areas)} khu vực"
    return f"{counted} ở {len(areas)} khu vực (nhiều nhất: {join_items([*most.index])})"


# ---- a row of the summary ------------------------------------------------------------------------


def target_row(case: Case, finding: pd.Series) -> dict[str, object]:
    """Return a row of the summary by column: number, title, asked, done, verdict, rule (all text
    but the number).
    """
    objective = case.plan[finding.objective]
    style = VERDICT_STYLES[finding.verdict]
    about = Finding(finding, case.plan, objective.slug)
    # Under the table of a notice a note says that its numbers are assumed: all, or those marked.
    is_marked = is_province(case) or any(one.basis == "plan" for one in judged_findings(case))
    rules = objective.rules.items()
    assumed = [rule_words(case, key, rule) for key, rule in rules if is_assumed(rule)]
    return {
        "number": objective.number,
        "title": objective.title,
        "asked": say("asked", about, is_marked),
        "done": _done(case, finding),
        "verdict": f"{style.shape} {style.word}",
        "rule": "; ".join([*_borrowed_targets(case, finding), *assumed]),
    }


def _done(case, finding):
    """Return the result: the counts of models, else the part of the finding's sentence on it."""
    if OBJECTIVES[finding.objective].aggregate is count_models:
        return _count_known_models(case)
    return say("done", finding_with_facts(case, finding))


def finding_with_facts(case: Case, finding: pd.Series, missing_text: str = "") -> Finding:
    """Return a finding with its cells and steps, from which sentences are rendered.

    `missing_text`: what to say of missing data, instead of the codes of cells.
    """
    slug = finding.objective
    cells = case.cells[case.cells.objective == slug]
    return Finding(finding, case.plan, slug, cells, steps_of(case, slug), missing_text=missing_text)


def reason_text(case: Case, finding: pd.Series) -> str:
    """Return the reason of a finding; for a unit with missing cells in words instead of codes."""
    if is_province(case) and OBJECTIVES[finding.objective].aggregate is count_cases:
        return say("sentence_of_all_cases", finding_with_facts(case, finding))
    if not is_province(case) and OBJECTIVES[finding.objective].aggregate is count_models:
        return say("hosts_models", finding_with_facts(case, finding))
    missing = missing_of(case)
    is_own = (missing.finding_unit == case.unit) & (missing.objective == finding.objective)
    if is_province(case) or not is_own.any():
        return finding.reason
    missing_text = f"số liệu {describe_cells(case.plan, missing[is_own])}"
    macro = SENTENCES[OBJECTIVES[finding.objective].aggregate]
    sentence = phrase(macro, finding_with_facts(case, finding, missing_text))
    return sentence[:1].upper() + sentence[1:]


def steps_of(case: Case, slug: str) -> Steps:
    """Return the steps of an objective; computed once for all units."""
    return cached(case, (steps_of, slug), lambda: case.plan.steps(slug, case.cells))


def _count_known_models(case):
    """Return the numbers of models that count and that may count, without zeros."""
    words = words_by_name(case.indicators, case.unit)
    measures = {"models": "mô hình", "models_unknown": "chưa đủ thông tin"}
    counts = [(words.get(item, "–"), measure) for item, measure in measures.items()]
    known = [in_sentence(count, measure) for count, measure in counts if count not in _NO_COUNT]
    return "; ".join(known) or UNDETERMINED


def cases(case: Case) -> str:
    """Return a sentence on the cases detected, handled and pending; "" if the plan counts none."""
    counted = case.plan.slugs_counted_by(count_cases)
    if not counted:
        return ""
    return say("cases", finding_with_facts(case, case.finding(counted[0])), _pending(case))


def _pending(case):
    """Return the number of pending cases, for the province with the reporters; "" for none or
    unknown.
    """
    words = words_by_name(case.indicators, case.unit).get("pending", "–")
    if words.rstrip("*") in _NO_COUNT:
        return ""
    is_pending = case.cells["item"].map(CASES) == "pending"
    pending = case.cells[is_pending & case.cells.some.fillna(False)]
    where = f" ({list_names(case, [*pending.reporter.unique()])})" if is_province(case) else ""
    return f"{in_sentence(words, 'vụ việc')} đang xử lý{where}"


def _borrowed_targets(case, finding):
    """Return [a text on the source of the target] if it is borrowed, else []."""
    target = case.plan.target(finding.objective, case.unit)
    if target.status != "borrowed":
        return []
    words = settings_of(case.plan.review).target_words
    undated = re.sub(r" ngày [\d/]+", "", target.source)
    source = re.sub(r"^(\w+ \w+) (?=\d)", r"\1 số ", undated)
    text = words["local" if _PROVINCIAL.search(target.source) else "national"]
    return [text.format(source=source, words=target.value.words)]


def is_assumed(rule: Rule) -> bool:
    """Return whether a rule or target is not the plan's own and not confirmed."""
    return rule.status in ("borrowed", "assumption")


def rule_words(case: Case, key: str, rule: Rule) -> str:
    """Return the value of a rule in force as a text, by the pattern of data/review.yaml if any."""
    text = settings_of(case.plan.review).rule_words.get(key, f"{rule.label}: {{}}")
    return text.format(pad_counts(rule.chosen))


def outlets(case: Case) -> str:
    """Return the known number of pieces that each outlet published, as one text."""
    rows = rows_of_unit_code(case, case.indicators)
    rows = rows[rows["item"].isin(load_settings().outlets) & (rows.words != "–")]
    return "; ".join(rows.label + " " + rows.words.map(in_sentence))


# ---- sentences that the department may keep ------------------------------------------------------


def proposals(case: Case) -> dict[str, list[str]]:
    """Return sentences on the verdicts that the department may keep, by `results` and `limits`.

    Each list has at most two.
    """
    plan = case.plan
    titles: dict[str, list[str]] = {}
    judged = judged_findings(case)
    for finding in judged:
        titles.setdefault(finding.verdict, []).append(plan[finding.objective].title)
    results = []
    if met := titles.get("met"):
        results.append(say("reached", plan, met, len(judged)))
    units = plan.reporting_units.index
    findings = case.findings[case.findings.unit_code.isin(units)]
    findings = findings[findings.verdict != "not_applicable"]
    is_met = findings.verdict.isin(["met", "none_arose"]).groupby(findings.unit_code).all()
    if full := [unit for unit in units if is_met.get(unit, False)]:
        names = list_names(case, full) if len(full) <= MOST_UNITS_LISTED else ""
        results.append(say("reached_by_all", plan, len(full), names, len(units)))
    limits = []
    if not_met := titles.get("not_met"):
        limits.append(say("not_reached", not_met))
    if (undecided := titles.get("undetermined")) or silent_units(case):
        silent = list_names(case, silent_units(case)) if silent_units(case) else ""
        sentence = say("left_undecided", undecided or [], silent)
        limits.append(sentence[:1].upper() + sentence[1:])
    return {"results": results, "limits": limits}
