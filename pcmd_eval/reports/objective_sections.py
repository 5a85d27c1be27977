"""Sections of a paper by objective: finding, units that fell short, open points of the plan."""

import re

import pandas as pd

from pcmd_eval.analysis.case import Case, counts_text, is_province, rows_of_unit_code
from pcmd_eval.analysis.missing_data import describe_cells, missing_of
from pcmd_eval.evaluation.explanations import Finding, phrase
from pcmd_eval.evaluation.sensitivity import UNCHANGED
from pcmd_eval.objectives.aggregation import count_models, count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports.placeholders import commune_kinds, pad_counts
from pcmd_eval.reports.summary import (
    UNDETERMINED,
    is_assumed,
    list_names,
    reason_text,
    say,
    steps_of,
    unit_findings,
)
from pcmd_eval.util.formatting import join_or_count, lowercase_first
from pcmd_eval.util.vocabulary import MAX_NAMED, STATUS_STYLES

# What a choice begins with: in a sentence with "nếu" it needs the verb, "(chỉ) tính", once.
_CHOICE_VERB = re.compile(r"^(chỉ )?(?:tính )?")


def chapters(case: Case) -> list[dict[str, object]]:
    """Return a section for each objective of the unit: `slug`, `title`, `reason`, `short`.

    `reason`: the sentence of the finding; `short`: lines on the units that fell short, or on the
    unit's own communes, contents or models. Models have a section for every unit. That a unit
    contributes to the province's target is said once, in a note of the paper.
    """
    contribution = phrase("contribution", case.plan)
    sections: list[dict[str, object]] = []
    for slug, objective in case.plan.by_slug.items():
        finding = case.finding(slug)
        aggregate = OBJECTIVES[slug].aggregate
        if finding.verdict == "not_applicable" and aggregate is not count_models:
            continue
        if aggregate is count_models and not is_province(case) and not _may_host(case, finding):
            continue
        lines = []
        if aggregate is count_parts and objective.unit_target:
            lines = _units_short(case, slug) if is_province(case) else _unit_parts(case, slug)
        elif aggregate is count_models and not is_province(case):
            lines = _other_models(case, slug)
        reason = reason_text(case, finding).removesuffix(f" {contribution}")
        if not is_province(case):  # a notice is short: a paragraph for each objective
            reason, lines = " ".join([reason, *lines]), []
        # Word counts the chapters; where one was left out the number is not the objective's.
        is_counted = objective.number == len(sections) + 1
        title = objective.title + ("" if is_counted else f" (chỉ tiêu {objective.number})")
        sections.append({"slug": slug, "title": title, "reason": reason, "short": lines})
    return sections


def _may_host(case, finding):
    """Return whether a unit has a model, of any type, or may have one."""
    cells = case.unit_rows(case.cells[case.cells.objective == finding.objective])
    return bool((cells.row != "none").any() or (cells.state != "reported").any())


def _units_short(case, slug):
    """Return a line on the units that fell short, and one on the open ones, with their counts.

    Where each unit counts as a whole there are no counts, and no line on open units: the sentence
    of the finding names them.
    """
    rows = unit_findings(case, slug)
    about = Finding(rows.iloc[0], case.plan, slug)
    groups = {"fell_short": rows.verdict == "not_met"}
    counts = None
    if about.target.shape != "own" and not case.plan.communes_report:
        groups["left_open"] = rows.verdict == "undetermined"
        # Without the number needed, which the line says first.
        counts = " (" + counts_text(case, rows.assign(needed=pd.NA)) + ")"
    return [
        say(macro, about, list_names(case, rows.index[of], counts))
        for macro, of in groups.items()
        if of.any()
    ]


def _unit_parts(case, slug):
    """Return a line for each group of the unit's communes or contents; [] where communes report."""
    if slug not in case.plan.commune_slugs:
        groups = _list_carried_out(case, slug)
    elif case.plan.communes_report:
        return []
    else:
        groups = _unit_communes(case, slug)
    return [f"{lead}: {names}." for lead, names in groups.items() if names]


def _unit_communes(case, slug):
    """Return the names of the unit's communes that do not count, and of unknown ones, by label."""
    short, unknown = communes_short(case, slug)
    names = case.units.inline_name[short.index]
    groups = {"Chưa duy trì thường xuyên": short}
    if unknown.sum() > MAX_NAMED:  # few ones are named by the sentence of the finding
        groups[UNDETERMINED.capitalize()] = unknown
    kinds = commune_kinds(case.plan, case.plan.communes(case.unit).type)
    return {lead: join_or_count([*names[of]], noun=kinds) for lead, of in groups.items()}


