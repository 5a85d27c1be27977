"""The one record that notebooks, pages and documents are made from: a unit of a plan, with every
frame that may be told of it.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

import pandas as pd

from pcmd_eval.evaluation import sensitivity as choices
from pcmd_eval.evaluation.findings import counted
from pcmd_eval.evaluation.observations import made_up, received
from pcmd_eval.objectives.rules import Rule
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics import year_on_year as changes
from pcmd_eval.util import vocabulary

KEY = ["unit_code", "objective"]
Frame = TypeVar("Frame", pd.DataFrame, pd.Series)
Known = TypeVar("Known")


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One unit of one plan, with every frame that may be told of it.

    `cells` and `returns`: see observations; `findings`: the filed rows, see findings; `totals`:
    persons, by objective and item, as words; `figures`: every quantity of every unit, see
    indicators. `internal`: stays in the department; `read`: whence and when the returns were read,
    in words.
    """

    plan: Plan
    unit: str
    cells: pd.DataFrame
    returns: pd.DataFrame
    findings: pd.DataFrame
    totals: pd.DataFrame
    figures: pd.DataFrame
    internal: bool = False
    read: str = "Số liệu của bộ kết quả này."
    _known: dict[object, Any] = field(default_factory=dict, init=False)  # see `once`

    def at(self, unit: str) -> "Case":
        """The same case seen from another unit; raises InputRefused for one that sends nothing."""
        other = copy(self)  # with all that is known of every unit
        object.__setattr__(other, "unit", str(self.plan.unit(unit).name))
        return other

    def ready(self) -> None:
        """Work out what is the same for every unit: cases from `at` have it then."""
        for slug in self.plan.by_slug:
            self.under_every_choice(slug)
        _ = self.received, self.changes, self.names, self._filed, self._heard, self._detected

    def once(self, key: object, work: Callable[[], Known]) -> Known:
        """What is the same for every unit under a key: worked out where nobody did before."""
        if key not in self._known:
            self._known[key] = work()
        return self._known[key]

    def trial(self) -> "Case":
        """The same case under the mark of a trial: for pictures and workbooks of rules or figures
        of one's own.
        """
        return replace(
            self, plan=self.plan.model_copy(update={"trial": vocabulary.RULES_IN_SCENARIO})
        )

    @property
    def year(self) -> int:
        """The year of the plan."""
        return self.plan.year

    @property
    def units(self) -> pd.DataFrame:
        """The register of the plan's year, by code."""
        return self.plan.register

    @property
    def whole(self) -> bool:
        """Whether the unit is the province as a whole."""
        return self.unit == self.plan.province

    @property
    def name(self) -> str:
        """Huyện Đoan Hùng."""
        return self.plan.unit(self.unit).full_name

    @property
    def inline(self) -> str:
        """The name within a sentence: huyện Đoan Hùng."""
        return self.plan.unit(self.unit).inline_name

    @property
    def reporters(self) -> list[str]:
        """Who sends the returns behind this unit: itself, or everybody for the province."""
        return [*self.plan.reporters.index] if self.whole else [self.unit]

    @cached_property
    def received(self) -> pd.DataFrame:
        """What came of each reporter, by its code: the return that counts, else the last."""
        return received(self.returns)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Every figure beside that of the year before, see `changes`; no row where the plan names
        none.
        """
        return changes.changes(self.plan, self.figures, self.internal)

    def since(self, slug: str) -> str:
        """A sentence on the first figure of an objective that this unit has for the year before,
        too.
        """
        own = self.of_unit(self.changes)
        return changes.first(own[own.objective == slug], self.plan)

    @property
    def illustrative(self) -> bool:
        """Whether the returns are marked as made up."""
        return made_up(self.returns)

    @property
    def marks(self) -> list[str]:
        """What every page and picture says beside itself: internal, only tried, made up."""
        marks = {
            vocabulary.INTERNAL_MARK: self.internal,
            self.plan.mark: self.plan.mark,
            vocabulary.ILLUSTRATIVE_MARK: self.illustrative,
        }
        return [mark for mark, holds in marks.items() if holds]

    @cached_property
    def names(self) -> dict[str, str]:
        """What codes stand for: units, objectives by slug, rows of the form by their code."""
        titles = {slug: objective.heading for slug, objective in self.plan.by_slug.items()}
        return titles | self.plan.form.names | dict(self.units.full_name)

    def rules(self, slug: str) -> dict[str, object]:
        """The rules in force for an objective, by key: what its function in `objectives` takes."""
        return self.plan.objective(slug).rule_values

    def finding(self, slug: str) -> pd.Series:
        """The filed finding of this unit on one objective; raises InputRefused for another."""
        return self._filed.loc[(self.unit, self.plan.objective(slug).slug)]

    @cached_property
    def _filed(self) -> pd.DataFrame:
        return self.findings.set_index(KEY, drop=False)

    def in_force(self, slug: str) -> pd.DataFrame:
        """The targets and rules of an objective as they hold here, see `choices.in_force`."""
        return choices.in_force(self.plan, slug)

    def alternatives(self, slug: str) -> pd.DataFrame:
        """The findings of this unit and the province under every choice of every rule: see
        `under_every_choice`.
        """
        found = self.under_every_choice(slug)
        return found[found.unit_code.isin([self.unit, self.plan.province])].reset_index(drop=True)

    def under_every_choice(self, slug: str) -> pd.DataFrame:
        """The findings of all units under every choice, see `choices`; judged once."""
        given = (self.plan, slug, self.cells, self.findings)
        return self.once(slug, partial(choices.under_every_choice, *given))

    def decisive(self, finding: pd.Series) -> dict[str, Rule[Any]]:
        """The rules on which the verdict of a finding hangs, see `choices`."""
        return choices.decisive(self.plan, finding, self.under_every_choice(finding.objective))

    def resting(self, finding: pd.Series) -> str:
        """What a verdict rests on beside the plan's own words, see `choices`."""
        return choices.resting(self.plan, finding, self.under_every_choice(finding.objective))

    def told(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Findings as people read them, units in their order: no `low` and `value_low` where no
        cell was reported.
        """
        silent = self._unheard(findings)
        told = findings.assign(
            low=findings.low.mask(silent), value_low=findings.value_low.mask(silent)
        )
        return told.iloc[self._in_order(told.unit_code)].reset_index(drop=True)

    def counted(self, findings: pd.DataFrame) -> pd.Series:
        """The counts of findings on one line each, see `findings.counted`."""
        silent = self._unheard(findings)
        detected = findings[KEY].join(self._detected, on=KEY).value
        facts = zip(findings.to_dict("records"), silent, detected, strict=True)
        return pd.Series([counted(*fact) for fact in facts], findings.index, dtype="string")

    @cached_property
    def _detected(self) -> pd.Series:
        """How many cases were detected, as far as known, by unit and objective."""
        return self.figures[self.figures["item"] == "cases"].set_index(KEY).value.astype("Int64")

    def _unheard(self, findings):
        """Of which findings no cell was reported: there `low` is a bound, not a report of none."""
        asked = zip(findings.unit_code, findings.objective, strict=True)
        return pd.Series([pair not in self._heard for pair in asked], findings.index, dtype="bool")

    @cached_property
    def _heard(self) -> set[tuple[str, str]]:
        """Unit and objective of the findings of which a cell was reported."""
        reported = self.cells.loc[self.cells.state == "reported", ["reporter", "objective"]]
        pairs = {*reported.drop_duplicates().itertuples(index=False, name=None)}
        return pairs | {(self.plan.province, slug) for _, slug in pairs}

    def _in_order(self, codes):
        """The places of codes of units in their one order, see `Plan.reporters`; communes keep
        theirs.
        """
        return self.plan.reporters.index.get_indexer_for(codes).argsort(kind="stable")

    def own(self, frame: Frame) -> Frame:
        """The rows of a frame of this unit, for the province all in their order: by `reporter`,
        else by `unit_code`, a column or a level of the index.

        Where the index has more levels, a district's rows are told apart by the others: that of
        its one reporter is dropped.
        """
        levels = frame.index.names
        key = "reporter" if "reporter" in [*levels, *getattr(frame, "columns", ())] else "unit_code"
        units = [*self.reporters, *self.plan.communes(None if self.whole else self.unit).index]
        codes = frame.index.get_level_values(key) if key in levels else pd.Index(frame[key])
        here = codes.isin(units)
        mine = frame[here].iloc[self._in_order(codes[here])]
        if self.whole or "reporter" not in levels or len(levels) == 1:
            return mine
        return mine.droplevel("reporter")

    def of_unit(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame that are about this very unit, by `unit_code`."""
        return frame[frame.unit_code == self.unit]

    def inside(self, frame: Frame) -> Frame | str:
        """What is shown inside the department only; elsewhere a sentence that says so."""
        return frame if self.internal else "Số liệu chi tiết chỉ có trong bản lưu hành nội bộ."
