"""Every rule has its message, and every message its rule."""

from pcmd_eval.intake.issues import CHECK_COLUMNS, ISSUE_RULES, Issue, check_table, issue_table
from pcmd_eval.util.templates import load_macros


def test_rules_and_macros_name_each_other() -> None:
    module = load_macros("intake/faults.j2")
    macros = {name for name in vars(module) if callable(getattr(module, name)) and name[0] != "_"}
    assert {rule.replace("-", "_") for rule in ISSUE_RULES} == macros


def test_check_table_puts_note_and_confirmation_behind_the_message() -> None:
    issues = issue_table(
        [
            Issue(
                "note", "228", "a.xlsx", rule="x", message="Sai.", note="nt", confirmed="An, 1/1"
            ),
            Issue("stop", "228", "a.xlsx", rule="y", message="Hỏng."),
        ]
    )
    table = check_table(issues)
    assert tuple(table.columns) == CHECK_COLUMNS
    assert [*table.message] == [
        "Hỏng.",
        "Sai. Ghi chú của đơn vị: “nt”. Đã xác nhận (An, 1/1).",
    ]
