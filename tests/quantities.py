"""The indicators that sum cells by period, straight from the workbooks: an oracle like
`independent`, whose reading of a workbook it shares and nothing of the package.

What is blank, unreadable, contradictory or not there is unknown; what is open counts as far as it
stands, and leaves its sum incomplete. So does a count of what is sure beside unknown parts.
"""

from collections.abc import Iterable, Mapping

from independent import (
    HEADERS,
    PROGRAMMES,
    QUARTERS,
    Asked,
    Cell,
    Unit,
    at_period,
    communication,
    not_expected,
)

MONTHS = [period for period in HEADERS if period[0] == "M"]
HARM, CASES, MEDIA = "harm_reduction", "enforcement", "media"
# By name: objective, row of the form, and whether the province's own bodies report it too.
BY_UNIT = {
    "outreach": (HARM, "3.1.1", False),
    "testing": (HARM, "3.1.2", False),
    "supplies": (HARM, "3.1.3", False),
    "treatment": (HARM, "3.1.4", False),
    "gbv_communication": (HARM, "3.2.1", False),
    "gbv_support": (HARM, "3.2.2", False),
    "shelter": (HARM, "3.2.3", False),
    "inspections": (CASES, "6.1", True),
    "places": (CASES, "6.2", True),
    "cases": (CASES, "6.3", True),
    "administrative": (CASES, "6.4", True),
    "criminal": (CASES, "6.5", True),
    "pending": (CASES, "6.6", True),
}
OF_PROVINCE = {"newspaper": "5.1", "broadcaster": "5.2", "portal": "5.3"}

NUMBERS = {"given": 1, "yes": 1, "none": 0, "no": 0}

Quantity = tuple[int | None, str]  # the sum of what is known, and whether that is all


def quantity(cells: Iterable[Cell | None]) -> Quantity:
    """Return the sum of what stands and complete, incomplete or unknown."""
    cells = [*cells]
    floors = [cell.floor for cell in cells if cell and cell.floor is not None]
    is_all = all(cell and cell.state == "reported" for cell in cells)
    state = "complete" if is_all else "incomplete" if floors else "unknown"
    return (sum(NUMBERS.get(value, value) for value in floors) if floors else None), state


def quantities(returns: Mapping[str, Unit], plan: Asked) -> dict[tuple[str, str], Quantity]:
    """Return the value and state of each indicator by unit and name."""
    slugs, quantity_of = {objective["slug"] for objective in plan.objectives}, {}
    units, province = [*plan.units], plan.province
    for name, (slug, code, also_province) in BY_UNIT.items():
        if slug in slugs:
            reporters = [*units, province] if also_province else units
            cells = {unit: at_period(returns.get(unit), slug, code, QUARTERS) for unit in reporters}
            quantity_of |= {(unit, name): quantity(cells[unit]) for unit in units}
            quantity_of[province, name] = quantity(cell for row in cells.values() for cell in row)
    if "media" in slugs:
        for name, code in OF_PROVINCE.items():
            months = at_period(returns.get(province), MEDIA, code, MONTHS)
            quantity_of[province, name] = quantity(months)
    if "integration" in slugs:
        quantity_of |= _programmes(returns, plan)
    if "communication" in slugs:
        quantity_of |= _communes(returns, plan)
    return quantity_of


def _programmes(returns, plan):
    """Documents issued, programmes carried out, of each unit and of all."""
    quantity_of = {}
    for name, key in {"documents": "document", "carried_out": "carried_out"}.items():
        of_unit = {unit: _answers(returns.get(unit), key) for unit in plan.units}
        quantity_of |= {(unit, name): quantity(answers) for unit, answers in of_unit.items()}
        every = [answer for answers in of_unit.values() for answer in answers]
        quantity_of[plan.province, name] = quantity(every)
    return quantity_of


def _answers(unit, key):
    codes = [code for code in PROGRAMMES if not not_expected(unit, "integration", code)]
    return [unit.row("integration", code).get(key) if unit else None for code in codes]


def _communes(returns, plan):
    """Communes of the province that surely maintain communication, and that are unknown."""
    rules = {key: value for (slug, key), value in plan.rules.items() if slug == "communication"}
    low = high = 0
    for unit, communes in plan.units.items():
        sure, possible = communication(returns.get(unit), communes, rules, plan)
        low, high = low + sure, high + possible
    return {
        (plan.province, "communes_met"): (low, "complete" if high == low else "incomplete"),
        (plan.province, "communes_unknown"): (high - low, "complete"),
    }
