"""The plan as data: objectives with their own sentences, targets, and every rule the plan leaves open."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.strict import Strict, load
from pcmd_eval.targets import Target
from pcmd_eval.wording import short_date

Text = Annotated[str, Field(min_length=1)]
Status = Literal["stated", "borrowed", "assumption", "confirmed"]
Slug = Literal["communication", "integration", "harm_reduction", "support_model", "media", "enforcement"]

STATUS_WORDS = {
    "stated": "kế hoạch nêu",
    "borrowed": "mượn từ văn bản khác",
    "assumption": "giả định",
    "confirmed": "đã được xác nhận",
}

# What each rule may be, whatever the plan chooses; the objectives' code knows these values and no others.
_POSSIBLE = {
    "active_quarters": lambda v: type(v) is int and 1 <= v <= 4,
    "quarters": lambda v: _periods(v, 4),
    "min_programmes": lambda v: type(v) is int and v >= 1,
    "limbs": lambda v: v in ("any", "both"),
    "started": lambda v: v in ("any", "plan_year"),
    "months": lambda v: _periods(v, 12),
    "outlets": lambda v: v == "all" or (isinstance(v, tuple) and len(v) > 0 and all(isinstance(x, str) for x in v)),
    "pending": lambda v: v in ("not_handled", "handled"),
    "deadline": lambda v: type(v) is date,
    "open_period_days": lambda v: type(v) is int and v >= 0,
    "complete_share": lambda v: type(v) is int and 0 < v <= 100,
}
_RULES = {
    "communication": {"active_quarters", "quarters"},
    "integration": {"min_programmes"},
    "harm_reduction": {"limbs"},
    "support_model": {"started"},
    "media": {"months", "outlets"},
    "enforcement": {"pending"},
    "": {"deadline", "open_period_days", "complete_share"},
}


TRIED = "PHƯƠNG ÁN THỬ – không phải kết luận chính thức"


def _of_trial(name: str | None) -> str:
    """What the title of a trial ends with, so that every page that prints the title says so."""
    return f" (phương án thử: {name})" if name else ""


def _periods(value: Any, last: int) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and sorted(set(value) & set(range(1, last + 1))) == list(value)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Confirmation(Strict):
    """The document by which the department confirmed a choice."""

    document: Text
    date: date


class Sourced(Strict):
    """A value with the reason and the source it rests on."""

    value: Any
    status: Status
    why: Text
    source: Text
    confirmed: Confirmation | None = None

    @field_validator("value")
    @classmethod
    def _tuple(cls, value: Any) -> Any:
        return _hashable(value)

    @model_validator(mode="after")
    def _confirmed_by(self) -> "Sourced":
        if (self.status == "confirmed") != (self.confirmed is not None):
            raise ValueError("status “confirmed” phải đi cùng khóa “confirmed” (document, date), và ngược lại")
        return self

    @property
    def grounds(self) -> str:
        """Whose choice it is, in words, with the document that confirmed it."""
        confirmed = f": {self.confirmed.document}, ngày {short_date(self.confirmed.date)}" if self.confirmed else ""
        return f"{STATUS_WORDS[self.status]}{confirmed}"


class TargetValue(Sourced):
    """The number asked for, as one of the shapes of `targets.Target`."""

    value: Target  # type: ignore[assignment]

    @field_validator("value", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Target:
        return Target.parse(str(value))

    @property
    def basis(self) -> str:
        """Where the needed number comes from, as the findings table says it."""
        return {"borrowed": "borrowed", "assumption": "assumption"}.get(self.status, "plan")


class Choice(Strict):
    """One value a rule could take, in words."""

    value: Any
    label: Text

    @field_validator("value")
    @classmethod
    def _tuple(cls, value: Any) -> Any:
        return _hashable(value)


class Rule(Sourced):
    """One choice the plan leaves open: the value in force and the alternatives to show."""

    label: Text
    choices: tuple[Choice, ...] = ()

    @model_validator(mode="after")
    def _offered(self) -> "Rule":
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
        return next((c.label for c in self.choices if c.value == self.value), written)


class Objective(Strict):
    """One objective: the plan's sentence, what is counted, the target at each level, and its rules."""

    number: Annotated[int, Field(ge=1)]
    slug: Slug
    title: Text
    sentence: Text
    level: Literal["province", "everyone"]
    counted: Text
    achievement: Text
    target: TargetValue
    district_target: TargetValue | None = None
    rules: dict[str, Rule]

    @field_validator("rules")
    @classmethod
    def _known(cls, rules: dict[str, Rule], info: ValidationInfo) -> dict[str, Rule]:
        return _checked(rules, info.data.get("slug", ""))

    @model_validator(mode="after")
    def _reachable(self) -> "Objective":
        quarters = self.rules.get("quarters")
        if quarters and self["active_quarters"] > len(quarters.value):
            raise ValueError("rules.active_quarters lớn hơn số quý được xét (rules.quarters): không thể đạt")
        return self

    def __getitem__(self, rule: str) -> Any:
        return self.rules[rule].value


