"""The words of the generated parts: texts of the data in the language of a page, the choices of a plan, tables."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pcmd_eval.plan import Plan, Rule, Sourced, TargetValue
from pcmd_eval.project import Project, open_project
from pcmd_eval.targets import Target
from pcmd_eval.wording import short_date

DOCS = Path(__file__).resolve().parent


class MissingText(Exception):
    """A text of the data has no English in english.yaml, or a choice no rating."""


@cache
def listed(name: str) -> Any:
    """What people wrote in one of the YAML files beside this one."""
    return yaml.safe_load((DOCS / name).read_text(encoding="utf-8"))


@cache
def project(name: str) -> Project:
    """A plan with its form and register, read once."""
    return open_project(name)


def pick(language: str, english: str, vietnamese: str) -> str:
    """The words of the page's language."""
    return english if language == "en" else vietnamese


def say(language: str, text: str) -> str:
    """A Vietnamese text of the data in the language of the page."""
    if language == "vi":
        return text
    if text not in listed("english.yaml"):
        raise MissingText(f"english.yaml: {text}")
    return listed("english.yaml")[text]


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    lines = [list(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ---- the choices ----------------------------------------------------------------------------------------------------


def choices(plan: Plan) -> Iterator[tuple[str, str, Sourced]]:
    """Every target and rule of a plan: its key, the key of its objective ("common"), and itself."""
    for objective in plan.objectives:
        targets = {"target": objective.target, "district_target": objective.district_target}
        own = {**{key: value for key, value in targets.items() if value}, **objective.rules}
        yield from ((f"{objective.slug}.{key}", objective.slug, value) for key, value in own.items())
    yield from ((f"common.{key}", "common", rule) for key, rule in plan.rules.items())


def name_of(language: str, key: str, value: Sourced) -> str:
    """What a choice is called."""
    if isinstance(value, Rule):
        return say(language, value.label)
    of_all = key.endswith(".target")
    return pick(language, *(("Target of the province", "Chỉ tiêu của tỉnh") if of_all else _DISTRICT))


_DISTRICT = ("Level applied to each district", "Mức áp cho từng huyện")


def value_of(language: str, value: Sourced) -> str:
    """The value in force, in words."""
    if isinstance(value, TargetValue):
        return f"{target_in(language, value.value)} (`{value.value.text}`)"
    assert isinstance(value, Rule)
    if isinstance(value.value, date):
        return f"{value.value.day} {value.value:%B %Y}" if language == "en" else short_date(value.value)
    return say(language, value.chosen) if value.choices else value.chosen


def target_in(language: str, target: Target) -> str:
    """A target in words: its shape has English, so that the target of a new plan needs none in english.yaml."""
    if language == "vi":
        return target.words
    n = re.findall(r"[\d.]*\d", target.text)
    return {
        "share": "at least {0}%",
        "share_above": "more than {0}%",
        "share_range": "from {0}% to {1}%",
        "of": "{0} of {1}",
        "own": "done",
        "count": "at least {0}",
        "every": "every month",
        "all": "all",
        "none": "none at all",
    }[target.shape].format(*n)


def others_of(language: str, value: Sourced) -> str:
    """The alternatives, in words."""
    given = getattr(value, "choices", ())
    return "; ".join(say(language, c.label) for c in given if c.value != value.value) or "–"
