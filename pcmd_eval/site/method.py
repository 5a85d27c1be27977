"""The tables that explain: every rule with its value, reason and alternatives, and what is withheld and why."""

from pcmd_eval.disclosure import Disclosure
from pcmd_eval.form import Form
from pcmd_eval.plan import Objective, Plan, Rule, Sourced
from pcmd_eval.site.grids import Cell, Grid
from pcmd_eval.site.labels import names


def rules(objective: Objective) -> Grid:
    """The targets and every rule of an objective: what holds, whose choice it is, why, and what else there could be."""
    rows = [_rule("Chỉ tiêu của tỉnh", objective.target, objective.target.value.words)]
    if district := objective.district_target:
        rows.append(_rule("Mức áp cho từng huyện", district, district.value.words))
    rows += [_rule(rule.label, rule, rule.chosen, rule) for rule in objective.rules.values()]
    return Grid(f"quy-tac-{objective.slug}", f"Quy tắc của chỉ tiêu {objective.number}", _RULE_HEADS, rows)


def common_rules(plan: Plan) -> Grid:
    """The rules that hold for every objective."""
    rows = [_rule(rule.label, rule, rule.chosen, rule) for rule in plan.rules.values()]
    return Grid("quy-tac-chung", "Quy tắc chung cho mọi chỉ tiêu", _RULE_HEADS, rows)


_RULE_HEADS = ("Quy tắc", "Đang áp dụng", "Căn cứ", "Vì sao", "Lựa chọn khác", "Nguồn")


def _rule(label: str, sourced: Sourced, value: str, rule: Rule | None = None) -> list[Cell]:
    others = "; ".join(c.label for c in rule.choices if c.value != rule.value) if rule else ""
    return [Cell(text) for text in (label, value, sourced.grounds, sourced.why, others or "không có", sourced.source)]


LEVELS = {
    "district": "số cả năm của từng đơn vị và toàn tỉnh",
    "province": "số cả năm của toàn tỉnh",
    "never": "không công bố",
}


def withheld(form: Form, rules: Disclosure) -> Grid:
    """What tells about few persons: in which form it is published at all, and why."""
    rows, sheets = [], {sheet.objective: sheet for sheet in form.sheets}
    for row in (row for row in rules.sensitive if row.objective in sheets):
        sheet = sheets[row.objective]
        columns = {column.key: column.header for column in sheet.columns}
        name = names(form, row.objective).get(row.item) or columns[row.item]
        rows.append([Cell(name), Cell(LEVELS[row.level]), Cell(row.why)])
    return Grid("nguoi", "Số liệu về ít người", ("Nội dung", "Nhiều nhất được công bố", "Lý do"), rows)
