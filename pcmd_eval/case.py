"""The one record that notebooks, pages and documents are made from, and the proof that a finding is
the filed one.
"""

import os
from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pcmd_eval import changes, disclosure, indicators, paths, words
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import read_csv
from pcmd_eval.findings import COLUMNS, DTYPES, counted, evaluate, judge, unheard
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.observations import load_tables, received
from pcmd_eval.plan import Plan, load_plan
from pcmd_eval.rules import Rule

KEY = ["unit_code", "objective"]
held: dict[tuple[str, str, bool], "Case"] = {}  # by what `filed` was given: opened by a server
Frame = TypeVar("Frame", pd.DataFrame, pd.Series)
closed: list[
    dict[str, str]
] = []  # the rows that close_case() has compared: what the batch takes as proof


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
    _judged: dict[str, pd.DataFrame] = field(
        default_factory=dict, init=False
    )  # by objective, see under_every_choice

    def __repr__(self) -> str:
        return (
            f"Case({self.plan.name}, {self.unit} {self.name}: cells {self.cells.shape}, "
            f"{', '.join(self.marks)})"
        )

    def at(self, unit: str) -> "Case":
        """The same case seen from another unit; raises InputRefused for one that sends no return."""
        other = copy(self)  # with all that is known of every unit
        object.__setattr__(other, "unit", str(self.plan.unit(unit).name))
        return other

    def trial(self) -> "Case":
        """The same case under the mark of a trial: for pictures and workbooks of rules or figures
        of one's own.
        """
        return replace(self, plan=self.plan.model_copy(update={"trial": words.THEN}))

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
        """What came of each reporter, by its code: the return that counts, else the last there is."""
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
        own = self.changes[(self.changes.unit_code == self.unit) & (self.changes.objective == slug)]
        return changes.first(own, self.plan)

    @property
    def illustrative(self) -> bool:
        """Whether the returns are marked as made up."""
        return bool((self.returns.illustrative == "yes").any())

    @property
    def marks(self) -> list[str]:
        """What every page and picture says beside itself: internal, only tried, or made-up figures."""
        marks = {
            words.INTERNAL: self.internal,
            self.plan.mark: self.plan.mark,
            words.ILLUSTRATIVE: self.illustrative,
        }
        return [mark for mark, holds in marks.items() if holds]

    @cached_property
    def names(self) -> dict[str, str]:
        """What codes stand for: units, objectives by slug, rows of the form by their code."""
        titles = {o.slug: f"{o.number}. {o.title}" for o in self.plan.objectives}
        return words.LIMBS | titles | self.plan.form.names | dict(self.units.full_name)

    def rules(self, slug: str) -> dict[str, object]:
        """The rules in force for an objective, by key: what its function in `objectives` takes."""
        return self.plan.values(slug)

    def finding(self, slug: str) -> pd.Series:
        """The filed finding of this unit on one objective."""
        return self.findings.set_index(KEY, drop=False).loc[(self.unit, slug)]

    def in_force(self, slug: str) -> pd.DataFrame:
        """The targets and rules of an objective as they hold here: columns rule, choice, basis,
        why, source.
        """
        objective = self.plan[slug]
        targets = {
            f"Chỉ tiêu của {self.plan.kind}": objective.target,
            f"Mức áp dụng cho từng {self.plan.each}": objective.district_target,
        }
        held = [(label, target.value.words, target) for label, target in targets.items() if target]
        rules = (rule for _, rule in (*objective.rules.items(), *self.plan.rules.items()))
        held += [(rule.label, rule.chosen, rule) for rule in rules]
        rows = [(*said, one.grounds, one.why, one.source) for *said, one in held]
        return pd.DataFrame(
            rows, columns=["rule", "choice", "basis", "why", "source"], dtype="string"
        )

    def alternatives(self, slug: str) -> pd.DataFrame:
        """The findings of this unit and the province under every choice of every rule: see
        `under_every_choice`.
        """
        found = self.under_every_choice(slug)
        return found[found.unit_code.isin([self.unit, self.plan.province])].reset_index(drop=True)

    def under_every_choice(self, slug: str) -> pd.DataFrame:
        """The findings of all units under every other choice of every rule, one rule at a time.

        Columns rule and choice (in words; first as the plan has it), then those of findings.
        """
        if slug not in self._judged:
            filed = self.findings[self.findings.objective == slug]
            others = [
                judge(other.plan, slug, self.cells).assign(
                    rule=other.rule.label, choice=other.choice.label
                )
                for other in self.plan.alternatives(slug)
            ]
            in_force = filed.assign(rule="Theo các quy tắc đang áp dụng", choice="")
            found = pd.concat([in_force, *others], ignore_index=True)[["rule", "choice", *COLUMNS]]
            self._judged[slug] = found.astype({"rule": "string", "choice": "string"})
        return self._judged[slug]

    def decisive(self, finding: pd.Series) -> dict[str, Rule[Any]]:
        """The rules, by key, of which another choice alone would change the verdict of a finding."""
        found = self.under_every_choice(finding.objective)
        changed = found.rule[
            (found.unit_code == finding.unit_code) & (found.verdict != finding.verdict)
        ]
        return {
            key: rule
            for key, rule in self.plan[finding.objective].rules.items()
            if rule.label in {*changed}
        }

    def resting(self, finding: pd.Series) -> str:
        """What a verdict rests on beside the plan's own words: decisive rules and a target of
        another's, by grounds.
        """
        held, target = defaultdict(list), self.plan.target(finding.objective, finding.unit_code)
        for rule in self.decisive(finding).values():
            held[rule.grounds].append(f"{rule.label[:1].lower()}{rule.label[1:]} – {rule.chosen}")
        if (
            target
            and target.basis != "plan"
            and target.value.shape != "own"
            and finding.verdict in ("met", "not_met")
        ):
            held[target.grounds].append(f"mức yêu cầu – {target.value.words}")
        return "; ".join(f"{grounds}: {'; '.join(own)}" for grounds, own in sorted(held.items()))

    def told(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Findings as people read them, units in their order: no `low` and `value_low` where no
        cell was reported.
        """
        silent = unheard(findings, self.cells, self.plan.province)
        told = findings.assign(
            low=findings.low.mask(silent), value_low=findings.value_low.mask(silent)
        )
        return told.iloc[self._in_order(told.unit_code)].reset_index(drop=True)

    def counted(self, findings: pd.DataFrame) -> pd.Series:
        """The counts of findings on one line each, see `findings.counted`."""
        silent = unheard(findings, self.cells, self.plan.province)
        cases = self.figures[self.figures["item"] == "cases"].set_index(KEY).value.astype("Int64")
        known = findings[KEY].join(cases, on=KEY).value
        said = [counted(row, silent[at], known[at]) for at, row in findings.iterrows()]
        return pd.Series(said, findings.index, dtype="string")

    def _in_order(self, codes: pd.Series | pd.Index) -> np.ndarray:
        """The places of codes of units in their one order, see `Plan.reporters`; communes keep
        theirs.
        """
        return self.plan.reporters.index.get_indexer_for(codes).argsort(kind="stable")

    def own(self, frame: Frame) -> Frame:
        """The rows of a frame of this unit, for the province all in their order: by `reporter`,
        else by `unit_code`.

        Either is a column or a level of the index; among other levels, that of the one reporter is
        dropped.
        """
        levels = frame.index.names
        key = "reporter" if "reporter" in [*levels, *getattr(frame, "columns", ())] else "unit_code"
        units = [*self.reporters, *self.plan.communes(None if self.whole else self.unit).index]
        codes = frame.index.get_level_values(key) if key in levels else pd.Index(frame[key])
        mine = frame[codes.isin(units)].iloc[self._in_order(codes[codes.isin(units)])]
        return (
            mine.droplevel(key)
            if "reporter" in levels and len(levels) > 1 and not self.whole
            else mine
        )

    def inside(self, frame: Frame) -> Frame | str:
        """What is shown inside the department only; elsewhere a sentence that says so."""
        return frame if self.internal else "Số liệu chi tiết chỉ có trong bản lưu hành nội bộ."


def open_case(plan: str, unit: str) -> Case:
    """The case of one unit; raises InputRefused for a plan or a unit that is unknown or not text.

    The batch names the folder of its tables in PCMD_TABLES; without it the returns themselves are
    read and evaluated.
    """
    for name, value in (("plan", plan), ("unit", unit)):
        if not isinstance(value, str):
            raise InputRefused(
                f"Tham số “{name}” phải là văn bản đặt trong dấu nháy, không phải {value!r}. "
                f"Gọi papermill thì ghi “-r {name} {value}”; tùy chọn -p biến chữ số thành số."
            )
    if tables := os.environ.get("PCMD_TABLES"):
        asked = (plan, tables, os.environ.get("PCMD_INTERNAL") == "1")
        return (held.get(asked) or filed(*asked)).at(unit)
    loaded = load_plan(plan)
    chosen = str(loaded.unit(unit).name)
    folder = Path(os.environ.get("PCMD_RETURNS") or paths.returns_folder(loaded.name))
    intake, now = read_returns(loaded, folder), datetime.now()
    files = words.number(int(intake.returns.file.notna().sum()))
    read = f"Đã đọc {files} tệp trong {folder} lúc {now:%H:%M}, {words.long_date(now)}."
    totals = disclosure.totals(intake.cells, disclosure.load_disclosure())
    findings = evaluate(loaded, intake.cells)
    figures = indicators.figures(loaded, intake.cells, intake.returns)
    frames = (intake.cells, intake.returns, findings, totals, figures)
    return Case(loaded, chosen, *frames, internal=True, read=read)


def filed(plan: str, tables: str, internal: bool) -> Case:
    """The province's case in the tables of a folder, beside which a plan of a file lies."""
    folder = Path(tables)
    loaded = load_plan(str(folder / plan) if plan.endswith(".yaml") else plan)
    cells, returns = load_tables(folder, loaded)
    findings = read_csv(folder / "findings.csv", DTYPES)
    totals = read_csv(folder / "totals.csv", {})
    figures = read_csv(folder / "indicators.csv", indicators.DTYPES)
    frames = (cells, returns, findings, totals, figures)
    return Case(loaded, loaded.province, *frames, internal)


def close_case(case: Case, findings: pd.DataFrame) -> str:
    """Compare rows of findings with the filed ones, text by text, and note those of this unit in
    `closed`.

    Gives a sentence to show; raises AssertionError that names every difference.
    """
    found, filed = (
        frame[[*COLUMNS]].astype("string").fillna("") for frame in (findings, case.findings)
    )
    found, filed = found.set_index(KEY, drop=False), filed.set_index(KEY, drop=False)
    differs = found.ne(filed.reindex(found.index, fill_value="")).stack()
    wrong = [
        f"{slug} của đơn vị {unit}, cột {column}" for unit, slug, column in differs[differs].index
    ]
    own = found[found.unit_code == case.unit]
    wrong += [] if len(own) else [f"không có kết quả nào của {case.inline}"]
    if wrong:
        raise AssertionError(f"Không khớp với findings.csv: {'; '.join(wrong)}.")
    closed.extend(own.to_dict("records"))
    return "Kết quả đã được đếm lại độc lập và trùng khớp."
