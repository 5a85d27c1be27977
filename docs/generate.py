"""Fill the generated parts of the documents from the plan files, the rules of disclosure, the returns and the imports.

python docs/generate.py            writes what has changed
python docs/generate.py --check    names what is not current, and writes nothing
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.choices import scenarios
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.intake.container import Limits
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan import STATUS_WORDS, Sourced
from pcmd_eval.project import DISTRICT_SHAPES, SHAPES
from pcmd_eval.site.method import LEVELS
from pcmd_eval.site.public import MEANINGS
from pcmd_eval.targets import WRITTEN
from pcmd_eval.wording import LOOKS, Verdict

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))
import picture  # noqa: E402
from texts import (  # noqa: E402
    MissingText,
    choices,
    listed,
    name_of,
    others_of,
    pick,
    project,
    say,
    table,
    target_in,
    value_of,
)

PLAN = "phu_tho_2017"
_BLOCK = re.compile(r"(?P<start><!-- generated: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(?P<end><!-- end -->)", re.DOTALL)
_HOW = {"assessed": ("assessed", "đánh giá"), "partly": ("partly", "một phần"), "not": ("not", "không")}
_QUALITY = {"good": ("good", "tốt"), "fair": ("fair", "vừa"), "poor": ("poor", "thấp")}


def rules(language: str) -> str:
    """Every objective with its sentence, what is counted, and its targets and rules."""
    plan, parts = project(PLAN).plan, []
    heads = pick(language, "rule|value|status|why|alternatives", "quy tắc|giá trị|căn cứ|vì sao|lựa chọn khác").split(
        "|"
    )
    for objective in plan.objectives:
        quoted = f"“{objective.sentence}”" + (f" – {say(language, objective.sentence)}." if language == "en" else "")
        counted = f"{say(language, objective.counted)} {say(language, objective.achievement)}"
        own = [(key, value) for key, slug, value in choices(plan) if slug == objective.slug]
        parts.append(f"### {objective.number}. {say(language, objective.title)}\n\n> {quoted}\n\n")
        parts.append(f"{pick(language, 'Counted', 'Đếm')}: {counted}.\n\n" + table(heads, _rows(language, own)) + "\n")
    common = [(key, value) for key, slug, value in choices(plan) if slug == "common"]
    parts.append(f"### {pick(language, 'For every objective', 'Chung cho mọi chỉ tiêu')}\n\n")
    return "".join(parts) + table(heads, _rows(language, common))


def _rows(language: str, own: Iterable[tuple[str, Sourced]]) -> Iterator[list[str]]:
    for key, value in own:
        status = say(language, STATUS_WORDS[value.status])
        yield [
            name_of(language, key, value),
            value_of(language, value),
            status,
            say(language, value.why),
            others_of(language, value),
        ]


def verdicts(language: str) -> str:
    """The five verdicts and when each is given."""
    heads = (pick(language, "verdict", "kết luận"), pick(language, "given when", "khi"))
    shown = ((LOOKS[verdict].word, words) for verdict, words in MEANINGS.items())
    rows = (
        (word + (f" ({say('en', word)})" if language == "en" else ""), say(language, words)) for word, words in shown
    )
    return table(heads, rows)


# ---- the assumptions ------------------------------------------------------------------------------------------------


@cache
def impact() -> dict[str, tuple[int, int, bool]]:
    """For each rule: the findings that change under any alternative, of how many, and whether the province's does."""
    shipped = project(PLAN)
    evidence = read_returns(paths.returns_folder(PLAN), shipped.plan, shipped.form, shipped.register).evidence
    units, found = shipped.register.reporters, {}
    for objective in shipped.plan.objectives:
        now, *others = scenarios(evidence, objective.slug, units)
        judged = [f.unit_code for f in now.findings if f.verdict is not Verdict.NOT_APPLICABLE]
        for key, rule in objective.rules.items():
            tried = [scenario for scenario in others if scenario.rule == rule.label]
            changed = {
                a.unit_code
                for scenario in tried
                for a, b in zip(now.findings, scenario.findings, strict=True)
                if a.verdict is not b.verdict
            }
            whole = shipped.register.province.code in changed
            found[f"{objective.slug}.{key}"] = (len(changed), len(judged), whole)
    return found


def assumptions(language: str) -> str:
    """Every choice: quality, computed impact, and what its quality rests on."""
    plan, ratings, rows = project(PLAN).plan, listed("ratings.yaml"), []
    for key, slug, value in choices(plan):
        if key not in ratings:
            raise MissingText(f"ratings.yaml: {key}")
        quality = _QUALITY[ratings[key]["quality"]][language == "vi"]
        title = pick(language, "all", "chung") if slug == "common" else str(plan[slug].number)
        status = say(language, STATUS_WORDS[value.status])
        cells = (title, name_of(language, key, value), value_of(language, value), status, quality)
        rows.append((*cells, _impact(language, key), ratings[key][language]))
    heads = pick(
        language,
        "objective|choice|value|status|quality|impact|what the quality rests on",
        "chỉ tiêu|lựa chọn|giá trị|căn cứ|chất lượng|tác động|vì sao đánh giá như vậy",
    )
    return table(heads.split("|"), rows)


def _impact(language: str, key: str) -> str:
    if key not in impact():
        return pick(language, "not varied", "không thử")
    changed, judged, whole = impact()[key]
    level = "high" if whole else "medium" if changed else "none"
    words = {"high": "lớn", "medium": "vừa", "none": "không"}[level]
    more = pick(language, "; the province's too", "; cả kết luận của tỉnh") if whole else ""
    of = pick(language, f"{level}: {changed} of {judged} findings", f"{words}: {changed}/{judged} kết luận")
    return of + more


