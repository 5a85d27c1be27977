"""The sentence of every finding, which all pages and documents print, and what else is said of one:
its facts; the words stand in data/templates/sentences.j2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from pcmd_eval.objectives.aggregation import (
    Steps,
    count_cases,
    count_models,
    count_parts,
    silent_reporters,
)
from pcmd_eval.objectives.enforcement import CASES, handled_parts
from pcmd_eval.objectives.harm_reduction import limb_of
from pcmd_eval.objectives.integration import ANSWER_COLUMNS
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import join_items, lowercase_first
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.vocabulary import MAX_NAMED, PERIOD_LABELS

# The macro of data/templates/sentences.j2 that words a finding, by how its objective is counted.
SENTENCES = {
    count_parts: "sentence_of_parts",
    count_models: "sentence_of_models",
    count_cases: "sentence_of_cases",
}


def reasons(
    plan: Plan, slug: str, rows: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """Return the sentence of each row of `rows`, the findings of one objective.

    `cells` are those of the objective.
    """
    macro = SENTENCES[OBJECTIVES[slug].aggregate]
    findings = [Finding(row, plan, slug, cells, steps) for row in rows.to_dict("records")]
    sentences = [phrase(macro, finding) for finding in findings]
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences]


def phrase(macro: str, *facts: object, **more: object) -> str:
    """What a macro of the template says of the facts; its spaces and line breaks are one space."""
    text = " ".join(getattr(load_macros("sentences.j2"), macro)(*facts, **more).split())
    return re.sub(r"(?<=\() | (?=[.,;:)])", "", text)


@dataclass(frozen=True, eq=False)
class Finding:
    """What is said of a finding: its row of the table; for more than its counts also the plan, for
    its sentence the cells of the objective and its steps, too.
    """

    row: pd.Series | Mapping[str, Any]
    plan: Plan | None = None
    slug: str = ""
    all_cells: pd.DataFrame | None = None
    steps: Steps | None = None

    def __getattr__(self, name):
        """What the row holds under this name, such as `low` or `verdict`; None for <NA>."""
        if name not in self.row:
            raise AttributeError(name)
        return None if pd.isna(self.row[name]) else self.row[name]

    @property
    def unit(self):
        return self.plan.senders.inline_name[self.unit_code]

    @property
    def whole(self):
        return self.unit_code == self.plan.province

    @property
    def objective(self):
        return self.plan[self.slug]

    @property
    def target(self):
        return self.plan.target(self.slug, self.unit_code).value

    @property
    def definition(self):
        return OBJECTIVES[self.slug]

    @property
    def subject(self):
        return self.definition.subject.format(kind=self.plan.kind)

    @property
    def counts_cases(self):
        return self.definition.aggregate is count_cases

    @property
    def planned(self):
        """Whether the form asks for a plan, and whether it was carried out."""
        return self.definition.answer_columns == ANSWER_COLUMNS

    @cached_property
    def cells(self):
        """Its own cells; of the province everybody's."""
        cells = self.all_cells
        return cells if self.whole else cells[cells.reporter == self.unit_code]

    def own_parts(self, step):
        """Its own parts of a step; of the province everybody's."""
        parts = self.steps[step]
        return parts if self.whole else parts[parts.index.isin([self.unit_code], level="reporter")]

    @cached_property
    def silent(self):
        """Whether nothing at all was reported."""
        return (self.cells.state != "reported").all()

    # A count out of a known total.

    @cached_property
    def counted(self):
        """What is counted; of communes only the kinds that there are in this unit: xã, thị trấn."""
        counted = self.objective.counted
        if self.whole or self.slug not in self.plan.commune_slugs:
            return counted
        kinds = {*self.plan.communes(self.unit_code).type.str.lower()}
        return ", ".join(kind for kind in counted.split(", ") if kind in kinds) or counted

    @cached_property
    def unknown_parts(self):
        """The communes or districts that are not known, by name, where they are few."""
        *_, last = self.steps
        parts = self.own_parts(last)
        unknown = parts.index[parts.isna()]
        level = unknown.names[-1]
        if level not in ("unit_code", "reporter") or len(unknown) > MAX_NAMED:
            return ""
        names = self.plan.register.inline_name[unknown.get_level_values(level)]
        return join_items([*names])

    @cached_property
    def unplanned(self):
        """Whether a district says of every programme that it has no plan."""
        cells = self.cells
        return cells[cells.column == "document"].value.eq("none").fillna(False).all()

    @cached_property
    def done(self):
        """How many programmes surely count."""
        return int(self.own_parts("programmes").sum())

    @cached_property
    def idle(self):
        """The programmes of a district whose plan was issued and not carried out."""
        cells = self.cells
        planned = {*cells.row[(cells.column == "document") & (cells.value == "given")]}
        undone = {*cells.row[(cells.column == "carried_out") & (cells.value == "no")]}
        items = self.plan.form.sheet(self.slug).items
        return [lowercase_first(item.label) for item in items if item.code in planned & undone]

    def months(self, covered):
        """The months, as numbers, that are covered (True), are not, or may be (None)."""
        months = self.steps["months"]
        holds = months.isna() if covered is None else months.eq(covered).fillna(False)
        return [*months.index[holds].get_level_values("period").str[1:].str.lstrip("0")]

    @cached_property
    def lacking(self):
        """The cells that are not known, of those parts alone of which nobody knows whether they
        count.
        """
        parts, answers = self.own_parts(self.definition.part_step), self.steps["cells"]
        cells = self.cells.assign(limb=limb_of(self.cells))  # a level of some parts
        cells = cells[cells.index.isin(answers.index[answers.isna()])]
        cells = cells.set_index(parts.index.names, drop=False)
        cells = cells[cells.index.isin(parts.index[parts.isna()])]
        sheet, names = self.plan.form.sheet(self.slug), []
        for row, column, period in zip(cells.row, cells.column, cells.period, strict=True):
            where = (
                f"({sheet.column(column).header})"
                if column
                else lowercase_first(PERIOD_LABELS[period])
            )
            names.append(f"{row} {where}")
        return names

    # Models.

    def hosts(self, sure):
        """Who reports lines that surely count, else who reports such as may."""
        lines = self.own_parts("lines")
        return self._reporters(lines.fillna(False) if sure else lines.isna())

    @cached_property
    def doubtful_models(self):
        return int(self.steps["models"].isna().sum())

    @cached_property
    def unsaid(self):
        return [*silent_reporters(self.all_cells)]

    # Cases.

    @cached_property
    def quarters(self):
        return self.own_parts("quarters")

    @cached_property
    def contradictory(self):
        """The quarters whose figures contradict each other."""
        quarters = self.quarters
        periods = quarters.index.get_level_values("period")
        wrong = periods[quarters.contradictory.fillna(False)]
        return [lowercase_first(PERIOD_LABELS[period]) for period in wrong]

    @cached_property
    def says_something(self):
        return self.quarters[[*CASES.values()]].notna().any(axis=None)

    @cached_property
    def says_handled(self):
        return self.quarters.handled.notna().any()

    @cached_property
    def says_detected(self):
        return self.quarters.detected.notna().any()

    @cached_property
    def least_detected(self):
        """How many cases were detected at least: those that are told, or all that were handled."""
        return max(int(self.quarters.detected.sum()), int(self.low))

    def unknown_cells(self, *more):
        """The cells of cases handled, and of more of their parts, that are not known, quarter by
        quarter.
        """
        parts = [*handled_parts(self.objective.rule_values), *more]
        names = []
        for (_, period), quarter in self.quarters.iterrows():
            for code, part in CASES.items():
                if part in parts and pd.isna(quarter[part]):
                    names.append(f"{code} {lowercase_first(PERIOD_LABELS[period])}")
        return names

    @cached_property
    def unheard(self):
        """Who tells of no quarter how many cases were detected."""
        known = self.quarters.detected.notna().groupby("reporter")
        return self._reporters(~known.any())

    @cached_property
    def half_heard(self):
        """Who tells it of some quarters, but not of all."""
        known = self.quarters.detected.notna().groupby("reporter")
        return self._reporters(known.any() & ~known.all())

    @cached_property
    def left_unhandled(self):
        return self._reporters(self.steps["reporters"].verdict == "not_met")

    @cached_property
    def contradicting(self):
        wrong = self.quarters.contradictory.fillna(False)
        return self._reporters(wrong.groupby("reporter").any())

    @cached_property
    def open(self):
        """Whose verdict is open for want of figures, not because they contradict each other."""
        undecided = self._reporters(self.steps["reporters"].verdict == "undetermined")
        return [unit for unit in undecided if unit not in self.contradicting]

    def _reporters(self, holds):
        """The units for which something holds (boolean, by reporter among others)."""
        return [*holds.index.get_level_values("reporter")[holds].unique()]
