"""Write the sentences on findings with the macros of sentences.j2."""

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
    """The wording of a kind of finding.

    `known`: the macro of sentences.j2 on its counts; `waits`: the macro that names whose data an
    open one waits for; `facts`: the class that both macros get.
    """

    known: str
    waits: str
    facts: type[Finding]


# By the aggregation of the objective.
WORDINGS: dict[Aggregate, Wording] = {
    count_parts: Wording("known_of_parts", "waits_of_parts", PartsFinding),
    count_models: Wording("known_of_models", "waits_of_models", ModelsFinding),
    count_cases: Wording("known_of_cases", "waits_of_cases", CasesFinding),
}


class FindingWords(NamedTuple):
    """The sentences on a finding, "" where there is none.

    known: the counts; needed: the number needed; verdict: the verdict, of an open one with whose
    data it waits for; undone: plans not carried out; contribution: what a unit that missed its
    target contributes to the province's. waits: whose data decide, as part of a sentence.
    """

    known: str
    needed: str
    verdict: str
    undone: str
    contribution: str
    waits: str

    @property
    def without_contribution(self) -> str:
        """The sentences for papers, which describe contributions elsewhere."""
        return " ".join(filter(None, [self.known, self.needed, self.verdict, self.undone]))

    @property
    def reason(self) -> str:
        """The column `reason` of findings: all sentences."""
        return " ".join(filter(None, [self.without_contribution, self.contribution]))


def explain(
    plan: Plan, slug: str, rows: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[FindingWords]:
    """Return the sentences on each of `rows`, findings of the objective `slug`.

    `cells`, `steps`: those of the objective, of all units.
    """
    wording = WORDINGS[OBJECTIVES[slug].aggregate]
    facts = [wording.facts(row, plan, slug, cells, steps) for row in records_of(rows)]
    return [_word_finding(wording, facts_of_row) for facts_of_row in facts]


def _word_finding(wording: Wording, facts: Finding) -> FindingWords:
    """Return the sentences on one finding."""
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
    """Render the macro of sentences.j2 of that name on one line, with single spaces."""
    text = " ".join(getattr(load_macros("evaluation/sentences.j2"), macro)(*facts, **more).split())
    return re.sub(r"(?<=\() | (?=[.,;:)])", "", text)
