"""The plan as data: its objectives with sentences, targets and rules, its units and its form."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import pandas as pd
from pydantic import Field, ValidationInfo, field_validator, model_validator

from pcmd_eval.objectives.aggregation import Steps
from pcmd_eval.objectives.enforcement import CASES
from pcmd_eval.objectives.registry import OBJECTIVES, AnyObjective
from pcmd_eval.objectives.rules import (
    TARGET_KEYS,
    Choice,
    GeneralRules,
    NotJudged,
    Rule,
    TargetValue,
)
from pcmd_eval.objectives.targets import Target
from pcmd_eval.plan.consistency import find_inconsistencies
from pcmd_eval.plan.disclosure import Disclosure, classify, find_unclassed, load_disclosure
from pcmd_eval.plan.form import Form, load_form
from pcmd_eval.plan.previous_year import NO_FIGURES, Previous, read_previous
from pcmd_eval.plan.report_settings import PlanSettings, settings_of
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.plan.units import PlanUnits
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_short_date
from pcmd_eval.util.vocabulary import RETURN_STATE_LABELS, SCENARIO_MARK, SCENARIO_SUFFIX
from pcmd_eval.util.yaml_models import Text, parse_model, parse_yaml

# Status, reason and source of a value that an analyst tries in a scenario.
SCENARIO = {
    "status": "assumption",
    "why": "Chọn trong sổ thử; chưa được xác nhận.",
    "source": "Sổ thử",
    "confirmed": None,
}


class Alternative(NamedTuple):
    """The plan with one rule (named `key`) set to another of its choices."""

    key: str
    rule: Rule[Any]
    choice: Choice[Any]
    plan: "Plan"


# A file name that every system allows.
NotebookName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{1,40}$")]


class Plan(PlanUnits):
    """A plan with its rules, form and units.

    `name`: of its file, without .yaml; `plan`: its number, as in 4820/KH-UBND; `trial`: the name of
    a scenario, None for a plan in force; `base`: the plan in data/plans that the file of a saved
    scenario changes; `extra_notebooks`: further templates in notebooks/, executed for every unit.
    """

    name: str = ""
    base: Text | None = None
    plan: Text
    trial: Text | None = None
    title: Text
    issuer: Text
    issued: date
    year: Annotated[int, Field(ge=2000, le=2100)]
    source: Text
    form_name: Text = Field(alias="form")
    labels: dict[str, Text] | None = None  # of rows of the form, by their code
    rules: GeneralRules
    objectives: tuple[AnyObjective, ...] = Field(min_length=1)
    not_judged: tuple[NotJudged, ...] = ()
    extra_notebooks: tuple[NotebookName, ...] = ()
    previous: Previous | None = None
    review: PlanSettings | None = None

    def __hash__(self) -> int:
        # For caches. Not by content, which has dicts.
        return id(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle does not know the generic models of rules.
        return type(self).model_validate, (self.content() | {"name": self.name},)

    @field_validator("objectives")
    @classmethod
    def _check_distinct(cls, objectives: tuple[AnyObjective, ...]) -> tuple[AnyObjective, ...]:
        """Return the objectives in order; reject those that share a number or slug."""
        for key in ("number", "slug"):
            if len({getattr(objective, key) for objective in objectives}) < len(objectives):
                raise ValueError(f"mỗi chỉ tiêu phải có “{key}” riêng")
        return tuple(sorted(objectives, key=lambda objective: objective.number))

    @field_validator("objectives", mode="before")
    @classmethod
    def _add_sources(cls, objectives: Any, info: ValidationInfo) -> Any:
        """Set `source` of targets and rules that have none, unless borrowed, to the plan itself."""
        for objective in objectives if isinstance(objectives, list) else ():
            with suppress(AttributeError):  # an entry that is no mapping is refused later
                source = f"Kế hoạch {info.data.get('plan')}, chỉ tiêu {objective.get('number')}"
                targets = [objective.get(key) for key in TARGET_KEYS]
                for entry in filter(None, [*targets, *objective.get("rules", {}).values()]):
                    if entry.get("status") != "borrowed":
                        entry.setdefault("source", source)
        return objectives

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        """Reject a deadline that is too early or too late, and an issue day after the plan's year.

        Until `open_period_days` before the end of the year no return can be final.
        """
        open_days = min(self.rules["open_period_days"].value, 366)  # more could leave the calendar
        first = date(self.year, 12, 31) - timedelta(days=open_days)
        last = date(self.year + 1, 12, 31)
        for day in self.rules["deadline"].possible_values():
            if not first <= day <= last:
                allowed = f"phải từ {format_short_date(first)} đến {format_short_date(last)}"
                raise ValueError(f"rules.deadline: hạn gửi {format_short_date(day)} {allowed}")
        if self.issued.year > self.year:
            day_and_year = f"{format_short_date(self.issued)} là sau năm kế hoạch {self.year}"
            raise ValueError(f"issued: {day_and_year}; sửa ngày hoặc năm")
        return self

    # ---- objectives and rules --------------------------------------------------------------------

    @cached_property
    def by_slug(self) -> dict[str, AnyObjective]:
        """The objectives by slug."""
        return {objective.slug: objective for objective in self.objectives}

    def __repr__(self) -> str:
        return f"Kế hoạch {self.plan}, năm {self.year}: {self.title} ({self.name})"

    __str__ = __repr__

    def __getitem__(self, slug: str) -> AnyObjective:
        return self.by_slug[slug]

    def objective(self, written: str) -> AnyObjective:
        """Một chỉ tiêu, theo tên tắt hoặc số thứ tự.

            case.plan.objective("communication").sentence

        Raises InputRefused that lists the objectives.
        """
        if isinstance(written, str) and written in self.by_slug:
            return self.by_slug[written]
        numbered = {str(objective.number): objective for objective in self.objectives}
        if isinstance(written, str) and written in numbered:
            return numbered[written]
        known = "; ".join(f"{o.slug} ({o.heading})" for o in self.objectives)
        raise InputRefused(
            f"Kế hoạch {self.plan} không có chỉ tiêu “{written}”. Dùng một trong: {known}."
        )

    @property
    def commune_slugs(self) -> list[str]:
        """The slugs of the objectives whose sheet has a row for each commune."""
        return [slug for slug in self.by_slug if self.form.sheet(slug).rows == "communes"]

    @property
    def case_parts(self) -> dict[str, str]:
        """The parts of the cases of objective 6 by the code of their row: 6.3 -> detected."""
        return CASES

    def steps(self, slug: str, cells: pd.DataFrame) -> Steps:
        """Các bước tính của một chỉ tiêu theo quy tắc đang áp dụng, từ ô đến phần được tính.

        case.plan.steps("communication", case.cells)["communes"]
        """
        slug = self.objective(slug).slug
        objective_cells = cells[cells.objective == slug]
        return OBJECTIVES[slug].function(objective_cells, self[slug].rule_values, self.year)

    def target(self, slug: str, unit: str) -> TargetValue | None:
        """Return the target of the province, or the one that applies to each unit."""
        return self[slug].target if unit == self.province else self[slug].unit_target

    @property
    def target_labels(self) -> dict[str, str]:
        """The words of every target by its text: >= 75% -> từ 75% trở lên.

        A text whose words differ between objectives has those without the noun that is counted.
        """
        words_by_text: dict[str, set[str]] = {}
        for objective in self.objectives:
            for target in objective.targets.values():
                words_by_text.setdefault(target.value.text, set()).add(target.value.words)
        return {
            text: Target.parse(text).words if len(words) > 1 else next(iter(words))
            for text, words in words_by_text.items()
        }

    def with_rules(self, values: Mapping[tuple[str, str], Any]) -> "Plan":
        """Return the plan with other values of rules or targets, by slug and key.

        A replaced target gets the status and source in `SCENARIO`. Raises ValueError for impossible
        values and KeyError for rules that the plan has not.
        """
        content = self.content()
        entries = {
            (objective["slug"], key): entry
            for objective in content["objectives"]
            for group in (objective["rules"], {key: objective.get(key) for key in TARGET_KEYS})
            for key, entry in group.items()
            if entry
        }
        for (slug, key), value in values.items():
            # In place: `entries` refers to the dictionaries in `content`.
            entries[slug, key] |= {"value": value} | (SCENARIO if key in TARGET_KEYS else {})
        return Plan.model_validate(content | {"name": self.name})

    def content(self) -> dict[str, Any]:
        """Return the plan as plain values, as its file has it; keys that are None are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"name"})

    def alternatives(self, slug: str) -> Iterator[Alternative]:
        """Yield the plan with each other choice of each rule of an objective, one at a time."""
        for key, rule in self[slug].rules.items():
            for choice in (choice for choice in rule.choices if choice.value != rule.value):
                # A choice that contradicts another rule in force is no alternative.
                with suppress(ValueError):
                    other = self.with_rules({(slug, key): choice.value})
                    yield Alternative(key, rule, choice, other)

    @property
    def mark(self) -> str:
        """The mark on everything made by a scenario; "" for a plan in force."""
        return SCENARIO_MARK if self.trial else ""

    @property
    def marked_number(self) -> str:
        """The number of the plan in frames and files, which says if it is that of a scenario."""
        return self.plan + SCENARIO_SUFFIX * bool(self.trial)

    # ---- form, deadline, previous year -----------------------------------------------------------

    @cached_property
    def form(self) -> Form:
        """The return form with this plan's values for its placeholders and its labels of rows."""
        placeholders = {
            "year": str(self.year),
            "plan": self.plan,
            "province": self.register.name[self.province],
            "kind": self.kind,  # of the province
            "KIND": self.kind.upper(),
            "party": self.party,
            "department": settings_of(self.review).department.name,
            "COMMUNES": self.commune_kinds.upper(),
        }
        path = paths.FORMS / f"{self.form_name}.yaml"
        return load_form(path, self.by_slug.keys(), **placeholders).relabel(self.labels or {})

    def as_of(self, version: int) -> "Plan":
        """Return the plan with its form as it was in an earlier version, see `Form.versions`."""
        if version == self.form.version:
            return self
        earlier = self.model_copy()
        earlier.__dict__["form"] = self.form.as_of(version)  # where cached_property keeps it
        return earlier

    @cached_property
    def disclosure(self) -> Disclosure:
        """The disclosure policy."""
        return load_disclosure()

    def classify(self, cells: pd.DataFrame) -> pd.Series:
        """Return the class of each cell (string), see `disclosure.classify`.

        Where districts report, "public" replaces "province_only".
        """
        classes = classify(self.disclosure, self.form, cells)
        return classes if self.communes_report else classes.replace("province_only", "public")

    def sheets_of(self, reporter: str) -> tuple[Sheet, ...]:
        """Return the sheets that this reporter fills in."""
        fillers = ("province" if reporter == self.province else "unit", "everyone")
        return tuple(sheet for sheet in self.form.sheets if sheet.reporter in fillers)

    @cached_property
    def expected_reporters(self) -> list[str]:
        """The reporters that the plan asks for a return, in their order."""
        return [unit for unit in self.reporters.index if self.sheets_of(unit)]

    @property
    def previous_year(self) -> int:
        """The year that the plan compares with, by default the year before its own."""
        return self.previous.year if self.previous else self.year - 1

    @cached_property
    def previous_figures(self) -> pd.DataFrame:
        """The indicators of the previous year, see `read_previous`; empty without one."""
        if not self.previous:
            return NO_FIGURES
        file = paths.PREVIOUS / self.previous.figures
        return read_previous(file, self.previous.year, self.reporters.index)

    @property
    def binding_deadline(self) -> date | None:
        """The deadline if it is stated or confirmed; an assumed one makes no return late."""
        deadline = self.rules["deadline"]
        return deadline.value if deadline.status in ("stated", "confirmed") else None

    @property
    def return_state_labels(self) -> dict[str, str]:
        """The labels by state of a return; without a binding deadline none is late as a fact."""
        assumed = {"on_time": "đã gửi", "late": "đã gửi, sau hạn tạm áp dụng"}
        return RETURN_STATE_LABELS | ({} if self.binding_deadline else assumed)


