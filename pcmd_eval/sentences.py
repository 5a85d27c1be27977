"""The sentence of every finding, which all pages and documents print: what was counted, and what is
missing.

Words in braces are facts of the finding, see `_Finding.facts`; {Unit} begins a sentence.
"""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pcmd_eval.counting import Steps, of_cases, of_models, silent
from pcmd_eval.objectives import CASES, OBJECTIVES, PLANNED_AND_DONE
from pcmd_eval.plan import Plan
from pcmd_eval.words import NAMED, PERIODS, VERDICTS, listing, lowered, number, share, two_digits

CONTRIBUTION = (
    "Kế hoạch đặt chỉ tiêu này cho toàn {kind}; kết quả của đơn vị là phần đóng góp, không phải "
    "vi phạm."
)
ENDINGS = {
    "met": f"{VERDICTS['met'].word} chỉ tiêu",
    "not_met": f"{VERDICTS['not_met'].word} chỉ tiêu",
    "undetermined": "Chưa đủ số liệu để đánh giá",
}


@dataclass(frozen=True, eq=False)
class _Finding:
    """What a sentence is made from: a finding, with the cells of the objective and its steps.

    `row`: verdict, low, high, needed, total and unit_name; its name is the code of the unit.
    """

    plan: Plan
    slug: str
    row: pd.Series
    cells: pd.DataFrame
    steps: Steps

    @property
    def definition(self):
        return OBJECTIVES[self.slug]

    @property
    def unit(self):
        return self.row.name

    @property
    def whole(self):
        return self.unit == self.plan.province

    @property
    def planned(self):
        """Whether the form asks for a plan, and whether it was carried out."""
        return self.definition.answers == PLANNED_AND_DONE

    @cached_property
    def facts(self):
        """What sentences say of it, by name; counts that are not known have none."""
        plan, objective = self.plan, self.plan[self.slug]
        counts = {key: self.row[key] for key in ("low", "high", "needed", "total")}
        return {key: number(count) for key, count in counts.items() if pd.notna(count)} | {
            "Unit": self.row.unit_name,
            "unit": plan.senders.inline_name[self.unit],
            "kind": plan.kind,
            "districts": plan.districts_word,
            "year": plan.year,
            "number": objective.number,
            "title": objective.title,
            "achievement": objective.achievement,
            "ending": ENDINGS.get(self.row.verdict),
        }

    def say(self, words, **more):
        """The words with its facts, and with more of them."""
        return words.format(**self.facts, **more)

    @property
    def cells_of_unit(self):
        """Its own cells; of the province everybody's."""
        return self.cells if self.whole else self.cells[self.cells.reporter == self.unit]

    def parts(self, step):
        """Its own parts of a step; of the province everybody's."""
        parts = self.steps[step]
        return parts if self.whole else parts[parts.index.isin([self.unit], level="reporter")]

    def groups(self, groups):
        """The units for which something holds (boolean, by reporter) behind words that say what."""
        some = {words: holds.index[holds] for words, holds in groups.items() if holds.any()}
        return [f"{words} {self.plan.listed(units)}" for words, units in some.items()]


def reasons(
    plan: Plan, slug: str, rows: pd.DataFrame, cells: pd.DataFrame, steps: Steps
) -> list[str]:
    """The sentences of one objective, one for each row.

    `rows`: one for each unit, by its code: verdict, low, high, needed, total and unit_name; `cells`
    are those of the objective.
    """
    ways = {of_models: _of_models, of_cases: _of_cases}
    sentence = ways.get(OBJECTIVES[slug].counts, _of_share)
    return [sentence(_Finding(plan, slug, row, cells, steps)) for _, row in rows.iterrows()]


# ---- a count out of a known total ----------------------------------------------------------------


