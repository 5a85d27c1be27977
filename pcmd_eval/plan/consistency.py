"""Consistency checks of a plan file: its targets against its own sentences and the register, its
rules against the form.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from pcmd_eval.objectives.registry import OBJECTIVES, AnyObjective
from pcmd_eval.objectives.rules import PERIOD_CODE_FORMATS
from pcmd_eval.objectives.targets import Target
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.spelling import any_of_pattern
from pcmd_eval.util.vocabulary import PERIOD_LABELS

if TYPE_CHECKING:  # that module imports this one
    from pcmd_eval.plan.plan import Plan

_LAST_YEAR_OF_TT01 = 2019  # the last full year of Thông tư 01/2011: Nghị định 30/2020 replaced it


def find_inconsistencies(plan: Plan) -> Iterator[str]:
    """Yield a message for each value of a plan that contradicts its sentences, the register, the
    form or the previous year.
    """
    if plan.reporting_units.empty:
        yield (
            f"khóa “units.reporters”: danh mục {plan.units.register_file} không có cấp huyện; ghi "
            "“reporters: commune” nếu xã, phường gửi báo cáo"
        )
        return
    yield from _find_unusable_notebooks(plan)
    yield from _find_impossible_targets(plan)
    yield from _find_unstated_targets(plan)
    if plan.year > _LAST_YEAR_OF_TT01 and settings_of(plan.review).rules == "tt01":
        yield (
            f"khóa “review.rules”: văn bản của năm {plan.year} theo nd30; ghi “review: {{rules: "
            f"nd30}}”"
        )
    yield from _find_missing_in_form(plan)
    if plan.previous and plan.previous.year >= plan.year:
        yield f"khóa “previous.year”: {plan.previous.year} không phải năm trước năm {plan.year}"


def _find_unusable_notebooks(plan: Plan) -> Iterator[str]:
    """Yield a message for each of `extra_notebooks` that is repeated or one of the tool's names."""
    names = plan.extra_notebooks
    for name in sorted(set(names)):
        slug = name.partition("_")[2]
        if names.count(name) > 1:
            yield f"khóa “extra_notebooks”: “{name}” đứng hai lần"
        elif slug in (*plan.by_slug, "review") or name == "explore":
            where = f"khóa “extra_notebooks”: “{name}”"
            yield f"{where} là tên sổ của công cụ; đặt tên khác, như 7_hoi_nghi"


def _find_impossible_targets(plan: Plan) -> Iterator[str]:
    """Yield a message for each target that the number of units or communes rules out."""
    communes, units = len(plan.communes()), len(plan.reporting_units)
    for objective in plan.objectives:
        total = communes if objective.slug in plan.commune_slugs else units
        try:
            objective.target.value.needed(total)
        except ValueError as error:
            yield f"khóa “target” của {objective.slug}: {error}"
        is_duty = objective.unit_target and objective.unit_target.value.shape == "duty"
        if is_duty and objective.slug in plan.commune_slugs and not plan.communes_report:
            yield (
                f"khóa “unit_target” của {objective.slug}: “1” chỉ dùng khi mỗi đơn vị là một xã, "
                f"phường; với {plan.unit_word} ghi mức như “>= 75%”"
            )


# ---- a stated target and the sentence that states it ---------------------------------------------

_NUMERALS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")


def _find_unstated_targets(plan: Plan) -> Iterator[str]:
    """Yield a message for each target called “stated” with a number that its sentence lacks."""
    for objective in plan.objectives:
        for key, target in objective.targets.items():
            if target.status == "stated" and not _states_target(objective, target.value):
                quoted = textwrap.shorten(objective.sentence, 80, placeholder=" …")
                yield (
                    f"khóa “{key}” của {objective.slug}: status “stated” mà câu trích (sentence) "
                    f"“{quoted}” không nêu “{target.value.text}”; sửa số, trích đủ câu của kế "
                    "hoạch, hoặc ghi status khác"
                )


def _states_target(objective: AnyObjective, target: Target) -> bool:
    """Return whether the objective's sentence has every number of the target, in digits or as a
    numeral; a target without a number is taken as stated.
    """
    sentence = unicodedata.normalize("NFC", objective.sentence).lower()
    for number in target.numbers:
        written = format_number(Decimal(number.numerator) / number.denominator)
        spellings = [written, written.replace(".", ""), *_NUMERALS[int(number) :][:1]]
        if not re.search(rf"(?<![\w.,])0*(?:{any_of_pattern(spellings)})(?![.,]?\w)", sentence):
            return False
    return True


# ---- the form ------------------------------------------------------------------------------------


def _find_missing_in_form(plan: Plan) -> Iterator[str]:
    """Yield a message for each row or column that an objective needs and the form lacks."""
    for slug, objective in plan.by_slug.items():
        definition, sheet = OBJECTIVES[slug], plan.form.sheet(slug)
        items = {item.code for item in sheet.items}
        for key in definition.item_rules:
            if unknown := {*objective.rules[key].possible_values()} - items:
                yield f"khóa “{key}”: biểu mẫu không có mã {', '.join(sorted(unknown))}"
        for key in definition.item_count_rules:
            if max(objective.rules[key].possible_values()) > len(items):
                yield f"khóa “{key}”: biểu mẫu chỉ có {len(items)} dòng"
        yield from _find_missing_periods(plan, objective, sheet)
        if missing := {*definition.answer_columns} - {
            column.key for column in sheet.expected_columns
        }:
            names = ", ".join(sorted(missing))
            yield f"biểu mẫu {plan.form_name}: biểu của {slug} thiếu cột {names}"


def _find_missing_periods(plan: Plan, objective: AnyObjective, sheet: Sheet) -> Iterator[str]:
    """Yield a message for each rule that looks at a period that the form does not ask for.

    Such a period would count as one without activity.
    """
    periods = {column.period for column in sheet.columns if column.is_periodic}
    for key, code_format in PERIOD_CODE_FORMATS.items():
        if key not in objective.rule_values:
            continue
        codes = map(code_format.format, sorted({*objective.rules[key].possible_values()}))
        if missing := [PERIOD_LABELS[period] for period in codes if period not in periods]:
            yield (
                f"khóa “rules.{key}” của {objective.slug} xét {', '.join(missing)}, khóa "
                f"“columns.period” của biểu {sheet.name} (biểu mẫu {plan.form_name}) không hỏi kỳ "
                "ấy; sửa quy tắc hoặc bổ sung cột"
            )
