"""What the package knows of each objective beside its function and the words of the plan file: by
its definition other modules tell it apart, none by its slug.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Union

import pandas as pd
from pydantic import AfterValidator, Field

from pcmd_eval.objectives import calculations as objectives
from pcmd_eval.objectives.aggregation import Steps, of_cases, of_models, of_parts
from pcmd_eval.objectives.calculations import Values
from pcmd_eval.objectives.rules import Count, Objective, Outlets, Periods, Rule, Rules
from pcmd_eval.objectives.targets import COUNTED

# What a plan leaves open of each objective, a class for each: the keys of its rules, first the one
# that a trace names, and what their values can be.


class CommunicationRules(Rules):
    active_quarters: Rule[Annotated[Count, Field(le=4)]]
    quarters: Rule[Periods[Literal[1, 2, 3, 4]]]


class IntegrationRules(Rules):
    min_programmes: Rule[Count]


class HarmReductionRules(Rules):
    limbs: Rule[Literal["any", "both"]]


class SupportModelRules(Rules):
    started: Rule[Literal["any", "plan_year"]]


class MediaRules(Rules):
    months: Rule[Periods[Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]]
    outlets: Rule[Outlets]


class EnforcementRules(Rules):
    pending: Rule[Literal["not_handled", "handled"]]


@dataclass(frozen=True)
class Definition:
    """What the package knows of an objective beside the words of the plan file.

    What has a default may be left out; texts may name the province's `{kind}`.
    """

    function: Callable[[pd.DataFrame, Values, int], Steps]
    rules: type[Rules]
    # The shapes (see targets) that the province's target can have, and a district's: none if it is
    # given none.
    targets: tuple[tuple[str, ...], tuple[str, ...]]
    named: tuple[str, str]  # the step whose parts people can name, and what they call them
    counts: Callable[[pd.DataFrame, Steps, str], pd.DataFrame] = of_parts
    clash: Callable[[Values], str] = lambda rules: ""  # why values cannot go together, in words
    figures: str = ""  # the step whose parts figures count, if it is not the `named` one
    answers: tuple[str, ...] = ()  # the columns of the form whose answers decide
    items: tuple[str, ...] = ()  # the rows of the form that decide, if not all do
    of_items: tuple[str, ...] = ()  # the rules whose values are rows of the form
    so_many_items: tuple[str, ...] = ()  # the rules whose values say how many rows of the form
    about: str = ""  # what a district's sentence says that it is not asked for, if not the title
    active: str = ""  # what a commune does in an active quarter, over an annex that shows quarters
    without: str = ""  # what the months that do not count are without
    # Over the parts that count, and over those that do not.
    done: tuple[str, str] = ("Đã thực hiện", "Chưa thực hiện")
    how: str = ""  # how the page of the audit workbook counts, if there is one


def _too_many_quarters(rules):
    if rules["active_quarters"] > len(rules["quarters"]):
        return "rules.active_quarters lớn hơn số quý được xét (rules.quarters): không thể đạt"
    return ""


_DEFINITIONS = (
    Definition(
        objectives.communication,
        CommunicationRules,
        targets=((*COUNTED, "of"), COUNTED),
        named=("communes", "Từng xã, phường, thị trấn"),
        clash=_too_many_quarters,
        active="tuyên truyền",
        how="Quý là Có nếu có ô lớn hơn 0, là Chưa rõ nếu không mà còn ô chưa rõ. "
        "Xã được tính nếu đủ số quý.",
    ),
    Definition(
        objectives.integration,
        IntegrationRules,
        targets=((*COUNTED, "of"), ("own",)),
        named=("programmes", "Từng chương trình"),
        answers=objectives.PLANNED_AND_DONE,
        so_many_items=("min_programmes",),
        # A programme without a plan may have been carried out, and nobody is said not to have.
        done=("Có kế hoạch và đã thực hiện", "Chưa có kế hoạch hoặc chưa thực hiện"),
        how="Chương trình là Có nếu vừa có văn bản vừa đã thực hiện, là Không nếu "
        "chắc chắn thiếu một thứ.",
    ),
    Definition(
        objectives.harm_reduction,
        HarmReductionRules,
        targets=((*COUNTED, "of"), ("own",)),
        named=("limbs", "Từng nội dung"),
        how="Nội dung là Có nếu một hoạt động của nó có số lớn hơn 0 trong một quý.",
    ),
    Definition(
        objectives.support_model,
        SupportModelRules,
        targets=(("count",), ()),
        named=("lines", "Từng mô hình được báo cáo"),
        figures="models",
        counts=of_models,
        answers=objectives.OF_A_LINE,
        how="Dòng được tính nếu thuộc loại 1, đang hoạt động và bắt đầu không sau ngày "
        "chốt số liệu; các dòng cùng tên, cùng loại là một mô hình.",
    ),
    Definition(
        objectives.media,
        MediaRules,
        # Nobody plans for no news.
        targets=((*(shape for shape in COUNTED if shape != "none"), "every"), ()),
        named=("months", "Từng tháng"),
        of_items=("outlets",),
        about="phương tiện thông tin đại chúng cấp {kind}",
        without="Không có tin, bài",
        how="Tháng là Có nếu một cơ quan được tính có tin, bài; là Chưa rõ nếu không mà còn ô "
        "chưa rõ.",
    ),
    Definition(
        objectives.enforcement,
        EnforcementRules,
        targets=(("all",), ("all",)),
        named=("quarters", "Từng quý"),
        counts=of_cases,
        items=tuple(objectives.CASES),
        how="Mâu thuẫn: 6.4 + 6.5 lớn hơn 6.3, hoặc có 6.6 mà 6.4 + 6.5 + 6.6 khác 6.3. "
        "Vụ thuộc quý phát hiện.",
    ),
)
OBJECTIVES = {entry.function.__name__: entry for entry in _DEFINITIONS}  # by slug
OF_LINES = [slug for slug, entry in OBJECTIVES.items() if entry.counts is of_models]


def _possible(objective):
    """The objective, if its targets and its rules in force are such as it can have."""
    definition = OBJECTIVES[objective.slug]
    for key, shapes in zip(("target", "district_target"), definition.targets, strict=True):
        target = objective.targets.get(key)
        if target is None and shapes:
            raise ValueError(f"khóa “{key}” của {objective.slug}: thiếu; bổ sung")
        if target is not None and target.value.shape not in shapes:
            seen = f"không nhận dạng “{target.value.text}”"
            raise ValueError(f"khóa “{key}” của {objective.slug}: {seen}")
    if clash := definition.clash(objective.rule_values):
        raise ValueError(clash)
    return objective


_KINDS = tuple(Objective[Literal[slug], entry.rules] for slug, entry in OBJECTIVES.items())
# What a plan file says of one of them.
AnyObjective = Annotated[Union[_KINDS], Field(discriminator="slug"), AfterValidator(_possible)]