def _checked(rules: dict[str, Rule], slug: str) -> dict[str, Rule]:
    wrong = [f"không có quy tắc “{key}”" for key in rules.keys() - _RULES[slug]]
    wrong += [f"thiếu quy tắc “{key}”" for key in _RULES[slug] - rules.keys()]
    for key in rules.keys() & _RULES[slug]:
        values = [rules[key].value, *(choice.value for choice in rules[key].choices)]
        wrong += [f"“{key}” không thể là {value!r}" for value in dict.fromkeys(values) if not _POSSIBLE[key](value)]
    if wrong:
        raise ValueError("; ".join(sorted(wrong)))
    return rules


class Units(Strict):
    """Which register the plan's units come from, and the boundaries to draw them with, if there are any.

    `districts_word` is the plan's own word for its districts, where it is not that of the register.
    """

    register_file: Text = Field(alias="register")
    province: Annotated[str, Field(pattern=r"^\d{2}$")]
    districts_word: Text | None = None
    boundaries: str | None = None
    later: str | None = None


class NotJudged(Strict):
    """A target of the plan that this workbook cannot judge: the plan's sentence, and why."""

    sentence: Text
    why: Text


class Alternative(NamedTuple):
    """The plan with one rule set to one of its other choices."""

    objective: str
    rule: Rule
    choice: Choice
    plan: "Plan"


class Plan(Strict):
    """A plan with its rules; `name` is the name of its file, `trial` that of a trial: then its title says so."""

    name: str = ""
    plan: Text
    trial: Text | None = None
    title: Text
    issuer: Text
    issued: date
    year: Annotated[int, Field(ge=2000, le=2100)]
    source: Text
    form: Text
    units: Units
    rules: dict[str, Rule]
    objectives: tuple[Objective, ...]
    not_judged: tuple[NotJudged, ...] = ()

    @field_validator("title")
    @classmethod
    def _titled(cls, title: str, info: ValidationInfo) -> str:
        suffix = _of_trial(info.data.get("trial"))
        return title if title.endswith(suffix) else f"{title}{suffix}"

    @field_validator("rules")
    @classmethod
    def _known(cls, rules: dict[str, Rule]) -> dict[str, Rule]:
        return _checked(rules, "")

    @field_validator("objectives")
    @classmethod
    def _distinct(cls, objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
        for key in ("number", "slug"):
            values = [getattr(objective, key) for objective in objectives]
            if len(set(values)) != len(values) or not values:
                raise ValueError(f"mỗi mục tiêu phải có “{key}” riêng")
        return tuple(sorted(objectives, key=lambda o: o.number))

    @model_validator(mode="after")
    def _in_its_year(self) -> "Plan":
        """Returns asked for before the year is over, or long after, would all be open or late."""
        end, rule, days = date(self.year, 12, 31), self.rules["deadline"], self.rules["open_period_days"].value
        first, last = end - timedelta(days=min(days, 366)), date(self.year + 1, 12, 31)
        for day in (rule.value, *(choice.value for choice in rule.choices)):
            if not first <= day <= last:
                raise ValueError(
                    f"rules.deadline: {short_date(day)} không hợp với năm kế hoạch {self.year}; hạn gửi phải từ "
                    f"{short_date(first)} (hết năm, trừ open_period_days) đến {short_date(last)}"
                )
        if self.issued > end:
            words = f"issued: {short_date(self.issued)} là sau năm kế hoạch {self.year} (year); sửa ngày hoặc năm"
            raise ValueError(words)
        return self

    @cached_property
    def _by_slug(self) -> dict[str, Objective]:
        return {objective.slug: objective for objective in self.objectives}

    def __getitem__(self, slug: str) -> Objective:
        return self._by_slug[slug]

    def __contains__(self, slug: object) -> bool:
        return slug in self._by_slug

    @property
    def mark(self) -> str:
        """What everything made by a trial says beside itself; "" for a plan in force."""
        return TRIED if self.trial else ""

    @property
    def own_title(self) -> str:
        """The title without the words of a trial."""
        return self.title.removesuffix(_of_trial(self.trial))

    def objective(self, written: str) -> Objective:
        """The objective with that slug or number; raises InputRefused that lists those there are."""
        for objective in self.objectives:
            if written in (objective.slug, str(objective.number)):
                return objective
        known = "; ".join(f"{o.number} {o.slug}" for o in self.objectives)
        raise InputRefused(f"Kế hoạch {self.plan} không có mục tiêu “{written}”. Dùng một trong: {known}.")

    def with_rules(self, values: Mapping[tuple[str, str], Any]) -> "Plan":
        """The same plan with other values of rules, by objective and key; raises ValueError if they are impossible."""
        known = {(objective.slug, key) for objective in self.objectives for key in objective.rules}
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
                        yield Alternative(slug, rule, choice, self.with_rules({(slug, key): choice.value}))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def plan_file(name_or_file: str) -> Path:
    """The file a user means by `--plan`: a path that ends in .yaml, else a name in data/plans."""
    return Path(name_or_file) if name_or_file.endswith(".yaml") else paths.PLANS / f"{name_or_file}.yaml"


def load_plan(name_or_file: str) -> Plan:
    """Read a plan; raises InputRefused that names each faulty key, or lists the plans there are."""
    path = plan_file(name_or_file)
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in paths.PLANS.glob("*.yaml")))
        raise InputRefused(f"Không có kế hoạch “{name_or_file}”. Dùng một trong: {known}; hoặc đường dẫn tệp .yaml.")
    return load(path, Plan).model_copy(update={"name": path.stem})
