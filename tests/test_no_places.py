"""The package and the notebooks know no place, plan or number of a plan: those stand in data alone."""

import csv
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pcmd_eval import paths
from pcmd_eval.project import open_project

PACKAGE = Path(paths.__file__).parent
PLANS = sorted(path.stem for path in paths.PLANS.glob("*.yaml"))
# The only places where one may stand: the plan taken when none is named, and the times written into made files, which
# are fixed so that the same input gives the same bytes, and tell of no plan.
ALLOWED = {
    ("options.py", 'DEFAULT_PLAN = "phu_tho_2017"'),
    ("files.py", "_EPOCH = datetime(2017, 1, 1)"),
    ("files.py", 'return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\\g<1>2017-01-01T00:00:00Z", part)'),
    ("pdf.py", '_FIXED = b"20171231000000"'),
    ("pdf.py", 'without = _XMP_TIMES.sub(rb"\\g<1>2017-12-31T00:00:00", without)'),
}
# Names that are also words of the language.
COMMON = {"Trung Sơn", "Thành Công", "Tiến Bộ", "Đồng Tâm", "Hòa Bình", "An Bình"}


def unit_names() -> list[str]:
    """The names of two words or more of every province, and of the units of the shipped plans."""
    with (paths.UNITS / "phu_tho_2017.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = {row[f"{level}_name"] for row in rows for level in ("province", "district", "commune")}
    for plan in PLANS:
        register = open_project(plan).register
        names |= {unit.name for unit in (*register.reporters, *register.communes(register.province.code))}
    return sorted(name for name in names - COMMON if " " in name)


def plan_words() -> list[str]:
    """The numbers of the plans, their years, dates, targets and the counts these come to."""
    found = {"884", "2578", "phu_tho", "Phú Thọ", "PHÚ THỌ"}
    for name in PLANS:
        project = open_project(name)
        found |= {project.plan.plan, project.plan.name, str(project.plan.year)}
        totals = (len(project.register.districts), len(project.register.communes(project.register.province.code)))
        for objective in project.plan.objectives:
            target = objective.target.value
            found |= set(re.findall(r"\d+(?:\.\d+)?%", target.text)) - {"100%"}  # the end of any share
            if target.threshold:
                found |= {str(n) for total in totals if (n := target.needed(total) or 0) > 100}
        found.add(str(totals[1]))
    return sorted(found)


FORBIDDEN = re.compile(
    "|".join(rf"(?<![\w%])(?<!\d[.,]){re.escape(word)}(?!\w)(?!\.\d)" for word in [*plan_words(), *unit_names()])
)


def code_lines() -> Iterator[tuple[str, int, str]]:
    """Every line of the package: code, comments and docstrings."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path.name, number, line.strip()


def notebook_lines() -> Iterator[tuple[str, int, str]]:
    """Every line of the notebooks but those of the parameters cell."""
    for path in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            if "parameters" not in cell["metadata"].get("tags", []):
                yield from ((path.name, number, line) for line in "".join(cell["source"]).splitlines())


def template_lines() -> Iterator[tuple[str, int, str]]:
    """Every line of the pages' templates."""
    for path in sorted(paths.TEMPLATES.rglob("*.j2")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path.name, number, line


@pytest.mark.parametrize("lines", [code_lines, notebook_lines, template_lines])
def test_no_place_and_no_number_of_a_plan(lines) -> None:
    found = [
        f"{name}, {number}: {hit.group()} in {line}"
        for name, number, line in lines()
        if (name, line) not in ALLOWED
        for hit in FORBIDDEN.finditer(line)
        if not _ticks(line, hit)
    ]
    assert not found, "\n".join(found)


def _ticks(line: str, hit: re.Match[str]) -> bool:
    """The marks of an axis from 0 to 100% are no target; nor is a width in a style."""
    return "set_xticks" in line or "font-size" in line or "width:" in line or '["0%"' in line


def test_no_share_stands_in_the_package_that_the_target_of_a_plan_could_name() -> None:
    share = re.compile(r"(?<![\d.,])\d+(?:\.\d+)?%")
    found = [
        (name, number, hit.group())
        for name, number, line in code_lines()
        for hit in share.finditer(line)
        if hit.group() not in ("0%", "0.00%", "100%") and not _ticks(line, hit)
    ]
    assert not found


def test_what_is_allowed_is_still_there() -> None:
    lines = {(name, line) for name, _, line in code_lines()}
    assert lines >= ALLOWED


def test_the_search_would_find_them() -> None:
    said = "Kế hoạch 884/KH-UBND: 75% là 208 trong 277 xã, năm 2017, Đoan Hùng, Phan Thiết, thua_thien_hue_2017"
    found = {hit.group() for hit in FORBIDDEN.finditer(said)}
    assert found >= {"884", "75%", "208", "277", "2017", "Đoan Hùng", "Phan Thiết", "thua_thien_hue_2017"}


def test_no_threshold_stands_in_the_code_of_the_objectives() -> None:
    """Of whole numbers only 0, 1 and the rows of the form appear where verdicts are decided."""
    for name in ("objectives.py", "bounds.py"):
        source = (PACKAGE / name).read_text(encoding="utf-8")
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        numbers = {token.string for token in tokens if token.type == tokenize.NUMBER}
        assert numbers <= {"0", "1", "3", "4", "5", "6", "02"}, name  # 6.3 to 6.6, M01


def test_plans_name_only_units_of_their_own() -> None:
    """A plan file that was copied from another keeps nothing of it."""
    for name in PLANS:
        content = yaml.safe_load((paths.PLANS / f"{name}.yaml").read_text(encoding="utf-8"))
        project = open_project(name)
        said = json.dumps({k: v for k, v in content.items() if k != "source"}, ensure_ascii=False, default=str)
        others = {open_project(other).register.province.name for other in PLANS} - {project.register.province.name}
        borrowed = {o["target"]["source"] for o in content["objectives"] if o["target"]["status"] == "borrowed"}
        for source in borrowed:
            said = said.replace(json.dumps(source, ensure_ascii=False), "")
        assert not [other for other in others if other in said], name
