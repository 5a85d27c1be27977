"""The facts of a finding, by name, for the macros of sentences.j2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.objectives.aggregation import (
    Steps,
    count_cases,
    silent_reporters,
    unbounded_reporters,
)
from pcmd_eval.objectives.definition import Definition
from pcmd_eval.objectives.enforcement import handled_parts
from pcmd_eval.objectives.integration import ANSWER_COLUMNS
from pcmd_eval.objectives.registry import OBJECTIVES, AnyObjective
from pcmd_eval.objectives.support_model import model_names, models_of_lines
from pcmd_eval.objectives.targets import Target
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import join_items, lowercase_first
from pcmd_eval.util.vocabulary import MAX_NAMED, OPEN_VERDICTS


@dataclass(frozen=True, eq=False)
class FindingRow:
    """A row of findings whose columns are attributes, None for <NA>."""

    row: pd.Series | Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a value of the row, such as `low` or `verdict`; None for <NA>."""
        if name not in self.row:
            raise AttributeError(name)
        return None if pd.isna(self.row[name]) else self.row[name]


@dataclass(frozen=True, eq=False)
class Finding(FindingRow):
    """The facts of a finding, for the macros of sentences.j2; properties are computed on use.

    `slug`: its objective; `all_cells`, `steps`: those of the objective, of all units. Macros that
    need neither may leave both out.
    """

    plan: Plan
    slug: str
    all_cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    steps: Steps = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The name of the unit within a sentence: huyện Đoan Hùng."""
        return self.plan.senders.inline_name[self.unit_code]

    @cached_property
    def open_until(self) -> str:
        """The latest cut-off (ISO) of the unit's open cells; "" without one or for the province."""
        days = self.cells.cutoff[self.cells.state == "open"].dropna()
        return "" if self.is_province else max(days, default="")

    @property
    def unit_type(self) -> str:
        """The type of the unit in lower case: huyện."""
        return str(self.plan.unit(self.unit_code)["type"]).lower()

    @property
    def is_province(self) -> bool:
        """Return whether the finding is that of the whole province."""
        return self.unit_code == self.plan.province

    @property
    def objective(self) -> AnyObjective:
        """The objective as the plan has it."""
        return self.plan[self.slug]

    @property
    def target(self) -> Target:
        """The target of the unit; an AssertionError where the plan sets none."""
        target = self.plan.target(self.slug, self.unit_code)
        assert target, f"{self.slug} is not asked of {self.unit_code}"
        return target.value

    @property
    def definition(self) -> Definition:
        """The objective as code."""
        return OBJECTIVES[self.slug]

    @property
    def subject(self) -> str:
        """See `Definition.subject`."""
        return self.definition.subject.format(kind=self.plan.kind)

    @property
    def counts_cases(self) -> bool:
        """Return whether the finding is on detected and handled cases."""
        return self.definition.aggregate is count_cases

    @property
    def asks_for_documents(self) -> bool:
        """Return whether the objective's sheet asks for documents and whether they were carried
        out.
        """
        return self.definition.answer_columns == ANSWER_COLUMNS

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The cells of the unit; for the province those of all reporters."""
        cells = self.all_cells
        return cells if self.is_province else cells[cells.reporter == self.unit_code]

    def parts_of(self, step: str) -> pd.Series | pd.DataFrame:
        """Return the unit's parts of a step; for the province those of all reporters."""
        parts = self.steps[step]
        if self.is_province:
            return parts
        return parts[parts.index.isin([self.unit_code], level="reporter")]

    @cached_property
    def is_silent(self) -> bool:
        """Return whether no cell of the unit was filled readably."""
        return not self.cells.state.isin(FILLED_STATES).any()

    def _reporters_where(self, mask: pd.Series) -> list[str]:
        """Return the reporters of the True rows of `mask`, which has a level `reporter`."""
        return [*mask.index.get_level_values("reporter")[mask].unique()]