# ---- coverage, other plans, disclosure ------------------------------------------------------------------------------


def coverage(language: str) -> str:
    """Each sentence of the plan: assessed, partly or not, and by what."""
    found, rows = listed("coverage.yaml"), []
    plan = project(found["plan"]).plan
    for entry in found["entries"]:
        own = plan[entry["objective"]] if "objective" in entry else None
        sentence = own.sentence if own else entry["sentence"]
        english = say("en", sentence) if own else entry["english"]
        name = pick(language, "objective", "chỉ tiêu") + f" {own.number}" if own else "–"
        shown = f"“{sentence}”" + (f" – {english}" if language == "en" else "")
        rows.append((shown, _HOW[entry["how"]][language == "vi"], name, entry[language]))
    heads = pick(language, "sentence|assessed|by|note", "câu của kế hoạch|đánh giá|bằng|ghi chú").split("|")
    return table(heads, rows)


def plans(language: str) -> str:
    """The plans that are shipped: their objectives with targets, and what cannot be judged."""
    rows = []
    for name in sorted(path.stem for path in paths.PLANS.glob("*.yaml")):
        plan = project(name).plan
        for objective in plan.objectives:
            title, target = say(language, objective.title), objective.target.value
            rows.append(
                (f"`{name}`", f"{objective.number}. {title}", f"{target_in(language, target)} (`{target.text}`)")
            )
        for target in plan.not_judged:
            why = f"{pick(language, 'not judged', 'không đánh giá được')}: {say(language, target.why)}"
            rows.append((f"`{name}`", f"“{say(language, target.sentence)}”", why))
    return table(pick(language, "plan|objective|target", "kế hoạch|chỉ tiêu|mức cần đạt").split("|"), rows)


def shapes(language: str) -> str:
    """Which shapes of target each objective takes, for the province and for each district."""
    rows = []
    for slug, taken in SHAPES.items():
        own = DISTRICT_SHAPES.get(slug, ())
        rows.append((f"`{slug}`", *(", ".join(f"`{WRITTEN[shape]}`" for shape in s) or "–" for s in (taken, own))))
    heads = pick(language, "objective|`target`|`district_target`", "chỉ tiêu|`target`|`district_target`")
    return table(heads.split("|"), rows)


def disclosure(language: str) -> str:
    """What tells about few persons, at most in which form it is published, and why."""
    form = project(PLAN).form
    rows = []
    for row in load_disclosure().sensitive:
        sheet = form.sheet(row.objective).name
        rows.append((f"{sheet}: `{row.item}`", say(language, LEVELS[row.level]), say(language, row.why)))
    return table(
        pick(language, "item|published at most|why", "nội dung|nhiều nhất được công bố|lý do").split("|"), rows
    )


def limits(language: str) -> str:
    """What a file may be at most before it is refused."""
    limit, mib = Limits(), 1 << 20
    rows = [
        ("parts of the container", "phần trong tệp nén", limit.parts),
        ("size of one part, MiB", "cỡ một phần, MiB", limit.part_bytes // mib),
        ("size of all parts, MiB", "cỡ mọi phần, MiB", limit.all_bytes // mib),
        ("rows of a sheet", "dòng của một biểu", limit.rows),
        ("columns of a sheet", "cột của một biểu", limit.columns),
        ("cells of the file", "ô của cả tệp", limit.cells),
        ("memory of the reading process, MiB", "bộ nhớ của tiến trình đọc, MiB", limit.memory_bytes // mib),
        ("computing time of the reading process, seconds", "thời gian tính của tiến trình đọc, giây", limit.seconds),
    ]
    heads = (pick(language, "at most", "nhiều nhất"), pick(language, "limit", "giới hạn"))
    return table(heads, ((pick(language, en, vi), str(number)) for en, vi, number in rows))


def modules(language: str) -> str:
    """The layers of the package with their modules."""
    heads = pick(language, "layer|modules", "tầng|mô-đun").split("|")
    layers = reversed(picture.layers())
    return table(heads, ((layer.name[language], ", ".join(f"`{m}`" for m in layer.modules)) for layer in layers))


# ---- writing --------------------------------------------------------------------------------------------------------

BLOCKS: dict[str, Callable[[str], str]] = {
    f.__name__: f for f in (rules, verdicts, assumptions, coverage, plans, shapes, disclosure, limits, modules)
}


def filled(path: Path) -> str:
    """A page with its generated parts as they should be."""
    language = "vi" if path.parent.name == "vi" else "en"

    def block(found: re.Match[str]) -> str:
        return f"{found['start']}\n{BLOCKS[found['name']](language)}\n{found['end']}"

    return _BLOCK.sub(block, path.read_text(encoding="utf-8"))


def current() -> dict[Path, str]:
    """Every page and the picture as they should be."""
    pages = {path: filled(path) for path in sorted(DOCS.rglob("*.md"))}
    return {**pages, DOCS / "architecture.svg": picture.drawn()}


def main() -> int:
    """Write what is not current, or only name it."""
    stale = [(p, t) for p, t in current().items() if not p.is_file() or p.read_text(encoding="utf-8") != t]
    for path, text in stale:
        print(path.relative_to(DOCS.parent).as_posix())
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
