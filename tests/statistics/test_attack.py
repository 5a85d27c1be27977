"""Promise 25: from everything published nobody's number follows too closely.

The attack itself (`attack.py`) is tried on sets made by hand that tell too much, and against
counting all that can be.
"""

import csv
import json
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import attack
import docx
import openpyxl
import pandas as pd
import pytest
from attack import YEAR, Fact
from editions import published
from filling import fill

from pcmd_eval.evaluation.observations import OBSERVATIONS, tidy
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.disclosure_control import load_disclosure, totals
from pcmd_eval.util import paths

RULES = attack.load_rules()


def read(folder: Path) -> attack.Edition:
    """What a published folder says."""
    return attack.read_edition(folder, RULES)


def narrow(
    *editions: attack.Edition, excepted: bool = False
) -> dict[attack.Variable, tuple[float, float]]:
    """What follows too closely from what published folders say."""
    return attack.too_narrow(attack.attack(*editions, rules=RULES, excepted=excepted), RULES.width)


def assert_safe(edition: attack.Edition) -> None:
    """Nothing follows; with what the policy excepts, of the places alone, and no more than of the
    inspections.
    """
    assert not narrow(edition)
    allowed = narrow(edition, excepted=True)
    assert {item for _, item, _ in allowed} <= {*RULES.exceptions} == {attack.PLACES}
    assert all(low == 0 for low, _ in allowed.values())


def assert_sound(edition: attack.Edition, cells: pd.DataFrame) -> None:
    """What follows is true: no interval misses the number that was reported."""
    box = attack.attack(edition, rules=RULES, excepted=True)
    about = cells[cells["item"].isin([*RULES.masked, *RULES.coarse]) & cells.value.notna()]
    numbers = pd.to_numeric(about.value).groupby([about.reporter, about["item"]]).sum()
    found = {name[:2]: ends for name, ends in box.items() if name[2] == YEAR}
    for (reporter, item), number in numbers.items():
        unit = attack.Known(edition, RULES).unit(reporter)
        low, high = found.get((unit, item), (0, float("inf")))
        assert low <= number <= high, (reporter, item, number, low, high)
    assert len(numbers) > 5


# ---- the attack works ----------------------------------------------------------------------------


def figures_file(folder: Path, words: dict[str, str], unit: str = "25") -> None:
    """indicators.csv with some figures of one unit."""
    lines = [f"{unit},{item},{said}" for item, said in words.items()]
    text = "\n".join(["unit_code,item,words", *lines])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "indicators.csv").write_text(text, encoding="utf-8")


