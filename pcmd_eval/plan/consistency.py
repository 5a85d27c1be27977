"""What in a plan cannot be: targets that its register rules out, words left over from another plan,
rows that its form lacks, districts that are not its own.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.util import paths
from pcmd_eval.util.formatting import format_short_date

DOCUMENT = re.compile(r"\d+(?:/\d{4})?/[A-ZĐ][\w-]*")  # 884/KH-UBND, 361/QĐ-TTg
TITLED = re.compile(r"năm 20\d\d")
LAST_OF_TT01 = 2019  # Nghị định 30/2020/NĐ-CP holds from 05/3/2020
YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def contradictions(plan: Any) -> Iterator[str]:
    """What the form, the register or the previous year makes impossible in a `plan.Plan` (whose
    module imports this one).
    """
    yield from _impossible_targets(plan)
    yield from _foreign(plan)
    if plan.year > LAST_OF_TT01 and settings_of(plan.review).rules == "tt01":
        yield (
            f"khóa “review.rules”: văn bản của năm {plan.year} theo nd30; ghi “review: {{rules: "
            f"nd30}}”"
        )
    yield from _lacking_in_the_form(plan)
    yield from _other_districts(plan)
    if plan.previous and plan.previous.year >= plan.year:
        yield f"khóa “previous.year”: {plan.previous.year} không phải năm trước năm {plan.year}"
    if plan.previous_plan and plan.previous_plan.year != plan.previous.year:
        seen = f"là kế hoạch năm {plan.previous_plan.year}, không phải {plan.previous.year}"
        yield f"khóa “previous.plan”: {seen}"


def _foreign(plan):
    """Numbers of documents and years that are left over from the plan a file was copied from."""
    of_plan = {plan.plan, str(plan.year)}
    titled = " ".join(TITLED.findall(plan.title))
    content = plan.model_dump(mode="json", include={"source", "rules", "objectives", "not_judged"})
    for key, text in [("title", titled), *_words_of_itself(content, "")]:
        words = text.replace(format_short_date(plan.issued), "")
        cited = {*DOCUMENT.findall(words), *YEAR.findall(DOCUMENT.sub("", words))}
        if foreign := ", ".join(sorted(cited - of_plan)):
            yield f"khóa “{key}” nêu {foreign}, không phải của kế hoạch này; sửa lại"


def _words_of_itself(content, place):
    """By their keys the words of a plan that speak of itself: what another text says or confirms
    may name that.
    """
    speaking = {"label"}
    if content.get("status") not in ("borrowed", "confirmed"):
        speaking |= {"why", "source"}
    for key, value in content.items():
        parts = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(parts, dict):
            yield from _words_of_itself(parts, f"{place}{key}.")
        elif key in speaking:
            yield f"{place}{key}", value


def _impossible_targets(plan):
    communes, districts = len(plan.communes()), len(plan.districts)
    for objective in plan.objectives:
        total = communes if objective.slug in plan.of_communes else districts
        try:
            objective.target.value.needed(total)
        except ValueError as error:
            yield f"khóa “target” của {objective.slug}: {error}"


def _lacking_in_the_form(plan):
    for slug, objective in plan.by_slug.items():
        definition, sheet = OBJECTIVES[slug], plan.form.sheet(slug)
        items = {item.code for item in sheet.items}
        for key in definition.item_rules:
            if strange := {*objective.rules[key].possible_values()} - items:
                yield f"khóa “{key}”: biểu mẫu không có mã {', '.join(sorted(strange))}"
        for key in definition.item_count_rules:
            if max(objective.rules[key].possible_values()) > len(items):
                yield f"khóa “{key}”: biểu mẫu chỉ có {len(items)} dòng"
        if missed := {*definition.answer_columns} - {column.key for column in sheet.asked}:
            names = ", ".join(sorted(missed))
            yield f"biểu mẫu {plan.form_name}: biểu của {slug} thiếu cột {names}"


def _other_districts(plan):
    """Later units and boundaries of another province, which would be taken in silence."""
    districts, file = {*plan.districts.index}, plan.units.boundaries
    later = {unit.district for unit in plan.later.units}
    if strange := ", ".join(sorted(later - districts)):
        yield f"khóa “units.later”: {plan.units.later} có huyện không thuộc tỉnh: {strange}"
    if not file:
        return
    try:
        features = json.loads((paths.UNITS / file).read_bytes())["features"]
        drawn = {str(feature["properties"]["district_code"]) for feature in features}
    except (OSError, ValueError, KeyError, TypeError):
        wanted = "như GeoJSON có district_code cho mỗi huyện"
        yield f"khóa “units.boundaries”: không đọc được {file} {wanted}"
        return
    if differ := ", ".join(sorted(districts ^ drawn)):
        yield f"khóa “units.boundaries”: {file} thiếu hoặc thừa huyện {differ}"
