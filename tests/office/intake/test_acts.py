"""Random lists of acts of a clerk: no figure is lost or another without a question."""

from io import BytesIO
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from acts import FIRST, LATER, Office, send_back
from made import annotated
from seeds import seeds

from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan

OF_ROWS = ("foreign-unit", "unknown-code", "code-name", "double-code", "column", "strange-column")
OF_ROWS += ("changed-period",)  # names the public cells of a column alone
KEYS = ["objective", "unit_code", "item", "period"]
PLANS = (("phu_tho_2017", "228"), ("phu_tho_2017", "230"), ("ha_noi_2026", "00004"))


def read(plan: Plan, folder: Path, files: dict[str, bytes]) -> Intake:
    """Read these files from a folder of their own."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return read_returns(plan, folder)


def contents(intake: Intake, unit: str) -> pd.DataFrame:
    """Return what is read of a unit; models by name, whatever line they stand in."""
    cells = intake.cells[intake.cells.reporter == unit]
    is_line = cells.objective == "support_model"
    name = (
        cells.raw.where(cells.column == "name").groupby([cells.file, cells.row]).transform("first")
    )
    item = cells["item"].mask(is_line, name + ":" + cells.column)
    keyed = cells.assign(item=item)[~is_line | (cells.column != "name")]
    return keyed.drop_duplicates(KEYS).set_index(KEYS)


def act(plan: Plan, unit: str, seed: int, folder: Path) -> Office:
    """Return an office that has sent its files."""
    office = Office(plan, unit, Random(seed))
    rng = office.rng
    rng.choice(FIRST)(office)
    for number in range(rng.randrange(1, 4)):
        if rng.random() < 0.4:
            intake = read(plan, folder / f"{number}", office.files)
            copies = annotated(plan, intake)
            if copies:
                base = rng.choice(sorted(copies))
                send_back(office, base, copies[base])
                continue
        rng.choice(LATER)(office)
    return office


def find_losses(plan: Plan, unit: str, seed: int, folder: Path) -> list[str]:
    """Return the figures that are lost or another, or one more, without a question."""
    office = act(plan, unit, seed, folder)
    buffer = BytesIO()
    office.book(office.meant, office.day).save(buffer)
    meant = contents(read(plan, folder / "meant", {"a.xlsx": buffer.getvalue()}), unit)
    intake = read(plan, folder / "sent", office.files)
    found = contents(intake, unit)
    asked = intake.issues.query("severity != 'note'")
    is_of_list = asked.rule.eq("unordered-values") & asked.sheet.str.startswith("4")
    asked = asked[asked.rule.isin(OF_ROWS) | is_of_list]
    both = (
        meant[["raw"]].join(found[["raw", "state"]], how="outer", suffixes=("", "_read")).fillna("")
    )
    sheets = pd.Series([plan.form.sheet(at[0]).name for at in both.index], both.index)
    is_asked = both.state.isin(["contradictory", "unreadable"]) | sheets.isin(asked.sheet)
    gone = intake.issues[(intake.issues.rule == "gone-row") & (intake.issues.severity != "note")]
    # It asks whether two rows of a commune are one: its answer is about both.
    is_asked |= both.index.get_level_values("unit_code").isin(gone.unit_code) & (
        both.index.get_level_values("objective") == "communication"
    )
    lost = both[(both.raw != both.raw_read) & ~is_asked]
    return [
        f"{seed} {office.acts} {at}: {row.raw} read {row.raw_read}" for at, row in lost.iterrows()
    ]


FEW = [5, pytest.param(0, marks=pytest.mark.slow)]


@pytest.mark.parametrize("seed", seeds(FEW, [*range(1, 5), *range(6, 200)]))
def test_read_returns_acts_of_a_clerk_lose_no_figure_without_a_question(
    tmp_path: Path, seed: int
) -> None:
    name, unit = PLANS[seed % 3]
    assert find_losses(load_plan(name), unit, seed, tmp_path) == []
