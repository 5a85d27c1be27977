"""Formulas of the audit workbook: macros and the tables that choose them."""

import re

from pcmd_eval.audit.formulas import PART_FORMULAS
from pcmd_eval.objectives.aggregation import count_parts
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.util import paths

MACRO = re.compile(r"{% macro (\w+)\(")
CALL = re.compile(r"audit_formula\(\s*\"(\w+)\"")


def test_formulas_template_has_exactly_the_macros_that_are_used() -> None:
    text = (paths.TEMPLATES / "formulas.j2").read_text(encoding="utf-8")
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (paths.ROOT / "pcmd_eval" / "audit").glob("*.py")
    )
    chosen = {macro for macros in PART_FORMULAS.values() for macro in macros}
    counts = {"low", "high", "total"}  # named in one loop
    macros = {*MACRO.findall(text)}
    helpers = {name for name in macros if re.search(rf"(?<!macro ){name}\(", text)}
    used = {*CALL.findall(code), *chosen, *counts}
    assert used <= macros <= used | helpers


def test_part_formulas_cover_exactly_the_objectives_that_count_parts() -> None:
    counting = {slug for slug, known in OBJECTIVES.items() if known.aggregate is count_parts}
    assert PART_FORMULAS.keys() == counting
    assert all(OBJECTIVES[slug].method for slug in PART_FORMULAS)
