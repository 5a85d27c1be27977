"""Write the sentences on findings with the macros of sentences.j2."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.finding_facts import (
    Facts,
    cases_facts,
    finding_facts,
    models_facts,
    observed_facts,
    parts_facts,
)
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
from pcmd_eval.util.templates import render_phrase


class Wording(NamedTuple):
    """The wording of a kind of finding.

    `known`: the macro of sentences.j2 on its counts; `waits`: the macro that names whose data an
    open one waits for; `facts`: the function that adds the facts of such a finding to those of
    `finding_facts`.
    """

    known: str
    waits: str
    facts: Callable[[Facts, pd.DataFrame, Steps], Facts]


# By the aggregation of the objective.
WORDINGS: dict[Aggregate, Wording] = {
    count_parts: Wording("known_of_parts", "waits_of_parts", parts_facts),
    count_models: Wording("known_of_models", "waits_of_models", models_facts),
    count_cases: Wording("known_of_cases", "waits_of_cases", cases_facts),
}


class FindingWords(NamedTuple):
    """The sentences on a finding, "" where there is none.

    known: the counts; needed: the number needed; verdict: the verdict, of an open one with whose
    data it waits for; until: the counts up to the cut-off, for papers, if a finding on cases lacks
    the days after it alone; unfinished_plans: plans not carried out; contribution: what a unit that
    missed its target contributes to the province's. waits: whose data decide, as part of a
    sentence.
    """

    known: str
    until: str
    needed: str
    verdict: str
    unfinished_plans: str
    contribution: str
    waits: str

    @property
    def in_papers(self) -> str:
        """The sentences for papers, which describe contributions elsewhere."""
        return self._replace(known=self.until or self.known, contribution="").reason

    @property
    def reason(self) -> str:
        """The column `reason` of findings: all sentences."""
        sentences = [self.known, self.needed, self.verdict, self.unfinished_plans]
        return " ".join(filter(None, [*sentences, self.contribution]))


def explain(
    plan: Plan,
    slug: str,
    rows: pd.DataFrame,
    cells: pd.DataFrame,
    steps: Steps,
    in_paper: bool = False,
) -> list[FindingWords]:
    """Return the sentences on each of `rows`, findings of the objective `slug`.

    `cells`, `steps`: those of the objective, of all units. `in_paper`: next to a table of counts,
    whose words the sentences repeat.
    """
    wording = WORDINGS[OBJECTIVES[slug].aggregate]
    words = []
    for row in records_of(rows):
        facts = finding_facts(plan, row) | {"in_paper": in_paper}
        facts |= observed_facts(facts, cells) | wording.facts(facts, cells, steps)
        words.append(_word_finding(wording, facts))
    return words


def _word_finding(wording: Wording, facts: Facts) -> FindingWords:
    """Return the sentences on one finding."""
    meaning, open_until = facts["meaning"], facts["open_until"]
    waits = phrase(wording.waits, facts) if meaning.is_open else ""
    known = phrase(wording.known, facts)
    if known and meaning.is_judged and open_until:
        known = f"tính đến {format_short_date(open_until)}, {lowercase_first(known)}"
    return FindingWords(
        known=known[:1].upper() + known[1:],
        until=phrase("known_until", facts),
        needed=phrase("needed", facts),
        verdict=phrase("verdict", facts, waits),
        unfinished_plans=phrase("unfinished_plans", facts),
        contribution=phrase("contribution", facts),
        waits=waits,
    )


def phrase(macro: str, *facts: object) -> str:
    """Render the macro of sentences.j2 of that name; see `render_phrase`."""
    return render_phrase("evaluation/sentences.j2", macro, *facts)
