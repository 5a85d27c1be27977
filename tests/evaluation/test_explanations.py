"""The table that names the macro of each aggregation."""

import re

from pcmd_eval.evaluation.explanations import WORDINGS
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util import paths


def test_sentences_has_a_macro_for_each_aggregation_and_no_other() -> None:
    template = (paths.PACKAGE / "evaluation/sentences.j2").read_text(encoding="utf-8")
    macros = re.findall(r"{% macro (sentence_\w+)\(f\) %}", template)
    assert sorted(macros) == sorted(wording.macro for wording in WORDINGS.values())
    assert {*WORDINGS} == {known.aggregate for known in OBJECTIVES.values()}
