"""A plan together with the form its returns are written on and the register of its units."""

import json
from dataclasses import dataclass

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.form import Form, load_form
from pcmd_eval.plan import Plan, load_plan
from pcmd_eval.units import Register, load_register

_KINDS = ("quận", "huyện", "thị xã", "thành phố")  # in the order in which they are said
# The shapes of target that each objective can be held against, for the province and for a district.
_COUNTED = ("share", "share_above", "share_range", "count", "all", "none")
SHAPES = {
    **dict.fromkeys(("communication", "integration", "harm_reduction"), (*_COUNTED, "of")),
    **{"support_model": ("count",), "media": (*_COUNTED[:-1], "every"), "enforcement": ("all",)},
}
DISTRICT_SHAPES = {
    **{"communication": _COUNTED, "enforcement": ("all",)},
    **dict.fromkeys(("integration", "harm_reduction"), ("own",)),
}


@dataclass(frozen=True)
class Project:
    """Everything about a plan that is known before any return arrives."""

    plan: Plan
    form: Form
    register: Register

    @property
    def districts_word(self) -> str:
        """What the plan calls its districts, else the kinds there are: huyện, thị xã, thành phố."""
        kinds = {unit.type.lower() for unit in self.register.districts}
        known = [kind for kind in _KINDS if kind in kinds]
        return self.plan.units.districts_word or ", ".join([*known, *sorted(kinds - {*known})])


def open_project(plan: str) -> Project:
    """The plan of that name (or file) with its form and register; raises InputRefused naming what is wrong."""
    loaded = load_plan(plan)
    units = loaded.units
    later = paths.UNITS / units.later if units.later else None
    register = load_register(paths.UNITS / units.register_file, units.province, later)
    whole, slugs = load_form(loaded.form), {objective.slug for objective in loaded.objectives}
    if lacking := slugs - {sheet.objective for sheet in whole.sheets}:
        raise InputRefused(
            f"Kế hoạch {loaded.name}: biểu mẫu {loaded.form} không có biểu cho {', '.join(sorted(lacking))}."
        )
    form = whole.of_plan(slugs, register.province.name, loaded.year)
    if wrong := _contradictions(loaded, form, register):
        raise InputRefused(*(f"Kế hoạch {loaded.name}: {words}." for words in wrong))
    return Project(loaded, form, register)


def _contradictions(plan: Plan, form: Form, register: Register) -> list[str]:
    """Choices and targets that the form or the register makes impossible, by their keys."""
    wrong = _foreign_units(plan, register)
    items = {sheet.objective: {item.code for item in sheet.items} for sheet in form.sheets}
    totals = {"communication": len(register.communes(register.province.code))}
    totals |= dict.fromkeys(("integration", "harm_reduction"), len(register.districts))
    for objective in plan.objectives:
        for key, rule in objective.rules.items():
            for value in {rule.value, *(choice.value for choice in rule.choices)}:
                if key == "outlets" and value != "all" and not set(value) <= items["media"]:
                    wrong.append(
                        f"khóa “outlets”: biểu mẫu không có mã {', '.join(sorted(set(value) - items['media']))}"
                    )
                if key == "min_programmes" and value > len(items["integration"]):
                    wrong.append(f"khóa “min_programmes”: biểu mẫu chỉ có {len(items['integration'])} chương trình")
        target, total = objective.target.value, totals.get(objective.slug)
        for key, shapes in (("target", SHAPES), ("district_target", DISTRICT_SHAPES)):
            given = getattr(objective, key)
            fits = given is None or (given.value.shape in shapes.get(objective.slug, ()))
            if not fits or (given and given.value.text == "every quarter"):
                wrong.append(f"khóa “{key}” của {objective.slug}: mục tiêu này không nhận dạng “{given.value.text}”")
            if given is None and objective.slug in shapes:
                wrong.append(f"khóa “{key}” của {objective.slug}: thiếu; bổ sung")
        if target.shape == "of" and total is not None and target.numbers[1] != total:
            wrong.append(f"khóa “target” của {objective.slug}: “{target.text}” nhưng danh mục có {total} đơn vị")
    return wrong


def _foreign_units(plan: Plan, register: Register) -> list[str]:
    """What is wrong with the boundaries and the later units of a plan: another province's would be taken in silence."""
    drawn, own, wrong = plan.units.boundaries, {unit.code for unit in register.districts}, []
    if drawn and not (paths.UNITS / drawn).is_file():
        wrong.append(f"khóa “units.boundaries”: không có tệp {drawn} trong data/units")
    elif drawn:
        try:
            features = json.loads((paths.UNITS / drawn).read_bytes())["features"]
            shown = {feature["properties"]["district_code"] for feature in features}
        except (ValueError, KeyError, TypeError):
            wrong.append(f"khóa “units.boundaries”: {drawn} không phải GeoJSON có district_code cho mỗi huyện")
        else:
            lost, strange = sorted(own - shown), sorted(map(str, shown - own))
            wrong += [f"khóa “units.boundaries”: {drawn} thiếu huyện {', '.join(lost)}"] if lost else []
            wrong += [f"khóa “units.boundaries”: {drawn} có huyện lạ {', '.join(strange)}"] if strange else []
    later = {unit.district for unit in register.later.units} if register.later else set()
    if strange := sorted(later - own):
        words = f"có đơn vị của huyện không thuộc tỉnh ({', '.join(strange)}); bỏ khóa hoặc dùng tệp của tỉnh"
        wrong.append(f"khóa “units.later”: {plan.units.later} {words}")
    return wrong
