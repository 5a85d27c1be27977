"""Write the illustrative figures of the previous year, typed as from a printed report.

    python scripts/illustrative_before.py [FILE]

PLANTED has the planted figures; the others are drawn near this year's illustrative figures from a
fixed seed. Nothing comes from a report. FILE is data/previous/phu_tho_2016.csv by default. The
tests in tests/statistics/test_year_on_year.py say what the planted cases lead to.
"""

import sys
from pathlib import Path
from random import Random

import pandas as pd

from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.indicators import compute_indicators
from pcmd_eval.util import paths
from pcmd_eval.util.files import to_csv_bytes

SOURCE = "Minh họa, không lấy từ báo cáo nào"
PLAN, PROVINCE = "phu_tho_2017", "25"
ABSENT = "239"  # a district that the report of the previous year does not name
PLANTED = {
    ("25", "sessions"): "2510",  # this year's incomplete sum is more already
    ("25", "newspaper"): "30",  # equal in both years
    ("25", "violators"): "120",  # persons: compared in the internal edition only
    ("25", "budget"): "372,5",  # a decimal
    ("228", "sessions"): "212",  # incomplete, see INCOMPLETE
    ("228", "attendance"): "",  # unknown
    ("240", "sessions"): "131",  # of a district without a return this year
    ("230", "criminal"): "0",  # a base of 0
    ("230", "administrative"): "4",  # a base below ten
    ("230", "pending"): "0",
    ("25", "own_inspections"): "40",  # a decrease this year
    ("25", "months"): "12",
    ("25", "months_not"): "0",
}
INCOMPLETE = {("228", "sessions")}
# Ratios of last year's figure to this year's; low ones keep districts below the planted sums.
FACTORS = {"sessions": (0.65, 0.9), "budget": (0.6, 0.9)}
PARTS = ("administrative", "criminal", "pending")  # their sum is the number of cases
# Items of which the province's figure is the sum over districts and its own bodies.
SUMS = ("attendance", "documents", "carried_out", "programmes", "outreach", "supplies")
SUMS += ("gbv_communication", "inspections", *PARTS)
Lines = dict[tuple[str, str], str]


def drawn(rows: pd.DataFrame) -> Lines:
    """Return figures near those of `rows`, indicators of this year without persons.

    Incomplete ones are left out; the number of communes stays.
    """
    random, lines = Random(2016), {}
    rows = rows[rows.objective.notna() & rows.measure.notna() & rows.value.notna()]
    rows = rows[(rows.unit_code != ABSENT) & (rows.precision == "exact")]
    rows = rows[~rows["item"].str.startswith("sessions_q")]  # the report had no quarters
    for row in rows.itertuples():
        range_of = FACTORS.get(row.item, (0.8, 1.15))
        factor = 1 if row.item == "communes" else random.uniform(*range_of)
        lines[row.unit_code, row.item] = str(round(row.value * factor))
    return lines


def agree(lines: Lines, unit: str) -> None:
    """Change the figures of a district so that sums and parts agree.

    Does nothing for a district without cases or communes in `lines`.
    """
    own = {
        item: int(value) for (at, item), value in lines.items() if at == unit and value.isdigit()
    }
    if not {"administrative", "communes_met"} <= own.keys():
        return
    met = min(own["communes_met"], own["communes"])
    carried_out = min(own.get("carried_out", 0), own.get("documents", 0))
    agreed = {
        "cases": sum(own[part] for part in PARTS),
        "communes_met": met,
        "communes_not": own["communes"] - met,
        "communes_unknown": 0,
        "carried_out": carried_out,
        "programmes": min(own.get("programmes", 0), carried_out),
    }
    lines |= {(unit, item): str(value) for item, value in agreed.items()}


def add_up(lines: Lines) -> None:
    """Add the province's sums: those of the districts, an estimate for the absent one, and what its
    own bodies did.
    """
    for item in SUMS:
        own = int(lines.get((PROVINCE, f"own_{item}"), 0))
        lines[PROVINCE, item] = str(round(_of_districts(lines, item) * 13 / 12) + own)
    for lead in ("", "own_"):
        total = sum(int(lines[PROVINCE, lead + part]) for part in PARTS)
        lines[PROVINCE, f"{lead}cases"] = str(total)
    pieces = sum(int(lines[PROVINCE, item]) for item in ("newspaper", "broadcaster", "portal"))
    unknown = 23  # communes of the absent district
    met = _of_districts(lines, "communes_met")
    lines |= {
        (PROVINCE, "communes_met"): str(met),
        (PROVINCE, "pieces"): str(pieces),
        (PROVINCE, "communes_unknown"): str(unknown),
        (PROVINCE, "communes_not"): str(int(lines[PROVINCE, "communes"]) - unknown - met),
    }


def _of_districts(lines: Lines, item: str) -> int:
    return sum(
        int(value)
        for (unit, name), value in lines.items()
        if name == item and unit != PROVINCE and value.isdigit()
    )


def main(target: Path) -> None:
    """Write the file of the previous year."""
    plan = load_plan(PLAN)
    intake = read_returns(plan, paths.returns_folder(PLAN))
    rows = compute_indicators(plan, intake.cells, intake.returns)
    persons = rows["item"].str.contains("persons|violators|sellers|buyers|organisers|fines|places")
    coarse = rows["item"].isin(["testing", "treatment", "gbv_support", "shelter"])
    lines = drawn(rows[~persons & ~coarse]) | PLANTED
    for unit in plan.reporting_units.index:
        agree(lines, unit)
    add_up(lines)
    del lines["240", "communes_unknown"]  # planted: whether all its communes are known is unknown
    keys = sorted(lines)
    table = {
        "unit_code": [unit for unit, _ in keys],
        "item": [item for _, item in keys],
        "value": [lines[key] or None for key in keys],
        "state": ["incomplete" if key in INCOMPLETE else None for key in keys],
        "source": SOURCE,
        "illustrative": "yes",
    }
    target.write_bytes(to_csv_bytes(pd.DataFrame(table).astype("string")))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else paths.PREVIOUS / "phu_tho_2016.csv")
