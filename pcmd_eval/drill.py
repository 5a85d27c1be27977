"""From a finding down to its cells: the table of `pcmd-eval trace` in words, for pages that stay in the department."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from pcmd_eval.bounds import Standing
from pcmd_eval.proof.trace import Step, trace
from pcmd_eval.proof.words import OTHER_STANDINGS, CellWords, period_words, rule_words
from pcmd_eval.tables import STANDINGS, Page, Sentence, Table, Value, stack
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, Verdict, number
from pcmd_eval.workings import CELLS, cell_words, reporter_name

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

COLUMNS = ("Nội dung", "Kỳ", "Ghi trong báo cáo", "Ô này tính là", "Phần được đếm", "Trang tính", "Ô")
_WHOLE = {"communication": -1, "support_model": -1}  # which part is shown: the counted one, else the smallest


def cells_page(case: "Case", slug: str) -> Page:
    """The cells behind the finding of the unit; for the province folded away, one fold for each reporter."""
    steps = trace(case.evidence, case.unit, slug)
    if not steps:
        return Sentence("Chỉ tiêu không giao cho đơn vị này nên không có ô nào.")
    if not case.whole:
        return stack(_said(case, steps), _table(case, slug, case.unit.full_name, steps))
    of_reporter: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        of_reporter[step.observation.reporter].append(step)
    units = [unit for unit in (*case.districts, case.province) if unit.code in of_reporter]
    return stack(_said(case, steps), *(_fold(case, slug, unit, of_reporter[unit.code]) for unit in units))


def _said(case: "Case", steps: list[Step]) -> Sentence:
    return Sentence(f"{case.unit.full_name}: {number(len(steps))} ô. {_standings(steps)}")


def _standings(steps: Iterable[Step]) -> str:
    count = Counter(step.counts_as for step in steps)
    parts = (f"{look.shape} {look.word}: {number(count[s])}" for s, look in STANDINGS.items() if count[s])
    return f"{'; '.join(parts)}."


def _fold(case: "Case", slug: str, unit: Unit, steps: list[Step]) -> Page:
    name = reporter_name(case, unit)
    table = _table(case, slug, name, steps)
    words = f"{name}: {number(len(steps))} ô. {_standings(steps)}"
    return Page(f"<details><summary>{escape(words)}</summary>{table.html}</details>", f"{words}\n{table.text}")


def _table(case: "Case", slug: str, name: str, steps: list[Step]) -> Table:
    words = CellWords(case.project.form, case.project.register)
    rows = [_row(case, slug, words, step) for step in steps]
    rules = list(dict.fromkeys(rule_words(case.plan, step) for step in steps))
    if len(rules) == 1:  # said once instead of in every row
        return Table(f"Từng ô của {name}. Quy tắc: {rules[0]}", COLUMNS, rows, CELLS)
    with_rule = [(*row, rule_words(case.plan, step)) for row, step in zip(rows, steps, strict=True)]
    return Table(f"Từng ô của {name}", (*COLUMNS, "Quy tắc"), with_rule, CELLS)


def _row(case: "Case", slug: str, words: CellWords, step: Step) -> tuple[Value, ...]:
    o = step.observation
    what = words.register.units[o.unit_code].full_name if slug == "communication" else words.item(o)
    part = step.parts[_WHOLE.get(slug, 0)][1]
    return (
        what,
        period_words(o.period) or "Cả năm",
        cell_words(o, case.evidence),
        step.counts_as,
        _part(part),
        o.sheet,
        o.cell,
    )


def _part(standing: str) -> Value:
    if standing in {s.value for s in Standing}:
        return Standing(standing)
    return Verdict(standing) if standing in set(LOOKS) else OTHER_STANDINGS.get(standing, standing)