def _of_share(finding):
    """What was counted, what it leaves out, and that a district only contributes."""
    definition, verdict = finding.definition, finding.row.verdict
    if verdict == "not_applicable":
        about = f"về {definition.about}" if definition.about else "“{title}”"
        return finding.say("Chỉ tiêu " + about + ", không giao cho {unit}.")
    target = finding.plan.target(finding.slug, finding.unit).value
    sentences = [_own_part(finding) if target.shape == "own" else _counted(finding, target)]
    if finding.planned and not finding.whole:
        sentences += _idle(finding)
    if definition.without:
        sentences += _gaps(finding.steps["months"], definition.without)
    if verdict == "not_met" and not finding.whole:
        sentences.append(finding.say(CONTRIBUTION))
    return " ".join(sentences)


def _own_part(finding):
    """A unit's own part in a count of units."""
    if finding.row.verdict == "met":
        return finding.say("{Unit} {achievement}. {ending}.")
    if finding.row.verdict == "not_met":
        return finding.say("{Unit} {failing}. {ending}.", failing=_failing(finding))
    if (finding.cells_of_unit.state != "reported").all():
        return finding.say("{Unit} chưa có số liệu Biểu {number} nên chưa đánh giá được.")
    words = "{ending} {unit} {achievement} hay chưa; còn thiếu {cells}."
    return finding.say(words, cells=_cells(_lacking(finding)))


def _failing(finding):
    if not finding.planned:
        return "chưa " + finding.facts["achievement"].replace("đã ", "")
    cells = finding.cells_of_unit
    if cells[cells.column == "document"].value.eq("none").fillna(False).all():
        return "chưa ban hành kế hoạch lồng ghép"
    many, words = int(finding.parts("programmes").sum()), "chưa có chương trình nào {both}"
    if many:
        words = "mới có {many} chương trình {both}, cần {needed}"
    return words.format(
        both="vừa có kế hoạch lồng ghép vừa được thực hiện",
        many=two_digits(many),
        needed=two_digits(finding.plan.values(finding.slug)["min_programmes"]),
    )


def _counted(finding, target):
    """What is sure, what may be, what is needed, what would decide."""
    row, parts, named = finding.row, _parts(finding), _unknown_parts(finding)
    unknown, lacking = row.high - row.low, row.needed - row.low
    none_known = unknown == row.total
    words = "{Unit} có {least} {parts} {achievement}"
    if none_known > 0:  # a count of 0 would read as a report of none
        words = "{Unit} chưa có số liệu để biết {parts} nào {achievement}"
    elif unknown:
        words += "; nếu tính cả {whom} chưa đủ số liệu, tối đa {most}"
    words += ". Mức cần đạt: {needed}/{total} ({target}). {ending}"
    if row.verdict == "undetermined":
        words += ": sẽ đạt nếu " + _deciding(target, unknown, lacking, named)
    return finding.say(
        words + ".",
        parts=parts,
        least=_of_all(row.low, row, target),
        most=_of_all(row.high, row, target),
        whom=named or f"{two_digits(unknown)} {parts}",
        target=target.words,
        unknown=two_digits(unknown),
        lacking=two_digits(lacking),
        more="có" if none_known else "có thêm",
        which=parts if none_known else f"{parts} nêu trên",
    )


def _of_all(count, row, target):
    counted = f"{number(count)}/{number(row.total)}"
    return f"{counted} ({share(count, row.total, target.threshold)})" if row.total else counted


def _deciding(target, unknown, lacking, named):
    """What the parts that are not known would have to come to."""
    if target.shape == "none":
        return "cả {unknown} {which} đều không có"
    if lacking == unknown == 1 and named:
        return "{whom} {achievement}"
    if lacking == unknown:
        return "cả {unknown} {which} đều {achievement}"
    return "{more} ít nhất {lacking} trong {unknown} {which} {achievement}"


def _parts(finding):
    """What is counted; of communes only the kinds that there are in this unit: xã, thị trấn."""
    plan, counted = finding.plan, finding.plan[finding.slug].counted
    if finding.whole or finding.slug not in plan.of_communes:
        return counted
    kinds = {*plan.communes(finding.unit).type.str.lower()}
    return ", ".join(kind for kind in counted.split(", ") if kind in kinds) or counted


