"""The folders of the package import in one order, and the guide's way of one cell is true."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from pkgutil import resolve_name

import pytest

from pcmd_eval.evaluation.findings import judge
from pcmd_eval.objectives.communication import communication
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths

GUIDE = (paths.ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGE = paths.ROOT / "pcmd_eval"
FOLDERS = [
    *("util", "objectives", "plan", "evaluation", "statistics", "analysis", "charts"),
    *("office/intake", "office/asks", "office/forms", "office/lab", "office/audit"),
    *("office/reports", "office/site", "office/batch"),
]


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of the package that the nodes below `tree` import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def forbidden_imports(file: Path, text: str) -> list[str]:
    """Return the imports of a module that go against the order of folders or hide in functions."""
    folder = folder_of(file.relative_to(PACKAGE).parts)
    if not folder:
        return []
    tree = ast.parse(text)
    allowed = ["", "__version__", *FOLDERS[: FOLDERS.index(folder) + 1]]
    names = [name for name in imported_modules(tree) if name.startswith("pcmd_eval.")]
    upward = [name for name in names if folder_of(name.split(".")[1:]) not in allowed]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return upward + [name for function in functions for name in imported_modules(function)]


def folder_of(parts: Sequence[str]) -> str:
    """Return the folder of the table in which a module lies, "" for one beside the folders."""
    folder = "/".join(parts[:2]) if parts[0] == "office" else parts[0]
    return "" if folder.endswith(".py") else folder


def test_folder_imports_only_from_those_before_it() -> None:
    modules = [*PACKAGE.rglob("*.py")]
    assert len(modules) > len(FOLDERS)
    breaches = {
        str(file.relative_to(PACKAGE)): forbidden_imports(file, file.read_text(encoding="utf-8"))
        for file in modules
    }
    assert {file: names for file, names in breaches.items() if names} == {}


LOAD = """
import sys
from importlib import import_module
from pathlib import Path
import pcmd_eval
package = Path(pcmd_eval.__file__).parent
for file in package.rglob("*.py"):
    parts = file.relative_to(package).with_suffix("").parts
    if parts[0] in sys.argv[1:]:
        import_module(".".join(("pcmd_eval", *parts)).removesuffix(".__init__"))
office = lambda: {name.split(".")[2] for name in sys.modules if name.startswith("pcmd_eval.office.")}
print(*office())
pcmd_eval.open_case("phu_tho_2017", "230")
print(*office())
"""


@pytest.mark.slow
def test_calculations_load_nothing_of_the_office_and_open_case_the_reader_alone() -> None:
    """In a process of its own, since this one has loaded everything."""
    calculations = [folder for folder in FOLDERS if "/" not in folder]
    process = [sys.executable, "-c", LOAD, *calculations]
    printed = subprocess.run(process, check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == ["", "intake"]


def test_guide_names_every_folder_in_the_order_of_imports() -> None:
    table = GUIDE.partition("## The folders")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w/]+)/` \|", table, re.MULTILINE) == FOLDERS


def test_guide_names_existing_functions_on_the_way_of_one_cell() -> None:
    stations = re.findall(r"^\| [^|]+\| `([\w.]+:[\w.]+)` \|", GUIDE, re.MULTILINE)
    assert len(stations) == 14
    assert all(callable(resolve_name(f"pcmd_eval.{station}")) for station in stations)


def test_cell_of_the_guide_has_these_values_on_its_way(plan: Plan, shipped: Intake) -> None:
    """A 0 in place of this one cell turns the finding from met to not met."""
    cells, rules = shipped.cells, plan["communication"].rule_values
    [at] = cells.index[
        (cells.file == "230-doan-hung.xlsx") & (cells.cell == "E6") & (cells.unit_code == "07972")
    ]
    cell = cells.loc[at]
    assert (cell.reporter, cell["item"], cell.period) == ("230", "nói chuyện, hội nghị", "Q1")
    assert (cell.state, cell.value, cell.number, cell.some) == ("reported", "6", 6, True)
    steps = communication(cells, rules, plan.year)
    assert steps["quarters"]["230", "07972"].tolist() == [True, False, True, True]
    assert steps["communes"]["230", "07972"]
    finding = judge(plan, "communication", cells).set_index("unit_code").loc["230"]
    assert finding[["low", "high", "needed", "total"]].tolist() == [21, 21, 21, 28]
    assert f"| {finding.reason} |" in GUIDE
    is_cell = cells.index == at
    zero = cells.assign(
        value=cells.value.mask(is_cell, "0"),
        number=cells.number.mask(is_cell, 0),
        some=cells.some.mask(is_cell, False),
    )
    finding = judge(plan, "communication", zero).set_index("unit_code").loc["230"]
    assert (finding.low, finding.verdict) == (20, "not_met")
    assert shipped.returns.set_index("reporter").state["230"] == "on_time"
