"""The sentence of every finding, which all pages and documents print: what was counted, and what is
missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pcmd_eval.counting import Steps, of_cases, of_models, silent
from pcmd_eval.objectives import CASES, OBJECTIVES, PLANNED_AND_DONE, Definition
from pcmd_eval.plan import Plan
from pcmd_eval.targets import Target
from pcmd_eval.words import PERIODS, VERDICTS, listing, number, share, two_digits

CONTRIBUTION = (
    "Kế hoạch đặt chỉ tiêu này cho toàn {kind}; kết quả của đơn vị là phần đóng góp, không phải "
    "vi phạm."
)
OPEN = "Chưa đủ số liệu để đánh giá"
ENDINGS = {"undetermined": OPEN} | {
    verdict: f"{VERDICTS[verdict].word} chỉ tiêu" for verdict in ("met", "not_met")
}
NAMED = 5  # so many units or cells are named, more are counted


@dataclass(frozen=True, eq=False)
class _Told:
    """What the sentences of one objective are made from: `found` by unit, the cells of the
    objective, its steps.
    """

    plan: Plan
    slug: str
    found: pd.DataFrame
    cells: pd.DataFrame
    steps: Steps

    @property
    def known(self) -> Definition:
        return OBJECTIVES[self.slug]

    @property
    def achievement(self) -> str:
        return self.plan[self.slug].achievement

    @property
    def planned(self) -> bool:
        """Whether the form asks for a plan, and whether it was carried out."""
        return self.known.answers == PLANNED_AND_DONE

    @cached_property
    def unknown_names(self) -> pd.Series:
        """The names of the communes or districts of which nobody can know yet whether they count,
        by reporter.
        """
        *_, parts = self.steps.values()
        unknown = parts.index[parts.isna()]
        level = unknown.names[-1]
        if level not in ("unit_code", "reporter"):
            return pd.Series([], pd.Index([], name="reporter"), dtype="string")
        names = self.plan.register.inline_name[unknown.get_level_values(level)]
        return names.set_axis(unknown.get_level_values("reporter"))

    @cached_property
    def idle(self) -> pd.Series:
        """The programmes whose plan was issued and not carried out, by reporter, in the order of
        the form.
        """
        answers = self.cells.drop_duplicates(["reporter", "item"]).pivot(
            index=["reporter", "row"], columns="column", values="value"
        )
        idle = answers[(answers.document == "given") & (answers.carried_out == "no")].index
        codes = idle.to_frame(index=False).set_index("reporter").row
        sheets = self.plan.form.sheets
        return codes.replace({item.code: item.label for sheet in sheets for item in sheet.items})

    def name(self, unit: str) -> str:
        """The name within a sentence of a unit, or of the province as a reporter of its own."""
        if unit == self.plan.province:
            return self.plan.own_bodies.lower()
        return self.plan.register.inline_name[unit]

    def names(self, units: Iterable[str]) -> str:
        """huyện Đoan Hùng và huyện Hạ Hoà; of many how many there are."""
        units = [*units]
        if len(units) > NAMED:
            return f"{two_digits(len(units))} đơn vị"
        return listing([self.name(unit) for unit in units])


def reasons(
    plan: Plan, slug: str, found: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentences of one objective, one for each row of `found`.

    `found` has a row for each unit, by its code: verdict, low, high, needed, total and unit_name;
    `cells` are those of the objective.
    """
    told = _Told(plan, slug, found, cells, steps)
    sentence = {of_models: _of_models, of_cases: _of_cases}.get(told.known.counts, _of_share)
    return [sentence(told, unit) for unit in found.index]


# ---- a count out of a known total ----------------------------------------------------------------


def _of_share(told: _Told, unit: str) -> str:
    """What was counted, what it leaves out, and that a district only contributes."""
    row = told.found.loc[unit]
    if row.verdict == "not_applicable":
        about = told.known.about.format(kind=told.plan.kind)
        about = f"về {about}" if about else f"“{told.plan[told.slug].title}”"
        return f"Chỉ tiêu {about}, không giao cho {told.name(unit)}."
    target = told.plan.target(told.slug, unit).value
    said = [_own(told, unit) if target.shape == "own" else _counted(told, unit, target)]
    if told.planned:
        said += _idle(told, unit)
    if told.known.without:
        said += _gaps(told)
    if unit != told.plan.province and row.verdict == "not_met":
        said.append(CONTRIBUTION.format(kind=told.plan.kind))
    return " ".join(said)


