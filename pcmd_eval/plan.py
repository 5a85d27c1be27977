"""The plan as data: objectives with their own sentences, targets, and every rule the plan leaves open."""

import json
from collections.abc import ItemsView, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import pandas as pd
from pydantic import AfterValidator, Field, StrictInt, ValidationInfo, field_validator, model_validator

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.form import Form, Sheet, load_form
from pcmd_eval.spelling import fold_name, order
from pcmd_eval.strict import Strict, load
from pcmd_eval.targets import Target
from pcmd_eval.units import LEVELS, load_register, named, readings
from pcmd_eval.words import STATUSES, TRIED, short_date

T = TypeVar("T")
Text = Annotated[str, Field(min_length=1)]


def _ascending(value: tuple[int, ...]) -> tuple[int, ...]:
    if list(value) != sorted(set(value)):
        raise ValueError("các kỳ phải khác nhau và xếp tăng dần")
    return value


Count = Annotated[StrictInt, Field(ge=1)]
Quarters = Annotated[
    tuple[Annotated[StrictInt, Field(ge=1, le=4)], ...], Field(min_length=1), AfterValidator(_ascending)
]
Months = Annotated[
    tuple[Annotated[StrictInt, Field(ge=1, le=12)], ...], Field(min_length=1), AfterValidator(_ascending)
]
Outlets = Literal["all"] | Annotated[tuple[Text, ...], Field(min_length=1)]


# ---- values with their reasons --------------------------------------------------------------------------------------


class Confirmation(Strict):
    """The document by which the department confirmed a choice."""

    document: Text
    date: date


class Sourced(Strict, Generic[T]):
    """A value with the reason and the source it rests on."""

    value: T
    status: Literal["stated", "borrowed", "assumption", "confirmed"]
    why: Text
    source: Text
    confirmed: Confirmation | None = None

    @model_validator(mode="after")
    def _confirmed_by(self) -> "Sourced[T]":
        if (self.status == "confirmed") != (self.confirmed is not None):
            raise ValueError("status “confirmed” phải đi cùng khóa “confirmed” (document, date), và ngược lại")
        return self

    @property
    def grounds(self) -> str:
        """Whose choice it is, in words, with the document that confirmed it."""
        confirmed = f": {self.confirmed.document}, ngày {short_date(self.confirmed.date)}" if self.confirmed else ""
        return f"{STATUSES[self.status]}{confirmed}"


