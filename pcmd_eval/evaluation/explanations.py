"""Word findings by the macros of sentences.j2 that their facts belong to."""

import re
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.finding_facts import CasesFinding, Finding, ModelsFinding, PartsFinding
from pcmd_eval.objectives.aggregation import (
    Aggregate,
    Steps,
    count_cases,
    count_models,
    count_parts,
)
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_short_date, lowercase_first
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.vocabulary import JUDGED_VERDICTS, VERDICTS


class Wording(NamedTuple):
    """The macros of sentences.j2 on what is known of a finding and on who decides an open one, and
    the facts that they name.
    """

    known: str
    waits: str
    facts: type[Finding]


# By how the objective of a finding is counted.
WORDINGS: dict[Aggregate, Wording] = {
    count_parts: Wording("known_of_parts", "waits_of_parts", PartsFinding),
    count_models: Wording("known_of_models", "waits_of_models", ModelsFinding),
    count_cases: Wording("known_of_cases", "waits_of_cases", CasesFinding),
}


class FindingWords(NamedTuple):
    """The sentences on a finding, "" where there is none.

    known: what is counted; needed: the number it is held against; verdict: with who decides an open
    one; undone: plans not carried out; contribution: of a unit that fell short of the province's
    target. waits: who decides, as a part of a sentence.
    """

    known: str
    needed: str
    verdict: str
    undone: str
    contribution: str
    waits: str

    @property
    def own(self) -> str:
        """The sentences without the contribution, which papers say once."""
        return " ".join(filter(None, [self.known, self.needed, self.verdict, self.undone]))

    @property
    def reason(self) -> str:
        """The column `reason` of findings: all of it."""
        return " ".join(filter(None, [self.own, self.contribution]))


def explain(
    plan: Plan, slug: str, rows: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[FindingWords]:
    """Return the words on each row of `rows`, the findings of one objective.

    `cells` are those of the objective.
    """
    wording = WORDINGS[OBJECTIVES[slug].aggregate]
    facts = [wording.facts(row, plan, slug, cells, steps) for row in records_of(rows)]
    return [_word(wording, own) for own in facts]


def _word(wording: Wording, facts: Finding) -> FindingWords:
    """Return the words on one finding."""
    is_open = VERDICTS[facts.verdict].is_open
    waits = phrase(wording.waits, facts) if is_open else ""
    known = phrase(wording.known, facts)
    if known and facts.verdict in JUDGED_VERDICTS and facts.open_until:
        known = f"tính đến {format_short_date(facts.open_until)}, {lowercase_first(known)}"
    return FindingWords(
        known=known[:1].upper() + known[1:],
        needed=phrase("needed", facts),
        verdict=phrase("verdict", facts, waits),
        undone=phrase("unfinished", facts),
        contribution=phrase("contribution", facts),
        waits=waits,
    )


def phrase(macro: str, *facts: object, **more: object) -> str:
    """Render a macro with the facts on one line, without the spaces that templates leave."""
    text = " ".join(getattr(load_macros("evaluation/sentences.j2"), macro)(*facts, **more).split())
    return re.sub(r"(?<=\() | (?=[.,;:)])", "", text)