def test_a_set_that_tells_quarters_and_the_sum_gives_units_away(tmp_path):
    """Ten Có cells beside "khoảng 10" (8 to 12) are 1 to 3 each: what sets told before there was a
    policy of sums.
    """
    quarters = ["Quý I", "Quý II", "Quý III", "Quý IV"]
    answers = [["● Có"] * 4, ["● Có"] * 4, ["● Có", "▲ Không", "● Có", "▲ Không"]]
    units = ["Huyện Lâm Thao", "Huyện Đoan Hùng", "Thành phố Việt Trì"]
    rows = [
        [unit, "3.2.3 Nơi tạm lánh, chuyển gửi", *a] for unit, a in zip(units, answers, strict=True)
    ]
    write(
        tmp_path / "3_harm_reduction",
        "html",
        [["Đơn vị báo cáo", "Nội dung", *quarters], *rows],
        "",
    )
    figures_file(tmp_path, {"shelter": "khoảng 10*"})
    found = narrow(read(tmp_path))
    some = [ends for name, ends in found.items() if name[2] != YEAR and ends[0]]
    assert some == [(1, 3)] * 10
    assert found["227", "3.2.3", YEAR] == (2, 4) and attack.main([str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("words", "unit", "expected"),
    [
        ({"violators": "3"}, "237", {("237", "6.7", YEAR): (3, 3)}),  # a unit's own number
        ({"violators": "khoảng 5"}, "237", {("237", "6.7", YEAR): (5, 7)}),
        ({"violators": "khoảng 20"}, "25", {}),
        ({"violators": "không công bố (ít đơn vị)"}, "25", {}),
    ],
)
def test_figures_are_read_as_they_are_told(tmp_path, words, unit, expected):
    figures_file(tmp_path, words, unit)
    found = narrow(read(tmp_path))
    assert {name: ends for name, ends in found.items() if name[1:] == ("6.7", YEAR)} == expected


def write(file: Path, kind: str, rows: list[list[str]], sentence: str) -> None:
    """A file of that kind with the table, or with the sentence."""
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    table = f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
    if kind == "ipynb":
        shown = {"output_type": "display_data", "data": {"text/html": table}}
        file.with_suffix(".ipynb").write_text(json.dumps({"cells": [{"outputs": [shown]}]}))
    elif kind == "html":
        file.with_suffix(".html").write_text(table, encoding="utf-8")
    elif kind == "sentence":
        file.with_suffix(".html").write_text(f"<p>{sentence}</p>", encoding="utf-8")
    elif kind == "csv":
        with file.with_suffix(".csv").open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows(rows)
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(file.with_suffix(".xlsx"))
    else:
        document = docx.Document()
        grid = document.add_table(len(rows), len(rows[0]))
        for line, row in zip(grid.rows, rows, strict=True):
            for cell, text in zip(line.cells, row, strict=True):
                cell.text = text
        document.save(str(file.with_suffix(".docx")))


@pytest.mark.parametrize("kind", ["ipynb", "docx", "xlsx", "csv", "html", "sentence"])
def test_every_kind_of_file_is_read(tmp_path, kind):
    """Lâm Thao's 3 persons, in a table or a sentence of a file of each kind."""
    rows = [["Đơn vị", "Tổng số người vi phạm (người)"], ["Huyện Lâm Thao", "3"]]
    figures_file(tmp_path, {})
    folder = tmp_path / "districts/237-lam-thao"
    folder.mkdir(parents=True)
    write(folder / "file", kind, rows, "Trong năm, tổng số người vi phạm: 3.")
    assert narrow(read(tmp_path))["237", "6.7", YEAR] == (3, 3)


def test_intervals_are_those_of_counting_every_possibility():
    """Sums with bounds, and a sum less another: on small numbers, against all that there can be."""
    for seed in range(60):
        rng = Random(seed)
        names = [("a", "x", YEAR), ("b", "x", YEAR), ("c", "x", YEAR)]
        truth = [rng.randint(0, 4) for _ in names]
        facts = [
            Fact({n: 1}, rng.randint(0, t), rng.randint(t, 5))
            for n, t in zip(names, truth, strict=True)
        ]
        facts.append(
            Fact(
                dict.fromkeys(names, 1),
                sum(truth) - rng.randint(0, 2),
                sum(truth) + rng.randint(0, 2),
            )
        )
        possible = [
            numbers
            for numbers in product(range(7), repeat=3)
            if all(
                low
                <= sum(f * dict(zip(names, numbers, strict=True))[n] for n, f in own.items())
                <= high
                for own, low, high in facts
            )
        ]
        box = attack.tightened(facts)
        for at, name in enumerate(names):
            column = [numbers[at] for numbers in possible]
            assert box[name] == (min(column), max(column)), seed


# ---- what is published is safe -------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped_set(plan: Plan, shipped: Intake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the public set of the shipped returns says of persons; only read."""
    return published(plan, shipped, tmp_path_factory.mktemp("set"))


def test_two_years_in_hand(shipped_set: Path, tmp_path: Path):
    """Both years are read, of either nothing follows (see the next test); a difference that is told
    gives a unit away.
    """
    folder = Path(shutil.copytree(shipped_set, tmp_path / "set"))
    edition = read(folder)
    persons = {*RULES.masked, *RULES.coarse}
    about = {name: said for name, said in edition.before.items() if name[1] in persons}
    assert about == {(attack.WHOLE, "6.7", YEAR): {("khoảng", 120.0)}}
    assert edition.changes["230", attack.INSPECTIONS] == 6
    assert not {item for _, item in edition.changes} & persons
    lines = (folder / "changes.csv").read_text(encoding="utf-8").splitlines()
    label = next(label for label, item in RULES.items.items() if item == "6.7")
    told = f"230,Huyện Đoan Hùng,enforcement,violators,{label},người,,9,2,,,"
    (folder / "changes.csv").write_text("\n".join([*lines, told]), encoding="utf-8")
    found = narrow(read(folder))
    assert found["230 " + edition.sent["230"], "6.7", YEAR] == (9, 9)
    assert found["230", "6.7", f"{YEAR} {attack.BEFORE}"] == (7, 7)


def test_the_shipped_returns(shipped: Intake, shipped_set: Path):
    """Nothing follows, though 13 sums of 14 are told."""
    edition = read(shipped_set)
    assert_safe(edition)
    assert_sound(edition, shipped.cells)
    told = [item for item in RULES.masked if attack.Known(edition, RULES).sum_of(item)[0]]
    assert len(told) == 13 and len(edition.cells) == 41 and len(edition.sent) == 13
    assert edition.said["237", "3.2.3", YEAR] == {attack.YES}


@pytest.mark.slow
def test_the_whole_published_folder(shipped: Intake, shipped_run: Path):
    """Every page, notebook and document of a run."""
    edition = read(shipped_run / "published")
    assert_safe(edition)
    assert_sound(edition, shipped.cells)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["227-viet-tri", "25-phu-tho"])
def test_one_reporter_alone(plan: Plan, tmp_path: Path, name: str):
    """Every sum is that reporter's: none is told. A district, and the province's own bodies."""
    (tmp_path / "returns").mkdir()
    shutil.copy(paths.returns_folder(plan.name) / f"{name}.xlsx", tmp_path / "returns")
    intake = read_returns(plan, tmp_path / "returns")
    assert {*totals(intake.cells, load_disclosure()).value.dropna()} == {"withheld"}
    assert_safe(read(published(plan, intake, tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_filled_sets(plan: Plan, blanks: Path, tmp_path: Path, seed: int):
    """Returns filled in at random, complete and in disorder; the numbers of persons small, so that
    sums are, too.
    """
    fill(blanks, tmp_path / "returns", seed, 0.1 * (seed % 4))
    intake = read_returns(plan, tmp_path / "returns")
    cells = small(intake.cells, Random(seed)) if seed % 2 else intake.cells
    intake = replace(intake, cells=tidy(cells[[*OBSERVATIONS]], intake.returns, plan))
    assert_safe(read(published(plan, intake, tmp_path)))


def small(cells: pd.DataFrame, rng: Random) -> pd.DataFrame:
    """The cells with few persons, and kinds that add up."""
    rows = cells.index[cells["item"].isin([*RULES.masked]) & (cells.state == "reported")]
    value = cells.value.copy()
    for row in rows:
        value[row] = str(rng.choice([0, 0, 0, 1, 2, 3]))
    places = {(c.reporter, c.item, c.period): c.Index for c in cells.loc[rows].itertuples()}
    for (reporter, item, period), row in places.items():
        kinds = [places.get((reporter, kind, period)) for kind in attack.KINDS]
        if item == "6.7" and None not in kinds:
            value[row] = str(sum(int(value[kind]) for kind in kinds))
    return cells.assign(value=value)
