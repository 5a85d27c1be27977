"""Every rule has its message, and every message its rule."""

from pcmd_eval.office.intake.issues import ISSUE_RULES
from pcmd_eval.util.templates import load_macros


def test_rules_and_macros_name_each_other() -> None:
    module = load_macros("office/intake/issues.j2")
    macros = {name for name in vars(module) if callable(getattr(module, name)) and name[0] != "_"}
    assert {rule.replace("-", "_") for rule in ISSUE_RULES} == macros
