"""What the keys of a trace are called in print: how its parts stand, and the rules behind what a cell counted as."""

from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import Step
from pcmd_eval.tables import STANDINGS
from pcmd_eval.wording import LOOKS

# Standings of parts that are not counted themselves: quarters of cases, and sheets of models without a line.
OTHER_STANDINGS = {
    "complete": "đủ số liệu",
    "incomplete": "chưa đủ số liệu",
    "contradictory": "mâu thuẫn",
    "unhandled": "chưa xử lý hết",
    "stated": "ghi là không có mô hình",
    "silent": "chưa cho biết",
}
STANDING_WORDS = {
    **{standing.value: f"{look.shape} {look.word}" for standing, look in STANDINGS.items()},
    **{verdict.value: f"{look.shape} {look.word}" for verdict, look in LOOKS.items()},
    **OTHER_STANDINGS,
}
# What a rule is called where the plan file has no rule of that name: how the evidence itself is read.
_READING = {
    "no_model": "Ghi “không có mô hình”, hoặc chưa cho biết",
    "same_name_and_type": "Cùng tên và cùng loại là một mô hình; chỉ loại 1 được tính",
    "operating": "Đang hoạt động",
    "cutoff": "Bắt đầu không sau ngày chốt số liệu",
    "detected": "Vụ việc phát hiện (mẫu số)",
    "handled": "Vụ việc đã xử lý (tử số)",
}


def rule_words(plan: Plan, step: Step) -> str:
    """The rules by which a cell counted: each with its value in force, or how the evidence is read."""
    rules = {**plan.rules, **plan[step.observation.objective].rules}
    named = {key: f"{rules[key].label}: {rules[key].chosen}" for key in step.keys if key in rules}
    return "; ".join(named.get(key) or _READING[key] for key in step.keys)
