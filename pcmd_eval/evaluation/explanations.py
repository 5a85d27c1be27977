"""Word findings: each by the macro of sentences.j2 that its facts belong to."""

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
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.templates import load_macros


class Wording(NamedTuple):
    """The macro of sentences.j2 that words a finding, and the facts that it names."""

    macro: str
    facts: type[Finding]


# By how the objective of a finding is counted.
WORDINGS: dict[Aggregate, Wording] = {
    count_parts: Wording("sentence_of_parts", PartsFinding),
    count_models: Wording("sentence_of_models", ModelsFinding),
    count_cases: Wording("sentence_of_cases", CasesFinding),
}


def explain(
    plan: Plan, slug: str, rows: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """Return the sentence of each row of `rows`, the findings of one objective.

    `cells` are those of the objective.
    """
    macro, facts = WORDINGS[OBJECTIVES[slug].aggregate]
    sentences = [phrase(macro, facts(row, plan, slug, cells, steps)) for row in records_of(rows)]
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences]


def phrase(macro: str, *facts: object, **more: object) -> str:
    """Render a macro with the facts on one line, without the spaces that templates leave."""
    text = " ".join(getattr(load_macros("evaluation/sentences.j2"), macro)(*facts, **more).split())
    return re.sub(r"(?<=\() | (?=[.,;:)])", "", text)