def _own(told: _Told, unit: str) -> str:
    """A unit's own part in a count of units."""
    row = told.found.loc[unit]
    if row.verdict == "met":
        return f"{row.unit_name} {told.achievement}. {ENDINGS['met']}."
    if row.verdict == "not_met":
        return f"{row.unit_name} {_not_achieved(told, unit)}. {ENDINGS['not_met']}."
    own = told.cells[told.cells.reporter == unit]
    if (own.state != "reported").all():
        form = f"Biểu {told.plan[told.slug].number}"
        return f"{row.unit_name} chưa có số liệu {form} nên chưa đánh giá được."
    lacking = _lacking(told, unit)
    return f"{OPEN} {told.name(unit)} {told.achievement} hay chưa; còn thiếu {lacking}."


def _not_achieved(told: _Told, unit: str) -> str:
    if not told.planned:
        return f"chưa {told.achievement.replace('đã ', '')}"
    own = told.cells[(told.cells.reporter == unit) & (told.cells.column == "document")]
    if own.value.eq("none").fillna(False).all():
        return "chưa ban hành kế hoạch lồng ghép"
    programmes = told.steps["programmes"]
    many = int(programmes[programmes.index.get_level_values("reporter") == unit].sum())
    both = "vừa có kế hoạch lồng ghép vừa được thực hiện"
    if not many:
        return f"chưa có chương trình nào {both}"
    needed = told.plan.values(told.slug)["min_programmes"]
    return f"mới có {two_digits(many)} chương trình {both}, cần {two_digits(needed)}"


def _counted(told: _Told, unit: str, target: Target) -> str:
    """What is sure, what may be, what is needed, what would decide."""
    row, parts = told.found.loc[unit], _parts(told, unit)
    unknown = row.high - row.low
    named = _unknown_parts(told, unit)
    if unknown == row.total > 0:  # a count of 0 would read as a report of none
        said = f"{row.unit_name} chưa có số liệu để biết {parts} nào {told.achievement}"
    else:
        said = f"{row.unit_name} có {_of_all(row.low, row, target)} {parts} {told.achievement}"
        if unknown:
            whom = named or f"{two_digits(unknown)} {parts}"
            most = _of_all(row.high, row, target)
            said += f"; nếu tính cả {whom} chưa đủ số liệu, tối đa {most}"
    needed = f"{number(row.needed)}/{number(row.total)} ({target.words})"
    said += f". Mức cần đạt: {needed}. {ENDINGS[row.verdict]}"
    if row.verdict == "undetermined":
        said += f": sẽ đạt nếu {_deciding(told, unit, target, named)}"
    return f"{said}."


def _of_all(count: int, row: pd.Series, target: Target) -> str:
    said = f"{number(count)}/{number(row.total)}"
    return f"{said} ({share(count, row.total, target.threshold)})" if row.total else said


def _deciding(told: _Told, unit: str, target: Target, named: str) -> str:
    """What the parts that are not known would have to come to."""
    row, parts = told.found.loc[unit], _parts(told, unit)
    unknown, lacking = row.high - row.low, row.needed - row.low
    silent_whole = unknown == row.total
    which = parts if silent_whole else f"{parts} nêu trên"
    if target.shape == "none":
        return f"cả {two_digits(unknown)} {which} đều không có"
    if lacking == unknown == 1 and named:
        return f"{named} {told.achievement}"
    if lacking == unknown:
        return f"cả {two_digits(unknown)} {which} đều {told.achievement}"
    least = "có ít nhất" if silent_whole else "có thêm ít nhất"
    return f"{least} {two_digits(lacking)} trong {two_digits(unknown)} {which} {told.achievement}"


def _parts(told: _Told, unit: str) -> str:
    """What is counted; of communes only the kinds that there are in this unit: xã, thị trấn."""
    counted = told.plan[told.slug].counted
    if told.slug not in told.plan.of_communes or unit == told.plan.province:
        return counted
    kinds = {*told.plan.communes(unit).type.str.lower()}
    present = [kind for kind in counted.split(", ") if kind in kinds]
    return ", ".join(present) or counted


