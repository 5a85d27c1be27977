"""The indicators that sum cells by period, straight from the workbooks: an oracle like
`independent`, whose reading of a workbook it shares and nothing of the package.

What is blank, unreadable or not there is unknown; so is a zero of a period that was still open.
"""

from collections.abc import Iterable, Mapping

from independent import (
    QUARTERS,
    Asked,
    Return,
    coded_values,
    communication,
    document,
    fold,
    not_expected,
    yes_no,
)
from independent import coded as row_of

MONTHS = [f"Tháng {month}" for month in range(1, 13)]
HARM, CASES, MEDIA = "3 Can thiệp", "6 Xử lý", "5 Tin bài"
# By name: objective, sheet, row of the form, and whether the province's own bodies report it too.
BY_UNIT = {
    "outreach": ("harm_reduction", HARM, "3.1.1", False),
    "testing": ("harm_reduction", HARM, "3.1.2", False),
    "supplies": ("harm_reduction", HARM, "3.1.3", False),
    "treatment": ("harm_reduction", HARM, "3.1.4", False),
    "gbv_communication": ("harm_reduction", HARM, "3.2.1", False),
    "gbv_support": ("harm_reduction", HARM, "3.2.2", False),
    "shelter": ("harm_reduction", HARM, "3.2.3", False),
    "inspections": ("enforcement", CASES, "6.1", True),
    "places": ("enforcement", CASES, "6.2", True),
    "cases": ("enforcement", CASES, "6.3", True),
    "administrative": ("enforcement", CASES, "6.4", True),
    "criminal": ("enforcement", CASES, "6.5", True),
    "pending": ("enforcement", CASES, "6.6", True),
}
OF_PROVINCE = {"newspaper": "5.1", "broadcaster": "5.2", "portal": "5.3"}
PROGRAMMES = ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6")

Quantity = tuple[int | None, str]  # the sum of what is known, and whether that is all


def quantity(values: Iterable[int | None]) -> Quantity:
    """Return the sum of known values and complete, incomplete or unknown."""
    values = [*values]
    numbers = [value for value in values if value is not None]
    state = "complete" if len(numbers) == len(values) else "incomplete" if numbers else "unknown"
    return (sum(numbers) if numbers else None), state


def quantities(returns: Mapping[str, Return], plan: Asked) -> dict[tuple[str, str], Quantity]:
    """Return the value and state of each indicator by unit and name."""
    slugs, quantity_of = {objective["slug"] for objective in plan.objectives}, {}
    units, province = [*plan.units], plan.province
    for name, (slug, sheet, code, also_province) in BY_UNIT.items():
        if slug in slugs:
            reporters = [*units, province] if also_province else units
            cells = {
                unit: coded_values(returns.get(unit), (sheet, code), QUARTERS, range(1, 5))
                for unit in reporters
            }
            quantity_of |= {(unit, name): quantity(cells[unit]) for unit in units}
            quantity_of[province, name] = quantity(value for row in cells.values() for value in row)
    if "media" in slugs:
        for name, code in OF_PROVINCE.items():
            months = coded_values(returns.get(province), (MEDIA, code), MONTHS, range(1, 13))
            quantity_of[province, name] = quantity(months)
    if "integration" in slugs:
        quantity_of |= _programmes(returns, plan)
    if "communication" in slugs:
        quantity_of |= _communes(returns, plan)
    return quantity_of


def _programmes(returns, plan):
    """Documents issued, programmes carried out, of each unit and of all."""
    quantity_of = {}
    answers = {"given": 1, "yes": 1, "none": 0, "no": 0}
    columns = {
        "documents": lambda row: answers.get(document(row.get(fold("Số, ngày văn bản")), plan)),
        "carried_out": lambda row: answers.get(yes_no(row.get(fold("Đã thực hiện")))),
    }
    for name, read in columns.items():
        of_unit = {unit: _answers(returns.get(unit), read) for unit in plan.units}
        quantity_of |= {(unit, name): quantity(answers) for unit, answers in of_unit.items()}
        every = [answer for answers in of_unit.values() for answer in answers]
        quantity_of[plan.province, name] = quantity(every)
    return quantity_of


def _answers(one, read):
    rows = {code: row_of(one, "2 Lồng ghép", code) for code in PROGRAMMES}
    return [
        None if row is None else read(row)
        for code, row in rows.items()
        if not not_expected(one, "2 Lồng ghép", code)
    ]


def _communes(returns, plan):
    """Communes of the province that surely maintain communication, and that are unknown."""
    register = {code: key for communes in plan.units.values() for code, key in communes.items()}
    rules = {key: value for (slug, key), value in plan.rules.items() if slug == "communication"}
    low = high = 0
    for unit, communes in plan.units.items():
        sure, possible = communication(returns.get(unit), communes, register, rules)
        low, high = low + sure, high + possible
    return {
        (plan.province, "communes_met"): (low, "complete"),
        (plan.province, "communes_unknown"): (high - low, "complete"),
    }
