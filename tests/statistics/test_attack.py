"""From everything published no unit's number about persons follows too closely, for a stranger or
for a unit that knows its own numbers.

The attack itself (`attack.py`) is tried on sets made by hand that disclose too much, and against
counting all that can be.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, product
from pathlib import Path
from random import Random

import attack
import openpyxl
import pandas as pd
import pytest
from attack import YEAR
from editions import case_of, execute, tables
from filling import fill
from seeds import seeds

from pcmd_eval.analysis import session
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.evaluation.observations import OBSERVATIONS, tidy
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.objectives.aggregation import at_least
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.site.pages import pages
from pcmd_eval.statistics.disclosure_control import load_disclosure, totals
from pcmd_eval.util import paths
from pcmd_eval.util.spelling import fold

RULES = attack.load_rules()
# Numbers of the tests' own, so that another number in the data fails no test.
FIVES = replace(RULES, base=5, least=50, average=5, parts=3, width=5)
KINDS = ("6.8", "6.9", "6.10")  # of the violators of 6.7
CommuneSet = tuple[Plan, Intake, Path]  # a plan, its filled returns, and their folder
FilledSet = Callable[[str, int, float], tuple[Path, Path]]


def read(folder: Path, rules: attack.Rules = RULES) -> attack.Edition:
    """Return what a published folder says."""
    return attack.read_edition(folder, rules)


def narrow(
    edition: attack.Edition, excepted: bool = False, rules: attack.Rules = RULES
) -> attack.Box:
    """Return what follows too closely from what a published folder says."""
    return attack.too_narrow(attack.attack(edition, rules, excepted), rules.width)


def own_numbers(
    edition: attack.Edition, cells: pd.DataFrame, reporter: str, rules: attack.Rules
) -> Iterator[tuple[tuple[str, str], attack.Interval]]:
    """Yield what a reporter knows of persons: its own numbers, of models those that it reported."""
    is_persons = cells["item"].isin(rules.about_persons) & (cells.state == "reported")
    for item, rows in cells[is_persons & (cells.reporter == reporter)].groupby("item"):
        number = float(pd.to_numeric(rows.value).sum())
        yield (reporter, item), (number, number)
    lines = cells[(cells.objective == "support_model") & (cells.row != "none")]
    lines = lines.pivot(index=["reporter", "row"], columns="column", values="value")
    if "persons" not in lines or "name" not in lines:
        return
    lines = lines.dropna(subset="name")
    # As the public edition numbers the models: by name and type, in the order of the lines.
    models = [*zip(lines.name.map(fold), lines.type.fillna(""), strict=True)]
    order = {model: at for at, model in enumerate(dict.fromkeys(models), 1)}
    lines = lines.assign(model=[f"mô hình {order[model]}" for model in models])
    lines = lines[lines.index.get_level_values("reporter") == reporter]
    for name, number in pd.to_numeric(lines.persons).groupby(lines.model).max().items():
        assert reporter in edition.models[name]
        is_shared = len(edition.models[name]) > 1  # another unit may have reported more
        most = float("inf") if is_shared or pd.isna(number) else number
        yield (name, attack.MODELS), (0.0 if pd.isna(number) else float(number), most)


def assert_safe(edition: attack.Edition, cells: pd.DataFrame, rules: attack.Rules = RULES) -> None:
    """Nothing follows, for a stranger or for any unit; with what the policy excepts, of the places
    alone, and no more than of the inspections.
    """
    assert not attack.too_narrow(attack.attack(edition, rules), rules.width)
    allowed = narrow(edition, excepted=True, rules=rules)
    assert {item for _, item, _ in allowed} <= {*rules.exceptions} == {attack.PLACES}
    assert all(low == 0 for low, _ in allowed.values())
    for reporter in cells.reporter.unique():
        numbers = dict(own_numbers(edition, cells, reporter, rules))
        box = attack.too_narrow(attack.attack(edition, rules, readers=numbers), rules.width)
        assert not {n for n in box if n[0] != reporter and n[:2] not in numbers}, reporter


def assert_sound(edition: attack.Edition, cells: pd.DataFrame) -> None:
    """Assert that no interval misses the reported number."""
    box = attack.attack(edition, RULES, excepted=True)
    about = cells[cells["item"].isin(RULES.about_persons) & cells.value.notna()]
    numbers = pd.to_numeric(about.value).groupby([about.reporter, about["item"]]).sum()
    years = {name[:2]: ends for name, ends in box.items() if name[2] == YEAR}
    for (reporter, item), number in numbers.items():
        low, high = years.get((reporter, item), (0, float("inf")))
        assert low <= number <= high, (reporter, item, number, low, high)
    assert len(numbers) > 5


# ---- the attack works ----------------------------------------------------------------------------


def figures_file(folder: Path, words: dict[str, str], unit: str = "25") -> None:
    """indicators.csv with some figures of one unit."""
    lines = [f"{unit},{item},{word}" for item, word in words.items()]
    text = "\n".join(["unit_code,item,words", *lines])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "indicators.csv").write_text(text, encoding="utf-8")


def test_attack_on_quarters_beside_their_sum_finds_units(tmp_path):
    """Ten Có cells beside "khoảng 10" (8 to 12) are 1 to 3 each: what sets told before there was a
    policy of sums.
    """
    yes, no = "● Có", "▲ Không"
    answers = {"Huyện Lâm Thao": [yes] * 4, "Huyện Đoan Hùng": [yes] * 4}
    answers["Thành phố Việt Trì"] = [yes, no, yes, no]
    heads = ["Đơn vị báo cáo", "Nội dung", "Quý I", "Quý II", "Quý III", "Quý IV"]
    rows = [[unit, "3.2.3 Nơi tạm lánh, chuyển gửi", *row] for unit, row in answers.items()]
    write(tmp_path / "3_harm_reduction", "html", [heads, *rows])
    figures_file(tmp_path, {"shelter": "khoảng 10*"})
    box = narrow(read(tmp_path), rules=FIVES)
    quarters = [ends for name, ends in box.items() if name[2] != YEAR and ends[0]]
    assert quarters == [(1, 3)] * 10
    assert box["227", "3.2.3", YEAR] == (2, 4) and attack.main(str(tmp_path)) == 1


@pytest.mark.parametrize(
    ("words", "unit", "expected"),
    [
        ({"violators": "3"}, "237", {("237", "6.7", YEAR): (3, 3)}),  # a unit's own number
        ({"violators": "khoảng 5"}, "237", {("237", "6.7", YEAR): (3, 7)}),
        ({"violators": "khoảng 20"}, "25", {}),
        ({"violators": "không công bố"}, "25", {}),
    ],
)
def test_attack_reads_indicators_as_published(tmp_path, words, unit, expected):
    figures_file(tmp_path, words, unit)
    box = narrow(read(tmp_path), rules=FIVES)
    assert {name: ends for name, ends in box.items() if name[1:] == ("6.7", YEAR)} == expected


def write(file: Path, kind: str, rows: list[list[str]], title: str = "") -> None:
    """Write a file of that kind with the table, or with the first row as a sentence; a workbook may
    have a title over it.
    """
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    table = f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
    output = {"output_type": "display_data", "data": {"text/html": table}}
    texts = {
        "ipynb": json.dumps({"cells": [{"outputs": [output]}]}),
        "html": table,
        "sentence": f"<p>Trong năm, {': '.join(row[-1] for row in rows)}.</p>",
        "csv": "\n".join(",".join(row) for row in rows),
    }
    if kind in texts:
        suffix = ".html" if kind == "sentence" else f".{kind}"
        file.with_suffix(suffix).write_text(texts[kind], encoding="utf-8")
        return
    book = openpyxl.Workbook()
    for row in ([title], *rows) if title else rows:
        book.active.append(row)
    book.save(file.with_suffix(".xlsx"))


@pytest.mark.parametrize("kind", ["ipynb", "xlsx", "csv", "html", "sentence"])
def test_attack_reads_every_kind_of_file(tmp_path, kind):
    """Lâm Thao's 3 persons, in a table or a sentence of a file of each kind."""
    rows = [["Đơn vị", "Tổng số người vi phạm (người)"], ["Huyện Lâm Thao", "3"]]
    figures_file(tmp_path, {})
    folder = tmp_path / "districts/237-lam-thao"
    folder.mkdir(parents=True)
    write(folder / "file", kind, rows)
    assert narrow(read(tmp_path))["237", "6.7", YEAR] == (3, 3)


