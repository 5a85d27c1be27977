"""Targets and rules of an objective: each a value with status, reason and source."""

from collections.abc import ItemsView, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    StrictInt,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from pcmd_eval.objectives.targets import Target
from pcmd_eval.util.formatting import format_short_date, lowercase_first
from pcmd_eval.util.vocabulary import RULE_STATUS_LABELS
from pcmd_eval.util.yaml_models import StrictModel, Text, Texts

T = TypeVar("T")
Part = TypeVar("Part", int, str)
Slug = TypeVar("Slug")


def _check_order(value: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the periods unchanged; raise ValueError unless they are distinct and ascending."""
    if list(value) != sorted(set(value)):
        raise ValueError("các kỳ phải khác nhau và xếp tăng dần")
    return value


Count = Annotated[StrictInt, Field(ge=1)]
Periods = Annotated[tuple[T, ...], Field(min_length=1), AfterValidator(_check_order)]
Quarter = Literal[1, 2, 3, 4]
Month = Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
Outlets = Literal["all"] | Texts
# The rules whose values are periods of the form, with the code of such a period.
PERIOD_CODE_FORMATS = {"quarters": "Q{}", "months": "M{:02d}"}


def period_codes(rules: Mapping[str, Any]) -> list[str]:
    """Return the codes of the periods that the rules list, such as ["Q1", "Q2"] or ["M01"]."""
    return [
        code_format.format(number)
        for key, code_format in PERIOD_CODE_FORMATS.items()
        for number in rules.get(key, ())
    ]


# ---- values with their reasons -------------------------------------------------------------------


class RuleConfirmation(StrictModel):
    """The document by which the department confirmed a choice."""

    document: Text
    date: date


class Sourced(StrictModel, Generic[T]):
    """A value with the reason and the source it rests on."""

    value: T
    status: Literal["stated", "borrowed", "assumption", "confirmed"]
    why: Text
    source: Text
    confirmed: RuleConfirmation | None = None

    @model_validator(mode="after")
    def _check_confirmation(self) -> Self:
        """Reject “confirmed” without its document, and a document with another status."""
        if (self.status == "confirmed") != (self.confirmed is not None):
            raise ValueError(
                "status “confirmed” phải đi cùng khóa “confirmed” (document, date), và ngược lại"
            )
        return self

    @property
    def status_label(self) -> str:
        """Return the label of the status, with the document and day of a confirmation."""
        words = RULE_STATUS_LABELS[self.status]
        if self.confirmed:
            words += f": {self.confirmed.document}, ngày {format_short_date(self.confirmed.date)}"
        return words


class TargetValue(Sourced[Target]):
    """A target, in one of the shapes of `targets.SHAPES`."""

    @field_validator("value", mode="before")
    @classmethod
    def _parse_target(cls, value: object) -> Target:
        """Return the target that a plan file writes: ">= 75%", 1."""
        return Target.parse(str(value))

    @field_serializer("value")
    def _write_target(self, value: Target) -> str:
        """Return the target as a plan file writes it."""
        return value.text

    @property
    def basis(self) -> str:
        """Return the column `basis` of findings: "borrowed", "assumption" or (else) "plan"."""
        return {"borrowed": "borrowed", "assumption": "assumption"}.get(self.status, "plan")


class Choice(StrictModel, Generic[T]):
    """A value that a rule can have; `words`: as part of a sentence, "" for rule and value label."""

    value: T
    label: Text
    words: str = ""


class Rule(Sourced[T], Generic[T]):
    """A rule that the plan leaves open; `choices`: all values offered, that in force among them."""

    label: Text
    choices: tuple[Choice[T], ...] = ()

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        """Reject a value in force that is no choice, and a choice that is offered twice."""
        values = [choice.value for choice in self.choices]
        if values and self.value not in values:
            raise ValueError(
                f"giá trị đang dùng {self.value!r} không nằm trong các lựa chọn (choices)"
            )
        if len(set(values)) != len(values):
            raise ValueError("có lựa chọn (choices) trùng nhau")
        return self

    @property
    def chosen(self) -> str:
        """The label of the value in force."""
        written = format_short_date(self.value) if isinstance(self.value, date) else str(self.value)
        return {choice.value: choice.label for choice in self.choices}.get(self.value, written)

    @property
    def words(self) -> str:
        """The rule in force as a part of a sentence."""
        written = {choice.value: choice.words for choice in self.choices}.get(self.value)
        return written or f"{lowercase_first(self.label)}: {self.chosen}"

    def possible_values(self) -> Iterator[Any]:
        """Yield the value in force and those offered; of a tuple its members; "all" is skipped."""
        for value in {self.value, *(choice.value for choice in self.choices)} - {"all"}:
            yield from value if isinstance(value, tuple) else [value]


class Rules(StrictModel):
    """The rules of an objective by key; those that the plan leaves out are None."""

    def items(self) -> ItemsView[str, Rule[Any]]:
        """Return keys and rules of the plan, in the order of the class."""
        return {key: rule for key, rule in self if rule is not None}.items()

    def __getitem__(self, key: str) -> Rule[Any]:
        return dict(self.items())[key]


# ---- objectives ----------------------------------------------------------------------------------


ObjectiveRules = TypeVar("ObjectiveRules", bound=Rules)


TARGET_KEYS = ("target", "unit_target")


class Objective(StrictModel, Generic[Slug, ObjectiveRules]):
    """One objective of a plan: its sentence, what it counts, its targets and its rules."""

    number: Count
    slug: Slug
    title: Text
    sentence: Text
    level: Literal["province", "everyone"]
    counted: Text
    achievement: Text
    shortfall: str = ""  # "chưa <achievement>" if empty
    target: TargetValue
    unit_target: TargetValue | None = None
    rules: ObjectiveRules

    @field_validator("target", "unit_target")
    @classmethod
    def _add_counted(cls, target: TargetValue | None, info: ValidationInfo) -> TargetValue | None:
        """Return the target with the objective's `counted`, which its words need."""
        value = target and replace(target.value, counted=info.data.get("counted", ""))
        return target and target.model_copy(update={"value": value})

    @property
    def heading(self) -> str:
        """The number and title of the objective, for pages and tables."""
        return f"{self.number}. {self.title}"

    @property
    def rule_values(self) -> dict[str, Any]:
        """The values of the rules in force by key, as the objective's function takes them."""
        return {key: rule.value for key, rule in self.rules.items()}

    @property
    def targets(self) -> dict[str, TargetValue]:
        """The targets by key: the province's, and that of each unit if there is one."""
        unit_target = {"unit_target": self.unit_target} if self.unit_target else {}
        return {"target": self.target} | unit_target


class GeneralRules(Rules):
    """The rules that hold for every objective."""

    deadline: Rule[date]
    open_period_days: Rule[Annotated[StrictInt, Field(ge=0)]]
    complete_share: Rule[Count]


class NotJudged(StrictModel):
    """A target of the plan without findings: its sentence and the reason."""

    sentence: Text
    why: Text