def communes_short(case: Case, slug: str) -> tuple[pd.Series, pd.Series]:
    """Return for each commune of the unit whether it does not count, and whether it is unknown.

    Both are boolean series, by unit_code; for the province by reporter and unit_code.
    """
    counts = case.unit_rows(steps_of(case, slug)["communes"])
    return ~counts.fillna(True), counts.isna()


def _list_carried_out(case, slug):
    """Return the programmes or activities carried out, not carried out, and unknown, by label.

    Those that the finding names are left out. Returns {} where none was carried out and all are in
    one group: the finding says so.
    """
    rows = rows_of_unit_code(case, case.indicators)
    rows = rows[(rows.objective == slug) & rows.measure.isna()]  # no measure: an answer, not a sum
    labels = rows.label.map(lowercase_first)
    cells = case.cells[case.cells.objective == slug]
    named = Finding(case.finding(slug), case.plan, slug, cells).planned_not_done
    labels = labels[~labels.isin(named)]
    by_word = labels.groupby(rows.words).agg("; ".join)
    definition = OBJECTIVES[slug]
    done, not_done = definition.done_label, definition.not_done_label
    leads = {True: done, False: not_done, None: UNDETERMINED.capitalize()}
    groups = {lead: by_word.get(STATUS_STYLES[key].word, "") for key, lead in leads.items()}
    return groups if groups[done] or (groups[not_done] and groups[leads[None]]) else {}


def _other_models(case, slug):
    """Return a line for the models of each type that does not count, and one for the open ones."""
    cells = case.unit_rows(case.cells[(case.cells.objective == slug) & (case.cells.row != "none")])
    types = cells[cells.column == "type"].value.dropna()
    words = load_settings().model_types
    counted = next(iter(words))
    lines = [
        say("other_models", count, kind, words.get(kind, ""))
        for kind, count in types[types != counted].value_counts(sort=False).items()
    ]
    missing = missing_of(case)
    missing = missing[missing.index.isin(cells.index)]
    missing = missing[~missing.index.duplicated()]
    if len(missing):
        described = describe_cells(case.plan, missing)
        lines.append(say("open_models", missing.row.nunique(), described))
    return lines


# ---- points on which the plan is silent ----------------------------------------------------------


def opinions(case: Case) -> pd.DataFrame:
    """Return a row for each assumed or borrowed rule or target of the objectives, all text.

    Columns, with Vietnamese heads: number of the objective, sentence of the plan ("nt" where it
    repeats), open point, assumption, and the verdict under other readings.
    """
    rows = []
    for slug, objective in case.plan.by_slug.items():
        finding = case.finding(slug)
        points = [
            (rule.label, rule.chosen, _other_readings(case, finding, rule))
            for _, rule in objective.rules.items()
            if is_assumed(rule)
        ]
        if is_assumed(objective.target):
            points.insert(0, ("Mức phải đạt", objective.target.value.words, "–"))
        for label, chosen, readings in points:
            rows.append(
                {
                    "Chỉ tiêu": str(objective.number),
                    "Kế hoạch nêu": f"“{objective.sentence}”",
                    "Điểm chưa quy định cụ thể": label,
                    "Đang tạm áp dụng": pad_counts(chosen),
                    "Nếu hiểu khác": readings,
                }
            )
    frame = pd.DataFrame(rows)
    if len(frame):
        frame["Kế hoạch nêu"] = frame["Kế hoạch nêu"].mask(frame.duplicated("Kế hoạch nêu"), "nt")
    return frame


def _other_readings(case, finding, rule):
    """Return the choices of a rule that would change the verdict, each with that verdict."""
    others = case.alternatives(finding.objective)
    others = others[(others.unit_code == case.unit) & (others.rule == rule.label)]
    others = others[others.choice != UNCHANGED]
    others = others[others.verdict != finding.verdict]
    if others.empty:
        return "kết luận không đổi"
    is_counted = OBJECTIVES[finding.objective].aggregate is count_parts
    counts = counts_text(case, others.assign(needed=pd.NA)) if is_counted else [""] * len(others)
    readings = zip(others.choice.map(_reading_text), others.verdict, counts, strict=True)
    return "; ".join(say("other_reading", *reading) for reading in readings)


def _reading_text(choice):
    """Return the label of a choice as it follows "nếu", without its remark in parentheses."""
    return _CHOICE_VERB.sub(r"\1tính ", pad_counts(choice.partition(" (")[0]))