def test_attack_reads_a_rounded_value_as_what_it_stands_for(tmp_path):
    """findings.xlsx has 60 as the number of “khoảng 60”, under a title of one cell."""
    figures_file(tmp_path, {})
    heads = ["Đơn vị", "Nội dung", "Giá trị", "Độ chính xác", "Số liệu"]
    line = ["Tỉnh Phú Thọ", "Tổng số người vi phạm", "60", "đã làm tròn", "khoảng 60"]
    write(tmp_path / "findings", "xlsx", [heads, line], title="Số liệu minh họa")
    assert attack.Known(read(tmp_path), FIVES).sum_of("6.7") == (58, 62)


# A policy of small numbers, of which all that there can be is soon counted.
SMALL = replace(RULES, base=3, least=6, average=2, parts=2, width=1)
# The policy before: six numbers of two followed exactly from their sum.
BEFORE = replace(RULES, base=5, least=0, average=0, parts=3, width=4)
SOME = (1, float("inf"))


def disclose(numbers: Sequence[int], public: int, rules: attack.Rules) -> attack.Interval | str:
    """Return the sums that the word for a sum stands for; `public`: what is known of it anyway."""
    parts = [number for number in numbers if number > 0]
    is_disclosed = len(parts) >= rules.parts and sum(parts) >= rules.least
    is_disclosed = is_disclosed and sum(parts) >= rules.average * len(parts)
    if not is_disclosed or sum(parts) - max(parts) - len(parts) + 1 <= rules.width:
        return attack.WITHHELD
    rounded = (sum(parts) + public + rules.base // 2) // rules.base * rules.base
    low, high = attack.behind(("khoảng", rounded), rules.base, whole=True)
    return low - public, high - public


@pytest.mark.parametrize(
    ("numbers", "reader", "expected"),
    [
        ([2] * 6, None, (2, 2)),  # "khoảng 10" of six that have some
        ([3] * 4, None, (1, 4)),
        ([50, 2, 2], 0, (1, 5)),  # withheld from the one that has 50
    ],
)
def test_attack_under_the_policy_before_finds_single_numbers(numbers, reader, expected):
    bounds = [SOME if at != reader else (number, number) for at, number in enumerate(numbers)]
    readers = frozenset() if reader is None else frozenset([reader])
    total = disclose(numbers, 0, BEFORE)
    assert attack.Sum((*bounds,), total, BEFORE, readers).intervals()[-1] == expected


@pytest.mark.parametrize("among", seeds([range(25)], [range(500)]), ids=["few", "many"])
def test_attack_intervals_equal_those_of_enumeration(among):
    """Four parts of 0 to 6 with bounds of their own, against all that there can be."""
    everything = [*product(range(7), repeat=4)]
    for seed in among:
        rng = Random(seed)
        truth = [rng.choice([0, 1, 1, 2, 3, 6]) for _ in range(4)]
        bounds = [(rng.randint(0, number), rng.randint(number, 6)) for number in truth]
        public = rng.randint(0, 4)
        total = disclose(truth, public, SMALL)
        possible = [
            numbers
            for numbers in everything
            if all(low <= n <= high for n, (low, high) in zip(numbers, bounds, strict=True))
            and disclose(numbers, public, SMALL) == total
        ]
        columns = [(min(column), max(column)) for column in zip(*possible, strict=True)]
        assert attack.Sum((*bounds,), total, SMALL).intervals() == columns, seed


def assert_hidden(numbers: Sequence[int], rules: attack.Rules, beyond: bool = False) -> None:
    """Assert that neither a stranger nor a reporter can tell a number, who knows which are some.

    `beyond`: the numbers go beyond public ones of 10 each, and which of them are some is unknown.
    """
    total = disclose(numbers, 10 * len(numbers) * beyond, rules)
    unknown = [(0, float("inf")) if beyond else (SOME if number else (0, 0)) for number in numbers]
    for reader in (None, *range(len(numbers))):
        bounds = [(numbers[at],) * 2 if at == reader else ends for at, ends in enumerate(unknown)]
        readers = frozenset([reader] if reader is not None and numbers[reader] else [])
        intervals = attack.Sum((*bounds,), total, rules, readers).intervals()
        assert all(low <= n <= high for n, (low, high) in zip(numbers, intervals, strict=True))
        box = {(str(at), "", YEAR): ends for at, ends in enumerate(intervals) if at != reader}
        assert not attack.too_narrow(box, rules.width), (numbers, reader, intervals)


@pytest.mark.parametrize("units", seeds([3, 6, 14], range(3, 15)))
def test_sums_of_parts_of_one_to_four_hide_every_part(units):
    """All there are: no two orders of the same numbers differ."""
    for numbers in combinations_with_replacement(range(1, 5), units):
        assert_hidden(numbers, RULES)


@pytest.mark.parametrize("among", seeds([range(60)], [range(60), range(60, 3000)]), ids=str)
def test_drawn_sums_hide_every_part(among):
    """Parts of 1 to 4, a dozen, or few beside one or two large ones, so that many are disclosed."""
    disclosed = 0
    for seed in among:
        rng = Random(seed)
        numbers = [rng.randint(0, rng.choice([4, 4, 12])) for _ in range(rng.randint(3, 14))]
        for _ in range(rng.choice([0, 1, 2])):
            numbers[rng.randrange(len(numbers))] = rng.randint(20, 80)
        assert_hidden(numbers, RULES)
        assert_hidden(numbers, RULES, beyond=True)
        disclosed += disclose(numbers, 0, RULES) != attack.WITHHELD
    assert 0.2 * len(among) < disclosed < 0.9 * len(among)


# ---- what is published is safe -------------------------------------------------------------------


def edition_of(case: Case, folder: Path, rules: attack.Rules = RULES) -> attack.Edition:
    """Return what a set discloses of persons, from the public tables that it is made from: as much
    as its pages do, see `test_tables_disclose_what_the_pages_do`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    case.indicators.to_csv(folder / "indicators.csv", index=False)
    edition = read(folder, rules)
    cells = case.cells
    for slug in attack.SHEETS.values():
        of_sheet = cells[cells.objective == slug]
        reported = of_sheet.state.eq("reported").groupby(of_sheet.reporter)
        for reporter, count in reported.sum().items():
            edition.cells[slug, reporter] = int(count), int(reported.size()[reporter] - count)
    activities = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    in_year = at_least(1, activities.some, by=[activities.reporter, activities["item"]])
    for (reporter, item), answer in in_year.dropna().items():
        edition.statements[reporter, item, YEAR].add(attack.YES if answer else attack.NO)
    names = cells[(cells["column"] == "name") & (cells["row"] != "none") & cells.value.notna()]
    for cell in names.itertuples():
        if cell.reporter not in edition.models[cell.value]:
            edition.models[cell.value].append(cell.reporter)
    return edition


@pytest.fixture(scope="module")
def shipped_set(plan: Plan, shipped: Intake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts about persons of the public set of the shipped returns; read-only: figures, first
    page, the province's notebooks.
    """
    folder = tmp_path_factory.mktemp("set")
    inputs, site = folder / "inputs", folder / "published"
    for place in (inputs, site / "province"):
        place.mkdir(parents=True)
    tables(inputs, plan, shipped, public=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCMD_TABLES", str(inputs))
        for name in ("3_harm_reduction", "4_support_model", "6_enforcement"):
            _, displays = execute(name, plan.name, plan.province)
            text = "\n".join(getattr(display, "html", "") for display in displays)
            (site / f"province/{name}.html").write_text(text, encoding="utf-8")
    (site / "indicators.csv").write_bytes((inputs / "indicators.csv").read_bytes())
    content = pages(case_of(plan, shipped), [plan.province])
    for place in ("index.html", "changes.csv"):
        (site / place).write_bytes(content[place])
    return site


def test_previous_year_discloses_no_persons(shipped_set: Path, tmp_path: Path):
    folder = Path(shutil.copytree(shipped_set, tmp_path / "set"))
    assert not read(folder).before
    lines = (folder / "changes.csv").read_text(encoding="utf-8").splitlines()
    label = next(label for label, item in RULES.items.items() if item == "6.7")
    lines += [f"230,Huyện Đoan Hùng,enforcement,violators,{label},người,7,9,2,,7,9,,"]
    (folder / "changes.csv").write_text("\n".join(lines), encoding="utf-8")
    assert read(folder).before == {("230", "6.7", YEAR)}


def test_shipped_set_is_safe_and_discloses_its_large_sums(
    plan: Plan, shipped: Intake, shipped_set: Path
):
    edition = read(shipped_set)
    assert_safe(edition, shipped.cells)
    assert_sound(edition, shipped.cells)
    known = attack.Known(edition, RULES)
    words = totals(plan, shipped.cells, load_disclosure()).set_index("item").words
    for item in RULES.summed:
        total = known.sum_of(item)
        assert isinstance(total, str) == (words[item] == "withheld"), item
        assert isinstance(total, str) or total[0] <= int(words[item]) <= total[1]
    assert len(edition.cells) == 41
    assert edition.statements["237", "3.2.3", YEAR] == {attack.YES}


def test_tables_disclose_what_the_pages_do(
    plan: Plan, shipped: Intake, shipped_set: Path, tmp_path: Path
):
    edition, public = read(shipped_set), edition_of(case_of(plan, shipped), tmp_path / "tables")
    assert public.cells == edition.cells and public.models == edition.models
    pages_box, tables_box = (attack.attack(e, RULES, excepted=True) for e in (edition, public))
    other = {name for name, ends in tables_box.items() if pages_box.get(name) != ends}
    assert not {name for name in other if pages_box[name] != (0, 0)}  # a 0 is about nobody


@pytest.mark.slow
def test_whole_published_folder_is_safe(shipped: Intake, shipped_run: Path):
    """Every page and notebook of a run."""
    edition = read(shipped_run / "published")
    assert_safe(edition, shipped.cells)
    assert_sound(edition, shipped.cells)


@pytest.mark.slow
@pytest.mark.parametrize("count", seeds([3], [1, 2]))
def test_thin_sets_are_safe(plan: Plan, tmp_path: Path, count: int):
    """The first returns that came, with the province's own bodies and without."""
    names = sorted(path.name for path in paths.returns_folder(plan.name).glob("*.xlsx"))
    for first in (0, 4, len(names) - count):
        folder = tmp_path / f"{first}"
        (folder / "returns").mkdir(parents=True)
        for name in names[first : first + count]:
            shutil.copy(paths.returns_folder(plan.name) / name, folder / "returns")
        intake = read_returns(plan, folder / "returns")
        edition = edition_of(case_of(plan, intake), folder / "tables")
        assert_safe(edition, intake.cells)
        words = {*totals(plan, intake.cells, load_disclosure()).words.dropna()}
        assert count == 3 or words <= {"withheld"}


@pytest.mark.slow
@pytest.mark.parametrize("among", seeds([(1, 2)], [(1, 2), (0, *range(3, 15))]), ids=str)
def test_filled_sets_are_safe_and_disclose_their_large_sums(
    plan: Plan, blanks: Path, tmp_path: Path, among: tuple[int, ...]
):
    """Sets filled in at random, complete and in disorder, each also with other numbers of persons.
    Safety is not bought by silence: a large sum with three parts of ten and more is disclosed, and
    of all sums that are large enough most.
    """
    large, disclosed = 0, 0
    for seed in among:
        fill(blanks, tmp_path / f"{seed}", seed, 0.1 * (seed % 4))
        intake = read_returns(plan, tmp_path / f"{seed}")
        for name, draw in {"filled": None, **DRAWS}.items():
            cells = redrawn(intake.cells, Random(seed), draw) if draw else consistent(intake.cells)
            drawn = replace(intake, cells=tidy(cells[[*OBSERVATIONS]], intake.returns, plan))
            findings = evaluate(plan, drawn.cells, explained=())
            case = session.public_case(session.exact_case(plan, drawn, findings))
            edition = edition_of(case, tmp_path / f"{seed} {name}")
            assert_safe(edition, drawn.cells)
            reported = drawn.cells[drawn.cells["item"].isin(RULES.summed)]
            parts = pd.to_numeric(reported.value).groupby([reported["item"], reported.reporter])
            parts = parts.sum()
            known = attack.Known(edition, RULES)
            is_disclosed = {item: not isinstance(known.sum_of(item), str) for item in RULES.summed}
            parts = parts[~parts.index.get_level_values("item").isin(RULES.beyond) & (parts > 0)]
            sums, numbers = parts.groupby("item").sum(), parts.groupby("item").size()
            is_large = (sums >= RULES.least) & (sums >= RULES.average * numbers)
            several = is_large & ((parts >= 10).groupby("item").sum() >= 3)
            assert all(is_disclosed[item] for item in several.index[several]), (seed, name)
            large += is_large.sum()
            disclosed += sum(is_disclosed[item] for item in is_large.index[is_large])
    assert disclosed >= 0.7 * large > 5 * len(among)


def communes_set(filled_set: FilledSet, seed: int) -> CommuneSet:
    """Return the set of a plan for which twelve communes report; with an odd seed few persons."""
    file, returns = filled_set("communes", seed, (seed % 6) / 8)
    plan = load_plan(str(file))
    intake = read_returns(plan, returns)
    few = redrawn(intake.cells, Random(seed), DRAWS["few"])
    cells = few if seed % 2 else consistent(intake.cells)
    intake = replace(intake, cells=tidy(cells[[*OBSERVATIONS]], intake.returns, plan))
    return plan, intake, file.parent


@pytest.fixture(scope="module")
def commune_set(filled_set: FilledSet) -> CommuneSet:
    """The set of one seed, only read."""
    return communes_set(filled_set, 3)


@pytest.mark.parametrize("among", seeds([(3,)], [(3,), (*range(10),)]), ids=["one", "ten"])
def test_sets_of_communes_are_safe(
    commune_set: CommuneSet, filled_set: FilledSet, tmp_path: Path, among: tuple[int, ...]
):
    """Cases and coarse items of a commune are in no table, and no finding rests on them."""
    for seed in among:
        plan, intake, folder = commune_set if seed == 3 else communes_set(filled_set, seed)
        rules = attack.load_rules(register=folder / "register.csv")
        exact, case = case_of(plan, intake, internal=True), case_of(plan, intake)
        edition = edition_of(case, tmp_path / str(seed), rules)
        assert_safe(edition, intake.cells, rules)
        hidden = {*rules.province_only, *rules.coarse}
        units = {unit for unit, item, _ in edition.statements if item in hidden}
        assert units <= {attack.WHOLE, plan.province}
        of_units = case.cells[case.cells.reporter != plan.province]
        secret = of_units[of_units["item"].isin(hidden)]
        assert len(secret) > 100 and secret[["value", "number", "some"]].isna().all(axis=None)
        by_unit = case.findings[case.findings.unit_code != plan.province]
        assert not {"enforcement", "harm_reduction"} & {*by_unit.objective}
        whole = case.findings.set_index(["unit_code", "objective"]).loc[plan.province]
        assert whole.equals(exact.findings.set_index(["unit_code", "objective"]).loc[plan.province])
        names = [*plan.reporting_units.name]
        assert not [name for name in names if name in whole.reason["enforcement"]]
        for item in ("cases", "pending", "limb_hiv", "limb_gbv"):
            public_row, exact_row = (
                one.indicators.set_index(["unit_code", "item"]).loc[(plan.province, item)]
                for one in (case, exact)
            )
            assert public_row[["words", "state"]].equals(exact_row[["words", "state"]]), item


@pytest.mark.slow
def test_whole_published_folder_of_communes_is_safe(communes_run: Path):
    """Every page and notebook of a run recounts what it can, and discloses of cases and coarse
    items no commune's.
    """
    rules = attack.load_rules(register=communes_run.parent / "register.csv")
    edition = read(communes_run / "published", rules)
    hidden = {*rules.province_only, *rules.coarse}
    units = {unit for unit, item, _ in edition.statements if item in hidden}
    assert attack.WHOLE in units and units <= {attack.WHOLE, rules.province}
    assert not narrow(edition, rules=rules)


# How many persons a cell has: of few, of a dozen, or of few beside one large reporter.
DRAWS: dict[str, Callable[[Random, bool], int]] = {
    "few": lambda rng, is_largest: rng.choice([0, 0, 0, 1, 2, 3]),
    "dozen": lambda rng, is_largest: rng.randint(0, 12),
    "one large": lambda rng, is_largest: rng.randint(20, 60) if is_largest else rng.choice([0, 1]),
}


def redrawn(cells: pd.DataFrame, rng: Random, draw: Callable[[Random, bool], int]) -> pd.DataFrame:
    """The cells with other numbers of persons; of each item one reporter may be the largest."""
    is_person = cells["item"].isin([*RULES.summed, *RULES.never]) & cells.value.notna()
    persons = cells[is_person | ((cells["column"] == attack.MODELS) & cells.value.notna())]
    largest = {
        item: rng.choice([*reporters.unique()])
        for item, reporters in persons.groupby("item").reporter
    }
    numbers = {
        row.Index: str(draw(rng, largest[row.item] == row.reporter)) for row in persons.itertuples()
    }
    value = cells.value.mask(cells.index.isin(persons.index), pd.Series(numbers, dtype="string"))
    return consistent(cells.assign(value=value))


def consistent(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with kinds of violators that add up to all, and no fewer than cases; with fewer
    places than inspections; with persons reached where there was an activity, and nowhere else.
    """
    value = cells.value.copy()
    activities = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    some = activities.some.groupby([activities.reporter, activities["item"]]).any()
    persons = cells[(cells.objective == "harm_reduction") & (cells.period == "Y")].dropna(
        subset="value"
    )
    for cell in persons.itertuples():
        reached = max(int(cell.value), 1)
        value[cell.Index] = str(reached if some.get((cell.reporter, cell.row)) else 0)
    is_reported = (cells.objective == "enforcement") & cells.value.notna()
    for _, rows in cells[is_reported].groupby(["reporter", "period"]):
        at = dict(zip(rows["item"], rows.index, strict=True))
        if attack.PLACES in at:
            inspections = int(value[at[attack.INSPECTIONS]]) if attack.INSPECTIONS in at else 0
            value[at[attack.PLACES]] = str(min(int(value[at[attack.PLACES]]), inspections // 2))
        kinds = [at.get(kind) for kind in KINDS]
        if "6.7" not in at or None in kinds:
            continue
        cases = int(value[at["6.3"]]) if "6.3" in at else 0
        lacking = cases - sum(int(value[kind]) for kind in kinds)
        value[kinds[0]] = str(int(value[kinds[0]]) + max(lacking, 0))
        value[at["6.7"]] = str(sum(int(value[kind]) for kind in kinds))
    return cells.assign(value=value)