def _read_base(content: bytes, name: str) -> bytes:
    """Return the content of the plan that a plan file names as its `base`, b"" without one."""
    data = parse_yaml(content, name)
    if not isinstance(data, dict) or "base" not in data:
        return b""
    path = paths.PLANS / f"{data['base']}.yaml"
    if not path.is_file() or b"\nbase:" in b"\n" + path.read_bytes():
        raise InputRefused(
            f"Tệp {name}, khóa “base”: “{data['base']}” không phải kế hoạch đầy đủ trong "
            "data/plans. Ghi tên một kế hoạch ở đó."
        )
    return path.read_bytes()


def load_plan(name_or_file: str) -> Plan:
    """Return a plan by its name in data/plans or by the path of a .yaml file.

    Raises InputRefused that names each faulty key and each contradiction to form and register; for
    an unknown name it lists the plans in data/plans.
    """
    known = ", ".join(sorted(p.stem for p in paths.PLANS.glob("*.yaml")))
    if not (known and paths.NOTEBOOKS.is_dir()):
        root = os.environ.get("PCMD_ROOT", "chưa đặt")
        raise InputRefused(
            f"Trong “{paths.ROOT.absolute()}” không có đủ các kế hoạch (data/plans/*.yaml) và thư "
            "mục notebooks của công cụ. Đặt biến "
            f"PCMD_ROOT (nay: {root}) là thư mục dự án, hoặc cài từ đó như README hướng dẫn."
        )
    path = paths.PLANS / f"{name_or_file}.yaml"
    if name_or_file.endswith(".yaml"):
        path = Path(name_or_file)
    if not path.is_file():
        raise InputRefused(
            f"Không có kế hoạch “{name_or_file}”. Dùng một trong: {known}; hoặc đường dẫn tệp "
            ".yaml."
        )
    content = path.read_bytes()
    plan = parse_model(content, path.name, Plan, _read_base(content, path.name))
    plan = plan.model_copy(update={"name": path.stem})
    if missing := plan.by_slug.keys() - {sheet.objective for sheet in plan.form.sheets}:
        words = f"biểu mẫu {plan.form_name} không có biểu cho {', '.join(sorted(missing))}"
        raise InputRefused(f"Kế hoạch {plan.name}: {words}.")
    unclassed = find_unclassed(plan.disclosure, plan.form, f"{Path(plan.form_name).name}.yaml")
    if wrong := [*find_inconsistencies(plan), *unclassed]:
        raise InputRefused(*(f"Kế hoạch {plan.name}: {words}." for words in wrong))
    plan.previous_figures  # noqa: B018  (read now, so that a faulty file is refused at once)
    return plan