def _unknown_parts(finding):
    """The communes or districts that are not known, by name, where they are few."""
    *_, last = finding.steps
    parts = finding.parts(last)
    unknown = parts.index[parts.isna()]
    level = unknown.names[-1]
    if level not in ("unit_code", "reporter") or len(unknown) > NAMED:
        return ""
    names = finding.plan.register.inline_name[unknown.get_level_values(level)]
    return listing([*names])


def _idle(finding):
    """The programmes of a district whose plan was issued and not carried out."""
    cells, items = finding.cells_of_unit, finding.plan.form.sheet(finding.slug).items
    planned = {*cells.row[(cells.column == "document") & (cells.value == "given")]}
    undone = {*cells.row[(cells.column == "carried_out") & (cells.value == "no")]}
    idle = [lowered(item.label) for item in items if item.code in planned & undone]
    return [f"Đã ban hành văn bản nhưng chưa thực hiện: {'; '.join(idle)}."] if idle else []


def _gaps(months, without):
    """The months that do not count, and those of which nothing is known."""
    numbers = months.index.get_level_values("period").str[1:].str.lstrip("0")
    gaps = {without: ~months.fillna(True), "Chưa có số liệu": months.isna()}
    which = {words: listing([*numbers[holds]]) for words, holds in gaps.items()}
    return [f"{words}: tháng {listed}." for words, listed in which.items() if listed]


def _lacking(finding):
    """The cells without which the parts of a unit are not known."""
    parts, answers = finding.parts(finding.definition.named[0]), finding.steps["cells"]
    unknown = answers.index[answers.isna()]
    cells = finding.cells_of_unit
    cells = cells.assign(limb=cells["item"].str[:3])
    cells = cells[cells.index.isin(unknown)].set_index(parts.index.names, drop=False)
    cells = cells[cells.index.isin(parts.index[parts.isna()])]
    sheet, names = finding.plan.form.sheet(finding.slug), []
    for row, column, period in zip(cells.row, cells.column, cells.period, strict=True):
        where = f"({sheet.column(column).header})" if column else lowered(PERIODS[period])
        names.append(f"{row} {where}")
    return names


def _cells(names):
    return f"ô: {', '.join(names)}" if len(names) <= NAMED else f"{two_digits(len(names))} ô"


# ---- models --------------------------------------------------------------------------------------


def _of_models(finding):
    """The models of the province; of a district whether it hosts one."""
    if finding.whole:
        return _of_all_models(finding)
    lines = finding.parts("lines")
    if lines.fillna(False).any():
        hosts = "có mô hình được tính"
    elif lines.isna().any():
        hosts = "có mô hình có thể được tính, còn thiếu thông tin"
    elif finding.unit in silent(finding.cells):
        hosts = "chưa có số liệu về mô hình"
    else:
        hosts = "chưa có mô hình được tính" if len(lines) else "chưa có mô hình"
    words = "Kế hoạch đặt chỉ tiêu này cho toàn {kind}, không giao cho từng {districts}; {unit} "
    return finding.say(words + hosts + ".")


def _of_all_models(finding):
    row, lines, unsaid = finding.row, finding.steps["lines"], silent(finding.cells)
    reporters = lines.index.get_level_values("reporter")
    sure, unsure = reporters[lines.fillna(False)].unique(), reporters[lines.isna()].unique()
    doubtful = int(finding.steps["models"].isna().sum())
    none_said = len(unsaid) == len(finding.plan.reporters)
    clauses = []
    if row.low:
        together = " cùng báo cáo" if len(sure) > row.low else ""
        clauses.append("{Unit} có {sure} mô hình {achievement} ({hosts}" + together + ")")
    if doubtful:
        clauses.append("{unsure} mô hình còn thiếu thông tin ({possible})")
    if not clauses:
        about = "số liệu về " if none_said else ""
        clauses.append("{Unit} chưa có " + about + "mô hình {achievement}")
    if unsaid.size and not none_said:
        clauses.append("{unsaid} chưa có số liệu về mô hình")
    target = finding.plan[finding.slug].target.value
    at_least = f"ít nhất {two_digits(row.needed)}"
    sentence = finding.say(
        "; ".join(clauses) + ". Mức cần đạt: {target} mô hình. {ending}.",
        sure=two_digits(row.low),
        hosts=finding.plan.listed(sure),
        unsure=two_digits(doubtful),
        possible=finding.plan.listed(unsure),
        unsaid=finding.plan.listed(unsaid),
        target=at_least if target.shape == "count" else target.words,
    )
    return f"{sentence[:1].upper()}{sentence[1:]}"