@dataclass(frozen=True, eq=False)
class PartsFinding(Finding):
    """The facts of a finding that counts communes, units, programmes or months."""

    @cached_property
    def counted(self) -> str:
        """The noun for what is counted; for communes only the types that the unit has."""
        counted = self.objective.counted
        if self.is_province or self.slug not in self.plan.commune_slugs:
            return counted
        kinds = {*self.plan.communes(self.unit_code).type.str.lower()}
        return ", ".join(kind for kind in counted.split(", ") if kind in kinds) or counted

    @cached_property
    def unknown_names(self) -> str:
        """The names of the communes or units whose parts are <NA>: "xã A và xã B".

        "" if there are more than `MAX_NAMED`, or the parts are neither communes nor units.
        """
        *_, last = self.steps
        parts = self.parts_of(last)
        unknown = parts.index[parts.isna()]
        level = unknown.names[-1]
        if level not in ("unit_code", "reporter") or len(unknown) > MAX_NAMED:
            return ""
        names = self.plan.register.inline_name[unknown.get_level_values(level)]
        return join_items([*names])

    @property
    def counts_periods(self) -> bool:
        """Return whether the parts are periods of the province's own return."""
        return self.steps[[*self.steps][-1]].index.names[-1] == "period"

    @cached_property
    def has_no_plan(self) -> bool:
        """Return whether the unit reports "none" as the document of every programme."""
        cells = self.cells
        return cells[cells.column == "document"].value.eq("none").fillna(False).all()

    @cached_property
    def counted_programmes(self) -> int:
        """The number of programmes that surely count."""
        return int(self.parts_of("programmes").sum())

    @cached_property
    def planned_not_done(self) -> list[str]:
        """The programmes of the unit whose plan was issued and not carried out."""
        cells = self.cells
        planned = {*cells.row[(cells.column == "document") & (cells.value == "given")]}
        undone = {*cells.row[(cells.column == "carried_out") & (cells.value == "no")]}
        items = self.plan.form.sheet(self.slug).items
        return [lowercase_first(item.label) for item in items if item.code in planned & undone]


@dataclass(frozen=True, eq=False)
class ModelsFinding(Finding):
    """The facts of a finding that counts models."""

    @cached_property
    def _line_models(self) -> pd.DataFrame:
        """The unit's lines, by reporter and row.

        counts: whether the line counts, model: whether its model does (both boolean); is_named:
        whether the line has a name (bool); key: its model, see `model_keys`.
        """
        cells, counts = self.cells, self.parts_of("lines")
        model = models_of_lines(cells)[counts.index]
        is_named = model_names(cells).notna().groupby([cells.reporter, cells.row]).any()
        return pd.DataFrame({
            "counts": counts,
            "is_named": is_named.reindex(counts.index),
            "key": model,
            "model": model.map(self.steps["models"]).astype("boolean"),
        })  # fmt: skip

    @cached_property
    def sure_hosts(self) -> list[str]:
        """The reporters of the lines that surely count."""
        return self._reporters_where(self.parts_of("lines").fillna(False))

    @cached_property
    def possible_hosts(self) -> list[str]:
        """The reporters of the lines that may count (<NA>)."""
        return self._reporters_where(self.parts_of("lines").isna())

    @cached_property
    def hosts_of_models(self) -> list[str]:
        """The reporters of the models that surely count."""
        lines = self._line_models
        return self._reporters_where((lines.counts & lines.model).fillna(False))

    def hosts_of_unknown(self, is_named: bool) -> list[str]:
        """Return the reporters of the models that may count, with a name or without."""
        lines = self._line_models
        may_count = lines.counts.fillna(True) & lines.model.isna() & (lines.is_named == is_named)
        return self._reporters_where(may_count)

    def unknown_models(self, is_named: bool) -> int:
        """Return the number of the models that may count, with a name or without."""
        lines = self._line_models[self._line_models.is_named == is_named]
        return lines.key[lines.model.isna()].nunique()

    @cached_property
    def units_without_model_data(self) -> list[str]:
        """Those of `silent_reporters` that have no open cell either."""
        cells = self.all_cells
        is_open = cells.state.eq("open").groupby(cells.reporter).any()
        return [*silent_reporters(cells).difference(is_open.index[is_open], sort=False)]

    @cached_property
    def unbounded_units(self) -> list[str]:
        """The reporters that sent no list of models, or one that may still grow."""
        return [*unbounded_reporters(self.all_cells)]

    @cached_property
    def deciding_units(self) -> list[str]:
        """The reporters whose models may count, or that may still add one."""
        named = {*self.hosts_of_unknown(True), *self.hosts_of_unknown(False), *self.unbounded_units}
        return [unit for unit in self.plan.reporters.index if unit in named]