class TargetValue(Sourced[Target]):
    """The number asked for, as one of the shapes of `targets.Target`."""

    @field_validator("value", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Target:
        return Target.parse(str(value))

    @property
    def basis(self) -> str:
        """Where the needed number comes from, as the findings table says it."""
        return {"borrowed": "borrowed", "assumption": "assumption"}.get(self.status, "plan")


class Choice(Strict, Generic[T]):
    """One value a rule could take, in words."""

    value: T
    label: Text


class Rule(Sourced[T], Generic[T]):
    """One choice the plan leaves open: the value in force and the alternatives to show."""

    label: Text
    choices: tuple[Choice[T], ...] = ()

    @model_validator(mode="after")
    def _offered(self) -> "Rule[T]":
        values = [choice.value for choice in self.choices]
        if values and self.value not in values:
            raise ValueError(f"giá trị đang dùng {self.value!r} không nằm trong các lựa chọn (choices)")
        if len(set(values)) != len(values):
            raise ValueError("có lựa chọn (choices) trùng nhau")
        return self

    @property
    def chosen(self) -> str:
        """The value in force, in words."""
        written = short_date(self.value) if isinstance(self.value, date) else str(self.value)
        return next((choice.label for choice in self.choices if choice.value == self.value), written)


class Rules(Strict):
    """The rules of an objective by key."""

    def items(self) -> ItemsView[str, Rule[Any]]:
        """Key and rule, in the order of the class."""
        return dict(self).items()

    def __getitem__(self, key: str) -> Rule[Any]:
        return dict(self)[key]


# ---- objectives -----------------------------------------------------------------------------------------------------

COUNTED = ("share", "share_above", "share_range", "count", "all", "none")


class Objective(Strict):
    """One objective: the plan's sentence, what is counted, the target at each level, and its rules.

    `shapes` and `district_shapes` are the targets it can be held against.
    """

    shapes: ClassVar[tuple[str, ...]] = (*COUNTED, "of")
    district_shapes: ClassVar[tuple[str, ...]] = ("own",)

    number: Annotated[int, Field(ge=1)]
    slug: str
    title: Text
    sentence: Text
    level: Literal["province", "everyone"]
    counted: Text
    achievement: Text
    target: TargetValue
    district_target: TargetValue | None = None
    rules: Rules

    @model_validator(mode="after")
    def _targets(self) -> "Objective":
        for key, shapes in (("target", self.shapes), ("district_target", self.district_shapes)):
            given = getattr(self, key)
            if given is None and shapes:
                raise ValueError(f"thiếu khóa “{key}”; bổ sung")
            if given and given.value.shape not in shapes:
                raise ValueError(f"khóa “{key}”: chỉ tiêu này không nhận dạng “{given.value.text}”")
        return self


class CommunicationRules(Rules):
    active_quarters: Rule[Annotated[StrictInt, Field(ge=1, le=4)]]
    quarters: Rule[Quarters]


class Communication(Objective):
    district_shapes: ClassVar[tuple[str, ...]] = COUNTED
    slug: Literal["communication"]
    rules: CommunicationRules

    @model_validator(mode="after")
    def _reachable(self) -> "Communication":
        if self.rules.active_quarters.value > len(self.rules.quarters.value):
            raise ValueError("rules.active_quarters lớn hơn số quý được xét (rules.quarters): không thể đạt")
        return self


class IntegrationRules(Rules):
    min_programmes: Rule[Count]


class Integration(Objective):
    slug: Literal["integration"]
    rules: IntegrationRules


class HarmReductionRules(Rules):
    limbs: Rule[Literal["any", "both"]]


class HarmReduction(Objective):
    slug: Literal["harm_reduction"]
    rules: HarmReductionRules


class SupportModelRules(Rules):
    started: Rule[Literal["any", "plan_year"]]


class SupportModel(Objective):
    shapes: ClassVar[tuple[str, ...]] = ("count",)
    district_shapes: ClassVar[tuple[str, ...]] = ()
    slug: Literal["support_model"]
    rules: SupportModelRules


class MediaRules(Rules):
    months: Rule[Months]
    outlets: Rule[Outlets]


class Media(Objective):
    shapes: ClassVar[tuple[str, ...]] = (*COUNTED[:-1], "every")
    district_shapes: ClassVar[tuple[str, ...]] = ()
    slug: Literal["media"]
    rules: MediaRules


class EnforcementRules(Rules):
    pending: Rule[Literal["not_handled", "handled"]]


class Enforcement(Objective):
    shapes: ClassVar[tuple[str, ...]] = ("all",)
    district_shapes: ClassVar[tuple[str, ...]] = ("all",)
    slug: Literal["enforcement"]
    rules: EnforcementRules


AnyObjective = Annotated[
    Communication | Integration | HarmReduction | SupportModel | Media | Enforcement, Field(discriminator="slug")
]


# ---- the plan -------------------------------------------------------------------------------------------------------


class Units(Strict):
    """Which register the plan's units come from, their boundaries, and the plan's own word for its districts."""

    register_file: Text = Field(alias="register")
    province: Annotated[str, Field(pattern=r"^\d{2}$")]
    districts_word: Text | None = None
    boundaries: str | None = None
    later: str | None = None


class LaterUnit(Strict):
    """A commune created after the plan's year, and the communes it was made of where that is known."""

    district: str
    name: str
    made_of: tuple[str, ...] = Field(alias="from")


class LaterUnits(Strict):
    """The communes of a later register that returns name by mistake."""

    decree: str
    units: tuple[LaterUnit, ...]


class NotJudged(Strict):
    """A target of the plan that this workbook cannot judge: the plan's sentence, and why."""

    sentence: Text
    why: Text


class GeneralRules(Rules):
    """The rules for every objective."""

    deadline: Rule[date]
    open_period_days: Rule[Annotated[StrictInt, Field(ge=0)]]
    complete_share: Rule[Annotated[StrictInt, Field(ge=1, le=100)]]


class Alternative(NamedTuple):
    """The plan with one rule set to one of its other choices."""

    key: str
    rule: Rule[Any]
    choice: Choice[Any]
    plan: "Plan"


class Plan(Strict):
    """A plan with its rules, form and register; `name` is that of its file, `trial` that of a trial, which its title says."""

    name: str = ""
    plan: Text
    trial: Text | None = None
    title: Text
    issuer: Text
    issued: date
    year: Annotated[int, Field(ge=2000, le=2100)]
    source: Text
    form_name: Text = Field(alias="form")
    units: Units
    rules: GeneralRules
    objectives: tuple[AnyObjective, ...] = Field(min_length=1)
    not_judged: tuple[NotJudged, ...] = ()

    @field_validator("title")
    @classmethod
    def _titled(cls, title: str, info: ValidationInfo) -> str:
        suffix = f" (phương án thử: {info.data.get('trial')})" if info.data.get("trial") else ""
        return title if title.endswith(suffix) else f"{title}{suffix}"

    @field_validator("objectives")
    @classmethod
    def _distinct(cls, objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
        for key in ("number", "slug"):
            if len({getattr(objective, key) for objective in objectives}) < len(objectives):
                raise ValueError(f"mỗi mục tiêu phải có “{key}” riêng")
        return tuple(sorted(objectives, key=lambda objective: objective.number))

    @model_validator(mode="after")
    def _in_its_year(self) -> "Plan":
        """Returns asked for before the year is over, or long after, would all be open or late."""
        end, days = date(self.year, 12, 31), min(self.rules.open_period_days.value, 366)
        first, last, deadline = end - timedelta(days=days), date(self.year + 1, 12, 31), self.rules.deadline
        for day in (deadline.value, *(choice.value for choice in deadline.choices)):
            if not first <= day <= last:
                raise ValueError(
                    f"rules.deadline: {short_date(day)} không hợp với năm kế hoạch {self.year}; hạn gửi phải từ "
                    f"{short_date(first)} (hết năm, trừ open_period_days) đến {short_date(last)}"
                )
        if self.issued > end:
            words = f"issued: {short_date(self.issued)} là sau năm kế hoạch {self.year} (year); sửa ngày hoặc năm"
            raise ValueError(words)
        return self

    # What it asks, and under which rules.

    @cached_property
    def _by_slug(self) -> dict[str, Objective]:
        return {objective.slug: objective for objective in self.objectives}

    def __getitem__(self, slug: str) -> Objective:
        return self._by_slug[slug]

    def __contains__(self, slug: object) -> bool:
        return slug in self._by_slug

    def objective(self, written: str) -> Objective:
        """The objective with that slug or number; raises InputRefused that lists those there are."""
        for objective in self.objectives:
            if written in (objective.slug, str(objective.number)):
                return objective
        known = "; ".join(f"{o.number} {o.slug}" for o in self.objectives)
        raise InputRefused(f"Kế hoạch {self.plan} không có chỉ tiêu “{written}”. Dùng một trong: {known}.")

    def values(self, slug: str) -> dict[str, Any]:
        """The rules of an objective in force, by key: what its function in `objectives` takes."""
        return {key: rule.value for key, rule in self[slug].rules.items()}

    def target(self, slug: str, unit: str) -> TargetValue | None:
        """The target that holds for this unit: the plan's own for the province, the derived one for a district."""
        return self[slug].target if unit == self.province else self[slug].district_target

    def with_rules(self, values: Mapping[tuple[str, str], Any]) -> "Plan":
        """The same plan with other values of rules, by objective and key; raises ValueError if they are impossible."""
        known = {(objective.slug, key) for objective in self.objectives for key, _ in objective.rules.items()}
        if unknown := values.keys() - known:
            raise ValueError(f"kế hoạch không có quy tắc {', '.join(f'{slug}.{key}' for slug, key in sorted(unknown))}")
        content = self.content()
        for objective in content["objectives"]:
            for key, rule in objective["rules"].items():
                rule["value"] = values.get((objective["slug"], key), rule["value"])
        return Plan.model_validate(content | {"name": self.name})

    def content(self) -> dict[str, Any]:
        """The plan as its file holds it: only dictionaries, lists and plain values, and no key without one."""
        content = _plain(self.model_dump(by_alias=True, exclude_none=True, exclude={"name"}))
        for objective in content["objectives"]:
            for target in {"target", "district_target"} & objective.keys():
                objective[target]["value"] = objective[target]["value"]["text"]
        return content

    def alternatives(self, slug: str) -> Iterator[Alternative]:
        """The plan under every other choice of every rule of one objective, one rule at a time."""
        for key, rule in self[slug].rules.items():
            for choice in rule.choices:
                if choice.value != rule.value:
                    with suppress(ValueError):  # a choice that cannot go with the other rules in force is none
                        yield Alternative(key, rule, choice, self.with_rules({(slug, key): choice.value}))

    @property
    def mark(self) -> str:
        """What everything made by a trial says beside itself; "" for a plan in force."""
        return TRIED if self.trial else ""

    # Of whom, and on which form.

    @cached_property
    def register(self) -> pd.DataFrame:
        """The units of the plan's year, as `units.load_register` gives them."""
        return load_register(paths.UNITS / self.units.register_file, self.province)

    @property
    def province(self) -> str:
        """The code of the province."""
        return self.units.province

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The districts as Vietnamese dictionaries order them: an order that ranks nobody."""
        districts = self.register[self.register.level == "district"]
        return districts.loc[sorted(districts.index, key=lambda code: order(districts.name[code]))]

    @cached_property
    def reporters(self) -> pd.DataFrame:
        """Those who send a return, districts and province, by code as text."""
        return self.register[self.register.level != "commune"].sort_index()

    def communes(self, district: str | None = None) -> pd.DataFrame:
        """The communes of a district, or all."""
        communes = self.register[self.register.level == "commune"]
        return communes if district is None else communes[communes.parent == district]

    def unit(self, written: str) -> pd.Series:
        """The row of the district or province with that code or name; raises InputRefused that lists those there are."""
        if written in self.reporters.index:
            return self.reporters.loc[written]
        if len(found := named(written, self.reporters)) == 1:
            return found.iloc[0]
        known = "; ".join(self.reporters.index + " " + self.reporters.full_name)
        raise InputRefused(f"Không có đơn vị nào mang mã hoặc tên “{written}”. Dùng một trong các mã: {known}.")

    @cached_property
    def form(self) -> Form:
        """The return form as this plan uses it."""
        whole = load_form(paths.FORMS / f"{self.form_name}.yaml")
        return whole.of_plan(self._by_slug.keys(), self.register.name[self.province], self.year)

    def sheets_of(self, reporter: str) -> tuple[Sheet, ...]:
        """The sheets that this reporter fills in."""
        return self.form.sheets_of(self.register.level[reporter])

    @cached_property
    def later(self) -> LaterUnits | None:
        """The communes of a later register, if the plan names them."""
        return load(paths.UNITS / self.units.later, LaterUnits) if self.units.later else None

    def later_unit(self, written: str, district: str) -> str:
        """What to say of a name that belongs to a commune created later; "" if it does not."""
        names = {fold_name(name) for _, name in readings(written)}
        for unit in self.later.units if self.later else ():
            if unit.district == district and fold_name(unit.name) in names:
                parts = f" từ {', '.join(unit.made_of)}" if unit.made_of else ""
                return f"{unit.name} mới lập{parts} theo {self.later.decree}"
        return ""

    @property
    def districts_word(self) -> str:
        """What the plan calls its districts, else the kinds there are: huyện, thị xã, thành phố."""
        kinds = self.districts.type.str.lower().drop_duplicates()
        said = sorted(kinds, key=lambda kind: ("quận", "huyện", "thị xã", "thành phố").index(kind))
        return self.units.districts_word or ", ".join(said)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def load_plan(name_or_file: str) -> Plan:
    """Read a plan by its name in data/plans or by the path of a .yaml file.

    Raises InputRefused that names each faulty key, each contradiction to form and register, or the plans there are.
    """
    path = Path(name_or_file) if name_or_file.endswith(".yaml") else paths.PLANS / f"{name_or_file}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in paths.PLANS.glob("*.yaml")))
        raise InputRefused(f"Không có kế hoạch “{name_or_file}”. Dùng một trong: {known}; hoặc đường dẫn tệp .yaml.")
    plan = load(path, Plan).model_copy(update={"name": path.stem})
    if lacking := plan._by_slug.keys() - {sheet.objective for sheet in plan.form.sheets}:
        words = f"biểu mẫu {plan.form_name} không có biểu cho {', '.join(sorted(lacking))}"
        raise InputRefused(f"Kế hoạch {plan.name}: {words}.")
    if wrong := [*_beyond_the_form(plan), *_beyond_the_register(plan)]:
        raise InputRefused(*(f"Kế hoạch {plan.name}: {words}." for words in wrong))
    return plan


def _beyond_the_form(plan: Plan) -> Iterator[str]:
    """Choices of rules that the form makes impossible, by their keys."""
    for slug, key in (("media", "outlets"), ("integration", "min_programmes")):
        if slug in plan:
            rule, items = plan[slug].rules[key], {item.code for item in plan.form.sheet(slug).items}
            for value in {rule.value, *(choice.value for choice in rule.choices)}:
                if isinstance(value, tuple) and not set(value) <= items:
                    yield f"khóa “{key}”: biểu mẫu không có mã {', '.join(sorted(set(value) - items))}"
                if isinstance(value, int) and value > len(items):
                    yield f"khóa “{key}”: biểu mẫu chỉ có {len(items)} chương trình"


def _beyond_the_register(plan: Plan) -> Iterator[str]:
    """Targets, boundaries and later units that are not of this register: another province's would pass in silence."""
    totals = {"communication": len(plan.communes())}
    totals |= dict.fromkeys(("integration", "harm_reduction"), len(plan.districts))
    for objective in plan.objectives:
        target = objective.target.value
        if target.shape == "of" and target.numbers[1] != totals[objective.slug]:
            words = f"“{target.text}” nhưng danh mục có {totals[objective.slug]} đơn vị"
            yield f"khóa “target” của {objective.slug}: {words}"
    own, drawn = {*plan.districts.index}, plan.units.boundaries
    later = {unit.district for unit in plan.later.units} if plan.later else set()
    if strange := sorted(later - own):
        yield f"khóa “units.later”: {plan.units.later} có đơn vị của huyện không thuộc tỉnh ({', '.join(strange)})"
    if drawn:
        try:
            features = json.loads((paths.UNITS / drawn).read_bytes())["features"]
            shown = {feature["properties"]["district_code"] for feature in features}
        except FileNotFoundError:
            yield f"khóa “units.boundaries”: không có tệp {drawn} trong data/units"
        except (ValueError, KeyError, TypeError):
            yield f"khóa “units.boundaries”: {drawn} không phải GeoJSON có district_code cho mỗi huyện"
        else:
            yield from (f"khóa “units.boundaries”: {drawn} thiếu huyện {code}" for code in sorted(own - shown))
            yield from (f"khóa “units.boundaries”: {drawn} có huyện lạ {code}" for code in sorted(shown - own))