# ---- cases ---------------------------------------------------------------------------------------


def _of_cases(finding):
    """The cases of a district, or of all reporters: detected first, then handled."""
    verdict = finding.row.verdict
    if verdict == "none_arose":
        words = "Trong năm {year}, trên địa bàn {place} không phát hiện vụ việc vi phạm."
        return finding.say(words, place=finding.plan.register.inline_name[finding.unit])
    quarters = finding.parts("quarters")
    wrong = quarters.contradictory.fillna(False)
    sentences = [f"{finding.row.unit_name} {_detected_and_handled(finding, quarters)}"]
    if finding.whole:
        sentences += _by_reporter(finding, wrong)
    elif wrong.any():
        periods = quarters.index.get_level_values("period")[wrong].map(PERIODS).map(lowered)
        sentences.append(f"Số liệu mâu thuẫn ở {listing([*periods])}")
    elif verdict == "undetermined" and quarters[[*CASES.values()]].notna().any(axis=None):
        lacking = _unknown_cells(finding, quarters, "detected", "administrative", "criminal")
        sentences[0] += f"; còn thiếu {_cells(lacking)}"
    return ". ".join([*sentences, f"{ENDINGS[verdict]}."])


def _by_reporter(finding, wrong):
    """Why the verdict of the whole is not that all were handled."""
    verdicts = finding.steps["reporters"].verdict
    contradictory = wrong.groupby("reporter").any()
    return finding.groups({
        "Còn vụ việc chưa xử lý:": verdicts == "not_met",
        "Chưa đủ số liệu:": (verdicts == "undetermined") & ~contradictory,
        "Số liệu mâu thuẫn:": contradictory,
    })  # fmt: skip


def _detected_and_handled(finding, quarters):
    """How many cases there were at least, and how many of them are known to be handled."""
    row, detected, handled = finding.row, quarters.detected, quarters.handled
    done = "chưa có số liệu về số đã xử lý"
    if handled.notna().any():
        gaps = _unknown_cells(finding, quarters, "administrative", "criminal")
        done = "đã xử lý ít nhất {low}" if gaps else "đã xử lý {low}"
    elif detected.isna().all():
        return "chưa có số liệu về vụ việc phát hiện, xử lý"
    words = "phát hiện {total} vụ việc, " + done
    if pd.isna(row.total):
        words = "phát hiện ít nhất {least} vụ việc ({gaps}), " + done
    elif row.low > row.total:
        words = "ghi phát hiện {total} vụ việc nhưng " + done + ", hai con số trái nhau"
    return words.format(
        low=two_digits(row.low),
        total=two_digits(row.total) if pd.notna(row.total) else "",
        least=two_digits(max(int(detected.sum()), int(row.low))),
        gaps=_left_out(finding, detected),
    )


def _left_out(finding, detected):
    """Whose cases the sum of the known leaves out, wholly or in part."""
    if not finding.whole:
        return "chưa đủ số liệu"
    known = detected.notna().groupby("reporter")
    some, gaps = known.any(), ~known.all()
    return "; ".join(finding.groups({"chưa tính": ~some, "chưa tính đủ": gaps & some}))


def _unknown_cells(finding, quarters, *asked):
    """The cells of these parts of the cases, quarter by quarter, that are not known."""
    if finding.plan.values(finding.slug)["pending"] == "handled":
        asked += ("pending",)
    return [
        f"{code} {lowered(PERIODS[period])}"
        for (_, period), quarter in quarters.iterrows()
        for code, part in CASES.items()
        if part in asked and pd.isna(quarter[part])
    ]