@dataclass(frozen=True, eq=False)
class CasesFinding(Finding):
    """The facts of a finding on detected and handled cases."""

    @cached_property
    def quarters(self) -> pd.DataFrame:
        """The unit's quarters, see `enforcement`."""
        return self.parts_of("quarters")

    @property
    def _handled_parts(self) -> list[str]:
        """The columns of `quarters` that count as handled."""
        return handled_parts(self.objective.rule_values)

    @cached_property
    def last_day(self) -> str:
        """The earliest cut-off (ISO) before the end of the year, "" without one."""
        days = self.cells.cutoff.dropna()
        return min([*days[days < f"{self.plan.year}-12-31"]], default="")

    @cached_property
    def has_handled(self) -> bool:
        """Return whether any quarter has a number of handled cases."""
        return self.quarters.handled.notna().any()

    @cached_property
    def has_detected(self) -> bool:
        """Return whether any quarter has a number of detected cases."""
        return self.quarters.detected.notna().any()

    @cached_property
    def least_detected(self) -> int:
        """The minimum of detected cases: in each quarter those reported or the sum of parts."""
        parts = self.quarters[["administrative", "criminal", "pending"]].sum(axis=1)
        return int(self.quarters[["detected"]].assign(parts=parts).max(axis=1).sum())

    @property
    def lacks_handled(self) -> bool:
        """Return whether the handled cases of a quarter are unknown, or only a minimum."""
        return not self.quarters.final.all()

    @cached_property
    def units_without_detected(self) -> list[str]:
        """The reporters without a final number of detected cases in any quarter."""
        known = self.quarters.total.notna().groupby("reporter")
        return self._reporters_where(~known.any())

    @cached_property
    def units_with_some_detected(self) -> list[str]:
        """The reporters with a final number of detected cases in some quarters, not in all."""
        known = self.quarters.total.notna().groupby("reporter")
        return self._reporters_where(known.any() & ~known.all())

    @cached_property
    def units_with_unhandled(self) -> list[str]:
        """The reporters with the verdict not_met."""
        return self._reporters_where(self.steps["reporters"].verdict == "not_met")

    @cached_property
    def undecided_units(self) -> list[str]:
        """The reporters with an open verdict."""
        return self._reporters_where(self.steps["reporters"].verdict.isin(OPEN_VERDICTS))

    @cached_property
    def are_pending(self) -> bool:
        """Return whether pending cases explain the unhandled ones (and do not count as handled)."""
        return "pending" not in self._handled_parts and self._unhandled_quarters.pending.sum() > 0

    @cached_property
    def unhandled(self) -> int:
        """The number of unhandled cases: the pending if `are_pending`, else detected - handled."""
        quarters = self._unhandled_quarters
        cases = quarters.pending if self.are_pending else quarters.detected - quarters.handled
        return int(cases.sum())

    @cached_property
    def _unhandled_quarters(self) -> pd.DataFrame:
        """The quarters with a case that is not handled."""
        return self.quarters[self.quarters.unhandled]
