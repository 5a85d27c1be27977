"""The sentence of every finding, which all pages and documents print: what was counted, and what is missing."""

import pandas as pd

from pcmd_eval.objectives import Steps, silent
from pcmd_eval.plan import Plan
from pcmd_eval.targets import Target
from pcmd_eval.words import VERDICTS, listing, number, share

CONTRIBUTION = "Kế hoạch đặt chỉ tiêu này cho toàn tỉnh; kết quả của đơn vị là phần đóng góp, không phải vi phạm."
ENDINGS = {"undetermined": "Chưa đủ số liệu để đánh giá"} | {
    v: f"{VERDICTS[v].word} chỉ tiêu" for v in ("met", "not_met")
}


def reasons(
    plan: Plan, slug: str, found: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentences of one objective, one for each row of `found`.

    `found` has a row for each unit, by its code: verdict, low, high, needed, total and unit_name.
    """
    sentences = {"support_model": _of_models, "enforcement": _of_cases}.get(slug, _of_shares)
    return sentences(plan, slug, found, cells, steps)


def _of_shares(
    plan: Plan, slug: str, found: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentence for a count out of a known total, what it leaves out, and that a district only contributes."""
    more = {"integration": _idle, "media": _gaps}.get(slug, lambda *_: {})(cells, steps)
    return [_of_share(plan, slug, unit, row, more.get(unit, "")) for unit, row in found.iterrows()]


def _of_share(plan: Plan, slug: str, unit: str, row: pd.Series, more: str) -> str:
    name = plan.register.inline_name[unit]
    if row.verdict == "not_applicable":
        return f"Chỉ tiêu về phương tiện thông tin đại chúng cấp tỉnh, không giao cho {name}."
    target, parts = plan.target(slug, unit).value, plan[slug].counted
    if target.shape == "own":
        said = _own(row, name, f"{parts} {plan[slug].achievement}", plan[slug].achievement)
    else:
        said = _counted(row, target, parts, plan[slug].achievement)
    contribution = CONTRIBUTION if unit != plan.province and row.verdict == "not_met" else ""
    return " ".join(part for part in (said, more, contribution) if part)


def _own(row: pd.Series, name: str, among: str, achievement: str) -> str:
    """The sentence for a unit's own part in a count of units."""
    return {
        "met": f"{row.unit_name} {achievement}. Đạt chỉ tiêu.",
        "not_met": f"Theo báo cáo, {name} không thuộc số {among}. Chưa đạt chỉ tiêu.",
        "undetermined": f"Chưa đủ số liệu để đánh giá {name} có thuộc số {among} hay không.",
    }[row.verdict]


def _counted(row: pd.Series, target: Target, parts: str, achievement: str) -> str:
    """What is sure, what may be, what is needed, what would decide."""

    def of_all(count: int) -> str:
        said = f"{number(count)}/{number(row.total)}"
        return f"{said} ({share(count, row.total, target.threshold)})" if row.total else said

    unknown = row.high - row.low
    said = f"{row.unit_name} có {of_all(row.low)} {parts} {achievement}"
    if unknown == row.total > 0:  # a count of 0 would read as a report of none
        said = f"{row.unit_name} chưa có số liệu để biết {parts} nào {achievement}"
    elif unknown:
        said += (
            f"; nếu tính cả {number(unknown)} {parts} chưa đủ số liệu, tối đa {of_all(row.high)}"
        )
    said += f". Mức cần đạt: {number(row.needed)}/{number(row.total)} ({target.words}). {ENDINGS[row.verdict]}"
    if row.verdict == "undetermined" and target.shape == "none":
        said += f": đạt nếu cả {number(unknown)} {parts} ấy đều không có"
    elif row.verdict == "undetermined":
        said += f": đạt nếu ít nhất {number(row.needed - row.low)} trong {number(unknown)} {parts} ấy thực hiện"
    return f"{said}."


def _idle(cells: pd.DataFrame, steps: Steps) -> dict[str, str]:
    """By district, the programmes whose plan was issued and not carried out."""
    asked = cells[cells.objective == "integration"]
    given = asked[(asked.column == "document") & (asked.value == "given")]
    idle = given.merge(
        asked[(asked.column == "carried_out") & (asked.value == "no")], on=["reporter", "row"]
    )
    listed = idle.sort_values("row").groupby("reporter").row.agg(list)
    return {
        unit: f"Đã ban hành văn bản nhưng chưa thực hiện: {listing(rows)}."
        for unit, rows in listed.items()
    }


def _gaps(cells: pd.DataFrame, steps: Steps) -> dict[str, str]:
    """The months without news, and those of which nothing is known."""
    months = (
        steps["months"]
        .reset_index(name="covered")
        .assign(month=lambda m: m.period.str[1:].str.lstrip("0"))
    )
    none, unknown = (~months.covered).fillna(False), months.covered.isna()
    gaps = {"Không có tin, bài": months[none], "Chưa có số liệu": months[unknown]}
    said = [
        f"{word}: tháng {listing([*found.month])}." for word, found in gaps.items() if len(found)
    ]
    return dict.fromkeys(months.reporter, " ".join(said))


def _of_models(
    plan: Plan, slug: str, found: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentence for the models of the province, and of a district whether it hosts one."""
    lines, said = steps["lines"], dict.fromkeys(silent(cells), "chưa có số liệu về mô hình")
    said |= dict.fromkeys(lines[lines.isna()].index.get_level_values("reporter"), _HOSTS[None])
    said |= dict.fromkeys(
        lines[lines.fillna(False)].index.get_level_values("reporter"), _HOSTS[True]
    )
    reasons = {
        unit: f"Kế hoạch đặt chỉ tiêu này cho toàn tỉnh, không giao cho từng huyện; {plan.register.inline_name[unit]} "
        f"{said.get(unit, 'không có mô hình được tính')}."
        for unit in plan.districts.index
    }
    row, doubtful, mute = found.loc[plan.province], steps["models"].isna().sum(), silent(cells).size
    reason = f"{row.unit_name} có {number(row.low)} mô hình {plan[slug].achievement}"
    reason += f"; {number(doubtful)} mô hình còn thiếu thông tin" if doubtful else ""
    reason += f"; {mute} đơn vị chưa cho biết có mô hình hay không" if mute else ""
    reason += f". Mức cần đạt: {plan[slug].target.value.words} mô hình. {ENDINGS[row.verdict]}."
    return [reasons.get(unit, reason) for unit in found.index]


_HOSTS = {True: "có mô hình được tính", None: "có mô hình có thể được tính, còn thiếu thông tin"}


def _of_cases(
    plan: Plan, slug: str, found: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentence for the cases of a district, or of all reporters."""
    parts = steps["reporters"].assign(
        name=plan.register.inline_name.where(
            plan.register.level != "province", "các cơ quan cấp tỉnh"
        ),
        known=steps["quarters"].handled.notna().groupby("reporter").any(),
        detected=steps["quarters"].detected.groupby("reporter").sum(min_count=1),
        contradictory=steps["quarters"].contradictory.groupby("reporter").any(),
    )
    return [
        _of_case(plan, row, parts if unit == plan.province else parts.loc[[unit]])
        for unit, row in found.iterrows()
    ]


def _of_case(plan: Plan, row: pd.Series, parts: pd.DataFrame) -> str:
    if row.verdict == "none_arose":
        name = plan.register.inline_name[row.name]
        return f"Trong năm {plan.year}, {name} không phát sinh vụ việc nào, theo số liệu đã báo cáo đầy đủ."
    said = f"{row.unit_name}: đã xử lý {number(row.low)} vụ việc"
    if not parts.known.any():  # the sum of nothing would read as a report of none
        said = f"{row.unit_name}: chưa có số liệu về vụ việc đã xử lý"
    known = (
        f" trong {number(row.total)} vụ việc phát hiện"
        if pd.notna(row.total)
        else _at_least(parts.detected)
    )
    groups = {"Số liệu mâu thuẫn": parts.contradictory}
    if len(parts) > 1:
        open_ = {
            "Còn vụ việc chưa xử lý": parts.verdict == "not_met",
            "Chưa đủ số liệu": parts.verdict == "undetermined",
        }
        groups = open_ | groups
    of_whom = [
        f". {words}: {listing([*parts.name[holds]])}"
        for words, holds in groups.items()
        if holds.any()
    ]
    return f"{said}{known}{''.join(of_whom)}. {ENDINGS[row.verdict]}."


def _at_least(detected: pd.Series) -> str:
    """The cases detected where some quarter is not known: what is known is the least there can be."""
    known = detected.sum()
    said = f"đã phát hiện ít nhất {number(known)} vụ việc (chưa đủ số liệu)"
    return f"; {said}" if known else "; số vụ việc phát hiện chưa đủ số liệu"
