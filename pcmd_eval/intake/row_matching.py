"""Whose a row is: its code and its label must agree, of an item of the form as of a commune.

Two signs that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number); one
strange sign alone is asked about; two that contradict each other spoil both rows they may mean.
"""

import re
from functools import cached_property
from typing import NamedTuple

from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.register import spellings
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.spelling import fold, fold_name, split_words

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")  # a code that Excel may take for a number


class Signs(NamedTuple):
    """Code and label of a row as they are written, and whose it is by them, "" for nobody's.

    `owner`: whose it surely is; `by_code`, `by_label`: the only one that each can mean; `likely`:
    the first that either can mean, its label before its code; `coded`: whether its code means any.
    """

    code: str
    label: str
    owner: str
    by_code: str
    by_label: str
    likely: str
    coded: bool


class Items:
    """The rows that the form itself has in a sheet; people may put a label in their own words.

    `names`: what they are called, by code; `every`: also those that have no row here, but may be
    meant. `key`: what a code is called; `rule`: what a row of nobody breaks; `several`: whether an
    owner may have more than one row.
    """

    key, rule, several = "mã", "unknown-code", False

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self._digits = min(map(len, names), default=0)

    # Found when the first row is read: many returns have none, since nobody sent them.

    @property
    def every(self) -> dict[str, str]:
        return self.names

    @cached_property
    def _codes(self):
        return {fold(code): code for code in self.every}

    @cached_property
    def _labels(self):
        """The codes that each spelling of a label may mean."""
        codes = {}
        for code, label in self.every.items():
            for spelling in self.spelt(label):
                codes.setdefault(spelling, []).append(code)
        return codes

    def spelt(self, label: str) -> set[str]:
        """The ways in which a label may be written."""
        return {"".join(split_words(label))}

    def later(self, label: str) -> str:
        """What of a later year a label means; of items nothing is guessed."""
        return ""

    def signs(self, code: str, label: str, typed: bool = False) -> Signs:
        """Read code and label, each on its own; `typed`: the code is a number, not text.

        A code that is written as the form writes it is enough where no label speaks against it; a
        name that is not of a commune always does.
        """
        coded = self._coded(code, typed)
        labelled = []
        for spelling in self.spelt(label):
            labelled += self._labels.get(spelling, ())
        # One that has no row here is meant only where the code means it, too.
        labelled = [owner for owner in labelled if owner in self.names or owner in coded]
        against = label if self.several else labelled
        if fold(code) in self._codes and not typed and not against:
            agreed = coded
        else:
            agreed = [owner for owner in coded if owner in labelled]
        if agreed:
            owner = agreed[0]
            return Signs(code, label, owner, owner, owner, owner, coded=True)
        likely = next(iter(labelled + coded), "")
        return Signs(code, label, "", _only(coded), _only(labelled), likely, bool(coded))

    def _coded(self, code, typed):
        """Those that a code can mean: 6.1 and 6.10 are one number, 7888 is 07888."""
        if typed:
            numbers = filter(_NUMBER.fullmatch, self._codes)
            return [number for number in numbers if float(number) == float(code)]
        written = fold(code)
        near = re.sub(r"[^0-9]+", ".", written).strip(".")
        ways = dict.fromkeys((written, near, written.zfill(self._digits)))
        return [self._codes[way] for way in ways if way in self._codes]


class Communes(Items):
    """The communes of one reporter, each with as many rows as it has forms of communication."""

    key, rule, several = "mã xã", "foreign-unit", True

    def __init__(self, plan: Plan, reporter: str) -> None:
        self._plan = plan
        self._reporter = reporter
        super().__init__(plan.communes(reporter).full_name.to_dict())

    @cached_property
    def every(self) -> dict[str, str]:
        return self.names | self._plan.communes().full_name.to_dict()

    @cached_property
    def _labels(self):
        """Also of their names alone."""
        codes = super()._labels
        for code, name in self._plan.communes().name.items():
            codes.setdefault(fold_name(name), []).append(code)
        return codes

    def spelt(self, label: str) -> set[str]:
        """As it stands, and with its type spelt out."""
        return spellings(label)

    def later(self, label: str) -> str:
        """The commune of a later year that a name means."""
        return self._plan.later.remark(label, self._reporter)


def owners(plan: Plan, sheet: Sheet, reporter: str) -> Items:
    """Those whose rows stand in a sheet: its items, or the reporter's communes.

    Nobody's are lines, before they are written.
    """
    if sheet.rows == "communes":
        return Communes(plan, reporter)
    return Items({item.code: item.label for item in sheet.items})


def _only(codes):
    return codes[0] if len(codes) == 1 else ""
