"""What the keys of a trace are called in print: cells and parts, how they stand, and the rules that counted them."""

from functools import cached_property

from pcmd_eval.form import Column, Form
from pcmd_eval.observations import Observation
from pcmd_eval.plan import Plan
from pcmd_eval.proof.trace import Step
from pcmd_eval.tables import STANDINGS
from pcmd_eval.units import Register
from pcmd_eval.wording import LOOKS
from pcmd_eval.workings import QUARTERS, read_as

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


# ---- cells and parts ------------------------------------------------------------------------------------------------

# The columns of sheet 4, whose rows have no code of the form.
_COLUMNS = {"name": "tên", "type": "loại", "start": "ngày bắt đầu", "operating": "đang hoạt động"}
_SAID_NONE = "none:name"


def item_words(form: Form) -> dict[tuple[str, str], str]:
    """The rows with a code, and the columns with a key, as the form calls them."""
    words = {(sheet.objective, item.code): f"{item.code} {item.label}" for sheet in form.sheets for item in sheet.items}
    for sheet in form.sheets:
        for column in sheet.asked:
            for item in sheet.items:
                if not column.main:
                    words[sheet.objective, f"{item.code}:{column.key}"] = f"{item.code} {item.label}: {_inline(column)}"
    return words


def _inline(column: Column) -> str:
    """A column's header inside a sentence."""
    return column.header[:1].lower() + column.header[1:]


def period_words(period: str) -> str:
    """A quarter or a month; "" for what is asked once a year."""
    return QUARTERS.get(period) or ("" if period == "Y" else f"Tháng {int(period[1:])}")


def part_name(part: str, register: Register) -> str:
    """A part for people: 01234/Q1 is "01234 Xã An Bình, Quý I", M03 is "Tháng 3"."""
    if part[:1] == "M":
        return period_words(part)
    named = []
    for place in part.split("+"):
        code, _, rest = place.partition("/")
        named.append(", ".join(filter(None, (f"{code} {register.units[code].full_name}", QUARTERS.get(rest, rest)))))
    return " + ".join(named)


class CellWords:
    """What cells are called, by the words of one form and the names of one register."""

    def __init__(self, form: Form, register: Register) -> None:
        self.form, self.register = form, register

    @cached_property
    def _items(self) -> dict[tuple[str, str], str]:
        return item_words(self.form)

    def item(self, o: Observation) -> str:
        """The row, and where it has several of them the column."""
        if known := self._items.get((o.objective, o.item)):
            return known
        code, _, column = o.item.partition(":")
        if o.item == _SAID_NONE:
            return "Không có mô hình"
        return f"Dòng {code.partition('.')[2]}: {_COLUMNS.get(column, column)}" if column else code

    def about(self, o: Observation) -> str:
        """What the cell is about: its commune, unless it is the reporter's own, and its row."""
        unit = self.register.units.get(o.unit_code)
        named = f"{unit.code} {unit.full_name}" if unit and o.unit_code != o.reporter else ""
        return ": ".join(filter(None, (named, self.item(o))))

    def place(self, o: Observation) -> str:
        """File, sheet, cell, and in brackets what the cell is about."""
        unit = self.register.units.get(o.reporter)
        file = o.file or f"báo cáo của {unit.full_name if unit else o.reporter}"
        about = ", ".join(filter(None, (self.about(o), period_words(o.period))))
        return f"{', '.join(filter(None, (file, o.sheet, o.cell and f'ô {o.cell}')))} ({about})"

    def parts(self, step: Step) -> str:
        """The parts that the cell is counted in, each with its standing."""
        return "; ".join(f"{part_name(name, self.register)}: {STANDING_WORDS[how]}" for name, how in step.parts)


def seen(o: Observation) -> str:
    """What a cell was read as, and what was written if that is not the same."""
    read = read_as(o)
    return read if not o.raw or o.raw in (o.value, read) else f"{read} (viết: {o.raw})"