def _unknown_parts(told: _Told, unit: str) -> str:
    """The communes or districts that are not known, by name, where they are few."""
    names = told.unknown_names
    if unit != told.plan.province:
        names = names[names.index == unit]
    return listing([*names]) if len(names) <= NAMED else ""


def _idle(told: _Told, unit: str) -> list[str]:
    """The programmes of a district whose plan was issued and not carried out."""
    programmes = [_lowered(label) for label in told.idle[told.idle.index == unit]]
    listed = "; ".join(programmes)
    return [f"Đã ban hành văn bản nhưng chưa thực hiện: {listed}."] if programmes else []


def _lowered(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def _gaps(told: _Told) -> list[str]:
    """The months without news, and those of which nothing is known."""
    covered = told.steps["months"].reset_index(name="covered")
    months = covered.period.str[1:].str.lstrip("0")
    none, unknown = (~covered.covered).fillna(False), covered.covered.isna()
    gaps = {told.known.without: months[none], "Chưa có số liệu": months[unknown]}
    return [f"{words}: tháng {listing([*which])}." for words, which in gaps.items() if len(which)]


def _lacking(told: _Told, unit: str) -> str:
    """The cells without which the parts of a unit are not known, by name where they are few."""
    answers, parts = told.steps["cells"], told.steps[told.known.named[0]]
    cells = told.cells.loc[answers.index[answers.isna()]]
    cells = cells[cells.reporter == unit].assign(limb=cells["item"].str[:3])
    levels = parts.index.names
    open_parts = parts[parts.isna()].index
    deciding = cells[cells.set_index(levels).index.isin(open_parts)]
    heads = {
        column.key: column.header
        for sheet in told.plan.form.sheets
        if sheet.objective == told.slug
        for column in sheet.asked
    }
    names = [
        f"{row} {_lowered(PERIODS[period])}"
        if period != "Y"
        else f"{row} ({heads.get(column, '')})"
        for row, column, period in zip(deciding.row, deciding.column, deciding.period, strict=True)
    ]
    return _cells(names)


def _cells(names: list[str]) -> str:
    if len(names) > NAMED:
        return f"{two_digits(len(names))} ô"
    return f"ô: {', '.join(names)}"


# ---- models --------------------------------------------------------------------------------------


def _of_models(told: _Told, unit: str) -> str:
    """The models of the province; of a district whether it hosts one."""
    if unit == told.plan.province:
        return _of_all_models(told)
    lines = told.steps["lines"]
    own = lines[lines.index.get_level_values("reporter") == unit]
    if own.fillna(False).any():
        said = "có mô hình được tính"
    elif own.isna().any():
        said = "có mô hình có thể được tính, còn thiếu thông tin"
    elif unit in silent(told.cells):
        said = "chưa có số liệu về mô hình"
    else:
        said = "chưa có mô hình được tính" if len(own) else "chưa có mô hình"
    districts = told.plan.districts_word
    return (
        f"Kế hoạch đặt chỉ tiêu này cho toàn {told.plan.kind}, không giao cho từng {districts}; "
        f"{told.name(unit)} {said}."
    )


def _of_all_models(told: _Told) -> str:
    row, lines = told.found.loc[told.plan.province], told.steps["lines"]
    mute, doubtful = silent(told.cells), int(told.steps["models"].isna().sum())
    what, reporters = f"mô hình {told.achievement}", lines.index.get_level_values("reporter")
    said = []
    if row.low:
        own = reporters[lines.fillna(False)].unique()
        hosts = told.names(own) + (" cùng báo cáo" if len(own) > row.low else "")
        said.append(f"{row.unit_name} có {two_digits(row.low)} {what} ({hosts})")
    if doubtful:
        hosts = told.names(reporters[lines.isna()].unique())
        said.append(f"{two_digits(doubtful)} mô hình còn thiếu thông tin ({hosts})")
    if not said and len(mute) == len(told.plan.reporters):
        said.append(f"{row.unit_name} chưa có số liệu về {what}")
    elif not said:
        said.append(f"{row.unit_name} chưa có {what}")
    if 0 < len(mute) < len(told.plan.reporters):
        said.append(f"{told.names(mute)} chưa có số liệu về mô hình")
    sentence = "; ".join(said)
    target = told.plan[told.slug].target.value
    needed = f"ít nhất {two_digits(row.needed)}" if target.shape == "count" else target.words
    return (
        f"{sentence[:1].upper()}{sentence[1:]}. Mức cần đạt: {needed} mô hình. "
        f"{ENDINGS[row.verdict]}."
    )


# ---- cases ---------------------------------------------------------------------------------------


def _of_cases(told: _Told, unit: str) -> str:
    """The cases of a district, or of all reporters: detected first, then handled."""
    row, whole = told.found.loc[unit], unit == told.plan.province
    if row.verdict == "none_arose":
        place = told.plan.register.inline_name[unit]
        return f"Trong năm {told.plan.year}, trên địa bàn {place} không phát hiện vụ việc vi phạm."
    quarters, reporters = told.steps["quarters"], told.steps["reporters"]
    if not whole:
        quarters, reporters = quarters.loc[[unit]], reporters.loc[[unit]]
    contradictory = quarters.contradictory.fillna(False).groupby("reporter").any()
    said = [f"{row.unit_name} {_detected_and_handled(told, row, quarters)}"]
    if whole:
        unhandled = reporters.index[reporters.verdict == "not_met"]
        open_ = reporters.index[(reporters.verdict == "undetermined") & ~contradictory]
        groups = {
            "Còn vụ việc chưa xử lý": unhandled,
            "Chưa đủ số liệu": open_,
            "Số liệu mâu thuẫn": contradictory.index[contradictory],
        }
        said += [f"{words}: {told.names(units)}" for words, units in groups.items() if len(units)]
    elif contradictory.any():
        wrong = quarters.index.get_level_values("period")[quarters.contradictory.fillna(False)]
        said.append(f"Số liệu mâu thuẫn ở {listing([_lowered(PERIODS[p]) for p in wrong])}")
    elif row.verdict == "undetermined" and quarters[[*CASES.values()]].notna().any(axis=None):
        said[0] += f"; còn thiếu {_cells(_missing_of_cases(told, quarters))}"
    return f"{'. '.join(said)}. {ENDINGS[row.verdict]}."


def _detected_and_handled(told: _Told, row: pd.Series, quarters: pd.DataFrame) -> str:
    """How many cases there were at least, and how many of them are known to be handled."""
    detected, handled = quarters.detected, quarters.handled
    if detected.isna().all() and handled.isna().all():
        return "chưa có số liệu về vụ việc phát hiện, xử lý"
    least = "ít nhất " if _unknown_of(told, quarters, "administrative", "criminal") else ""
    done = f"đã xử lý {least}{two_digits(row.low)}"
    if handled.isna().all():
        done = "chưa có số liệu về số đã xử lý"
    if pd.isna(row.total):
        least = max(int(detected.sum()), int(row.low))
        return (
            f"phát hiện ít nhất {two_digits(least)} vụ việc ({_left_out(told, detected)}), {done}"
        )
    if row.low > row.total:
        return f"ghi phát hiện {two_digits(row.total)} vụ việc nhưng {done}, hai con số trái nhau"
    return f"phát hiện {two_digits(row.total)} vụ việc, {done}"


def _left_out(told: _Told, detected: pd.Series) -> str:
    """Whose cases the sum of the known leaves out, wholly or in part."""
    known = detected.notna().groupby("reporter")
    nothing, gaps = known.any(), ~known.all()
    if len(gaps) == 1:
        return "chưa đủ số liệu"
    words = {"chưa tính": gaps & ~nothing, "chưa tính đủ": gaps & nothing}
    return "; ".join(
        f"{said} {told.names(own.index[own])}" for said, own in words.items() if own.any()
    )


def _missing_of_cases(told: _Told, quarters: pd.DataFrame) -> list[str]:
    """The cells that keep the quarters of one reporter from being complete."""
    return _unknown_of(told, quarters, "detected", "administrative", "criminal")


def _unknown_of(told: _Told, quarters: pd.DataFrame, *asked: str) -> list[str]:
    """The cells of these parts of the cases, quarter by quarter, that are not known."""
    if told.plan.values(told.slug)["pending"] == "handled":
        asked += ("pending",)
    return [
        f"{code} {_lowered(PERIODS[period])}"
        for (_, period), quarter in quarters.iterrows()
        for code, part in CASES.items()
        if part in asked and pd.isna(quarter[part])
    ]
