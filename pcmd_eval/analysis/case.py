"""The case of one unit: the plan and all frames that notebooks, pages and documents show."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from pcmd_eval.analysis.arguments import require_unit
from pcmd_eval.evaluation import sensitivity
from pcmd_eval.evaluation.findings import (
    FINDING_COLUMNS,
    FINDING_KEY,
    Counts,
    format_counts,
    note_open_findings,
)
from pcmd_eval.evaluation.observations import is_illustrative, received_returns
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.objectives.enforcement import least_detected
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics import year_on_year
from pcmd_eval.statistics.indicators import open_counts, unknown_parts
from pcmd_eval.util import vocabulary
from pcmd_eval.util.arguments import (
    require_columns,
    require_text_codes,
    validate_arguments,
)
from pcmd_eval.util.errors import ArgumentRefused
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.spelling import alphabet_key
from pcmd_eval.util.table_attrs import (
    CASE_ATTR,
    DISPLAY_ATTR,
    INCOMPLETE_ATTR,
    NAMES_ATTR,
    OPEN_ATTR,
    OPENED_ATTR,
    PLAN_ATTR,
    SOURCE_ATTR,
    UNIT_ATTR,
    drop_level,
    join_labels,
    set_plan_mark,
    split_labels,
)

SCENARIO_MADE = "scenario made"  # in the cache of a case, see `marks_on`
Frame = TypeVar("Frame", pd.DataFrame, pd.Series)
Cached = TypeVar("Cached")


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """Số liệu của một đơn vị trong một kế hoạch: mỗi bảng là một DataFrame của pandas.

        case = open_case("phu_tho_2017", "230")
        show(case.unit_rows(case.findings), "Kết luận của đơn vị", case)

    `cells`: mọi ô của biểu mẫu · `returns`: báo cáo đã nhận · `findings`: mọi kết luận ·
    `indicators`: mọi đại lượng đã cộng · `changes`: so với năm trước · `units`: danh mục ·
    `source`: câu nói số liệu đọc ở đâu, lúc nào.

    `findings`, `indicators` và `codes` có cả cấp tỉnh. Bỏ cấp tỉnh: `case.findings.query("level !=
    'province'")`, `case.codes.drop(case.plan.province)`.
    """

    plan: Plan
    unit: str
    cells: pd.DataFrame
    returns: pd.DataFrame
    findings: pd.DataFrame
    indicators: pd.DataFrame
    _internal: bool = False
    source: str = "Số liệu của bộ kết quả này."
    _issues: pd.DataFrame = field(default_factory=pd.DataFrame)
    _cache: dict[object, Any] = field(default_factory=dict, init=False)  # see `cached`

    def __post_init__(self) -> None:
        """Add the level of each unit to the findings: `findings` and `codes` have the province."""
        level = self.findings.unit_code.map(self.plan.register.level).astype("string")
        findings = self.findings.assign(level=level)
        set_plan_mark(findings, self.plan.mark)
        note_open_findings(findings)
        object.__setattr__(self, "findings", findings)
        figures = self.indicators.set_index(["unit_code", "item"])
        is_open = (self.indicators.state != "complete") | (unknown_parts(figures) > 0).to_numpy()
        self.indicators.attrs[INCOMPLETE_ATTR] = join_labels(self.indicators.index[is_open])
        for name in ("cells", "returns", "findings", "indicators"):
            self._mark_source(getattr(self, name), name)

    def _mark_source(self, frame: pd.DataFrame, name: str) -> None:
        """Set in `attrs` of a frame of this case its name, and the opened case that it is of."""
        frame.attrs[SOURCE_ATTR] = name
        frame.attrs[OPENED_ATTR] = self.cells.attrs.get(CASE_ATTR, "")

    def __repr__(self) -> str:
        """Return lines on the unit and the plan, the returns that were read, and the marks."""
        states = self._received_returns.state.map(self.plan.return_state_labels)
        counts = states.value_counts(sort=False)
        returns = ", ".join(f"{count} {state.lower()}" for state, count in counts.items())
        lines = [f"{self.name} ({self.unit}) · Kế hoạch {self.plan.plan}, năm {self.year}"]
        lines += [f"Báo cáo: {returns}. {self.source}", " · ".join(self.marks)]
        return "\n".join(filter(None, lines))

    def at(self, unit: str) -> "Case":
        """Cùng số liệu, nhìn từ đơn vị khác.

            case.at("227").finding("communication")

        Raises InputRefused for a unit that sends no return.
        """
        case = copy(self)  # shares `_cache`
        object.__setattr__(case, "unit", require_unit(self.plan, unit))
        return case

    @property
    def year(self) -> int:
        """Năm của kế hoạch."""
        return self.plan.year

    @property
    def units(self) -> pd.DataFrame:
        """Danh mục đơn vị của năm kế hoạch, theo mã."""
        return self.plan.register

    @property
    def previous(self) -> pd.DataFrame:
        """Số liệu năm trước mà phần so sánh dùng, theo mã đơn vị và đại lượng; trống nếu không có.

        case.previous.value.unstack("item")
        """
        return open_counts(self.plan, self.plan.previous_figures)

    @property
    def codes(self) -> pd.Index:
        """Mã các nơi gửi báo cáo, theo một thứ tự: các đơn vị, sau cùng là các cơ quan cấp tỉnh.

        rates.reindex(case.codes)
        """
        return self.plan.reporters.index.rename("unit_code")

    @property
    def codes_by_name(self) -> list[str]:
        """Mã các đơn vị báo cáo, không kể cấp tỉnh, theo thứ tự chữ cái của tên.

        show(matrix.loc[case.codes_by_name], "Theo tên", case)
        """
        names = self.plan.reporting_units.name
        return sorted(names.index, key=lambda code: alphabet_key(names[code]))

    @property
    def name(self) -> str:
        """Tên đơn vị: Huyện Đoan Hùng."""
        return self.plan.unit(self.unit).full_name

    @cached_property
    def _received_returns(self) -> pd.DataFrame:
        """The latest return by reporter, see `received_returns`."""
        return received_returns(self.returns)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Mọi đại lượng cạnh năm trước; không có dòng nào nếu kế hoạch không nêu năm trước."""
        changes = year_on_year.compare_years(self.plan, self.indicators, self.returns)
        set_plan_mark(changes, self.plan.mark)
        self._mark_source(changes, "changes")
        return changes

    @property
    def marks(self) -> list[str]:
        """Các dấu phải in trên mọi trang và hình: nội bộ, phương án thử, số liệu minh họa."""
        marks = {
            vocabulary.INTERNAL_MARK: self._internal,
            self.plan.mark: self.plan.mark != "",
            vocabulary.ILLUSTRATIVE_MARK: is_illustrative(self.returns),
        }
        return [mark for mark, is_printed in marks.items() if is_printed]

    @cached_property
    def names(self) -> dict[str, str]:
        """Tên của các mã: đơn vị, chỉ tiêu, dòng và cột của biểu mẫu."""
        titles = {slug: objective.heading for slug, objective in self.plan.by_slug.items()}
        return titles | self.plan.form.labels_by_code | dict(self.units.full_name)

    def rules(self, slug: str) -> dict[str, object]:
        """Giá trị các quy tắc đang áp dụng của một chỉ tiêu, theo tên quy tắc.

        case.rules("communication")["active_quarters"]
        """
        return self.plan.objective(slug).rule_values

    def finding(self, slug: str) -> pd.Series:
        """Kết luận của đơn vị này về một chỉ tiêu.

        case.finding("communication").verdict
        """
        finding = self._findings_by_key.loc[(self.unit, self.plan.objective(slug).slug)]
        finding.attrs[UNIT_ATTR] = join_labels([self.unit])
        return finding

    @cached_property
    def _findings_by_key(self) -> pd.DataFrame:
        """The findings indexed by `FINDING_KEY`."""
        return self.findings.set_index(FINDING_KEY, drop=False)

    def rules_in_force(self, slug: str) -> pd.DataFrame:
        """Mức cần đạt và các quy tắc của một chỉ tiêu, kèm căn cứ và lý do.

        show(case.rules_in_force("communication"), "Các quy tắc")
        """
        rules = sensitivity.rules_in_force(self.plan, slug)
        rules.attrs[SOURCE_ATTR] = "plan"  # lacks no data
        return rules

    def alternatives(self, slug: str, every_unit: bool = False) -> pd.DataFrame:
        """Kết luận khi mỗi quy tắc được chọn khác đi: của đơn vị này và của tỉnh, hoặc mọi đơn vị.

        case.alternatives("communication", every_unit=True)
        """
        slug = self.plan.objective(slug).slug
        inputs = (self.plan, slug, self.cells, self.findings)
        rows = cached(self, slug, partial(sensitivity.list_alternatives, *inputs))
        if every_unit:
            return rows
        return rows[rows.unit_code.isin([self.unit, self.plan.province])].reset_index(drop=True)

    @validate_arguments
    def for_display(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Kết luận, hoặc các dòng của `changes`, để in.

            show(case.for_display(case.findings), "Kết luận", case)

        Findings: units in the order of the register; where a unit reported nothing `low` and
        `value_low` are <NA>, a dash in print. Changes: the values of both years, and their
        difference or the reason why they are not compared.
        """
        if "before" in frame:
            changes = year_on_year.display_changes(frame, self.plan)
            set_plan_mark(changes, self.plan.mark)
            return changes
        needed = ["unit_code", "objective", "low", "value_low"]
        require_columns(frame, needed)
        # Without a filled cell the `low` of 0 is only a bound, no count.
        pairs = zip(frame.unit_code, frame.objective, strict=True)
        is_silent = [pair not in self._filled_pairs for pair in pairs]
        bounds = {name: frame[name].mask(is_silent) for name in ("low", "value_low")}
        rows = frame.assign(**bounds)
        rows = rows.iloc[self._argsort_codes(rows.unit_code)]
        labels = join_labels(rows.index)
        rows = rows.reset_index(drop=True)
        rows.attrs[DISPLAY_ATTR] = labels
        return rows

    @cached_property
    def _detected_cases(self) -> dict[tuple[str, str], int | None]:
        """The known number of detected cases by (unit, objective): a minimum if incomplete.

        Where the parts tell of more than was reported (`least_detected`), that number.
        """
        cases = self.indicators[self.indicators["item"] == "cases"]
        if cases.empty:
            return {}
        least = least_detected(self.plan.steps("enforcement", self.cells)["quarters"])
        least[self.plan.province] = least.sum(min_count=1)
        pairs = cases.assign(least=cases.unit_code.map(least)).set_index(FINDING_KEY)
        return pairs[["value", "least"]].max(axis=1).astype("Int64").to_dict()

    @cached_property
    def _filled_pairs(self) -> set[tuple[str, str]]:
        """The pairs (unit, objective) with a filled cell; for the province in any unit's return."""
        filled = self.cells.loc[self.cells.state.isin(FILLED_STATES), ["reporter", "objective"]]
        pairs = {*filled.drop_duplicates().itertuples(index=False, name=None)}
        return pairs | {(self.plan.province, slug) for _, slug in pairs}

    def _argsort_codes(self, codes: pd.Index | pd.Series) -> np.ndarray:
        """Return the positions that sort codes as `Plan.reporters`.

        Other codes (communes) come first, in their present order: get_indexer_for gives -1.
        """
        return self.plan.reporters.index.get_indexer_for(codes).argsort(kind="stable")

    @validate_arguments
    def unit_rows(self, frame: Frame) -> Frame:
        """Các dòng của đơn vị này, của tỉnh là mọi dòng: theo `reporter`, nếu không có thì theo
        `unit_code`, là cột hay bậc của chỉ mục.

            case.unit_rows(case.cells)

        For a unit, `reporter` is dropped from an index with other levels: it has only one value.
        """
        levels: list[Any] = frame.index.names
        names = [*levels, *getattr(frame, "columns", ())]
        if not {"reporter", "unit_code"}.intersection(names):
            raise ArgumentRefused(
                "cần bảng có cột hoặc chỉ mục reporter hay unit_code; bảng này có "
                f"{', '.join(map(str, names[:8]))}."
            )
        key = "reporter" if "reporter" in names else "unit_code"
        unit: str | None = None if is_province(self) else self.unit
        units = [*reporters_of(self), *self.plan.communes(unit).index]
        codes = frame.index.get_level_values(key) if key in levels else pd.Index(frame[key])
        require_text_codes(codes)
        is_of_unit = codes.isin(units)
        rows = frame[is_of_unit].iloc[self._argsort_codes(codes[is_of_unit])]
        if unit:
            rows.attrs[UNIT_ATTR] = join_labels([unit])
        if not unit or "reporter" not in levels or len(levels) == 1:
            return rows
        return drop_level(rows, "reporter", unit)


# ---- for the other modules of the package --------------------------------------------------------


def cached(case: Case, key: object, compute: Callable[[], Cached]) -> Cached:
    """Return the value cached under `key`, calling `compute` the first time.

    Cases made by `Case.at` share the cache.
    """
    if key not in case._cache:
        case._cache[key] = compute()
    return case._cache[key]


def prepare(case: Case) -> None:
    """Compute and cache what all units share, before `Case.at` copies the case for each."""
    for slug in case.plan.by_slug:
        case.alternatives(slug)
    # Cached properties: `copy` in `Case.at` takes their values along.
    _ = case._received_returns, case.changes, case.names, case._findings_by_key
    _ = case._filled_pairs, case._detected_cases
    _ = case.plan.senders, case.plan.communes()


def scenario_mark(case: Case | None, frame: pd.DataFrame | pd.Series) -> str:
    """Return the mark of the plan that a frame comes from, or of the case, else "".

    The column `plan` says it, in files, too; else what `set_plan_mark` set. pandas loses that in
    `merge` and `groupby`, and keeps that of one of two frames in `join` and differences: anything
    but a whole frame of the plan may be of a scenario, once one was made of the case.
    """
    plan_mark = frame.attrs.get(PLAN_ATTR)
    plans = pd.Series(np.ravel(frame.get("plan", [])), dtype="string")  # columns may have levels
    if plans.str.endswith(vocabulary.SCENARIO_SUFFIX).any():
        plan_mark = vocabulary.SCENARIO_MARK
    if not plan_mark:
        may_be_scenario = False
        if case and has_scenario(case):
            names = {str(name) for name in (*pd.DataFrame(frame), *frame.index.names, None)}
            marked_names = split_labels(frame, NAMES_ATTR) if plan_mark == "" else []
            is_of_plan = names == {*marked_names, "None"}
            if plan_mark is None and "plan" in names:  # of a file
                is_of_plan = {*plans} == {case.plan.plan}
            may_be_scenario = not is_of_plan and find_source(case, frame) is None
        plan_mark = vocabulary.MAYBE_SCENARIO_MARK if may_be_scenario else ""
    return (case.plan.mark if case else "") or plan_mark


def has_scenario(case: Case) -> bool:
    """Return whether a scenario was made of the case."""
    return SCENARIO_MADE in case._cache


def find_source(case: Case, table: pd.DataFrame | pd.Series) -> pd.DataFrame | None:
    """Return the frame of the case from which all rows and columns of a table come unchanged, if
    there is one; a `reason` may be left out.
    """
    frame = pd.DataFrame(table)
    if frame.index.equals(case.units.index):  # chosen units may be a list of one's own
        source = case.units
    elif is_integer_dtype(frame.index.dtype) and (name := _source_name(table)):
        source = getattr(case, name)
    else:
        return None
    columns = [name for name in frame if name not in {"reason"}]  # a name may be <NA>
    if not {*columns} <= {*source}:
        return None
    rows = source.index.get_indexer(frame.index)
    is_same = (rows >= 0).all() and frame[columns].equals(source[columns].iloc[rows])
    return source if is_same else None


def _source_name(table: pd.DataFrame | pd.Series) -> str:
    """Return the name of the frame of a case from which a table may come, "" of none; findings that
    were computed anew may be equal to those of the case.
    """
    name = "findings" if OPEN_ATTR in table.attrs else table.attrs.get(SOURCE_ATTR, "")
    return "" if name == "plan" else str(name)


def require_own_findings(case: Case, findings: pd.DataFrame) -> None:
    """Raise ArgumentRefused unless `findings` are findings under the rules of the case."""
    require_columns(findings, FINDING_COLUMNS)
    if {*findings["plan"]} - {case.plan.marked_number}:
        raise ArgumentRefused(
            "các kết luận này theo quy tắc khác với case. Đưa bộ số liệu đã cho ra chúng: "
            "t = what_if(case, …), rồi đưa t và t.findings."
        )


def marks_on(case: Case, *frames: pd.DataFrame | pd.Series) -> list[str]:
    """Return the marks of the case, of the plans that the frames come from, see `scenario_mark`,
    and that of made-up figures.
    """
    marks = [scenario_mark(case, frame) for frame in frames]
    made_up = [np.ravel(frame.get("illustrative", [])) for frame in frames]
    marks += [vocabulary.ILLUSTRATIVE_MARK] * any("yes" in {*values} for values in made_up)
    return [*dict.fromkeys(filter(None, [*case.marks, *marks]))]


def is_province(case: Case) -> bool:
    """Return whether the case is that of the whole province or city."""
    return case.unit == case.plan.province


def is_internal(case: Case) -> bool:
    """Return whether the case is that of the internal edition, with exact numbers of persons."""
    return case._internal


def requests_of(case: Case) -> pd.DataFrame:
    """Return the rows of check.csv: requests and notes; none in the public edition."""
    return case._issues


def inline_name(case: Case) -> str:
    """Return the name of the unit within a sentence: huyện Đoan Hùng."""
    return case.plan.unit(case.unit).inline_name


def reporters_of(case: Case) -> list[str]:
    """Return the codes of the unit's reporters: the unit itself; for the province all reporters."""
    return [*case.plan.reporters.index] if is_province(case) else [case.unit]


def received_returns_of(case: Case) -> pd.DataFrame:
    """Return a row by reporter: that of the return that counts, else of its last file."""
    return case._received_returns


def rows_of_unit_code(case: Case, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a frame whose `unit_code` is this unit."""
    return frame[frame.unit_code == case.unit]


def counts_text(case: Case, findings: pd.DataFrame) -> pd.Series:
    """Return the counts of each finding as text: "5 đến 6/13 (cần 7)"."""
    texts = [counts.with_needed for counts in counts_of(case, findings)]
    return pd.Series(texts, findings.index, dtype="string")


def counts_of(case: Case, findings: pd.DataFrame) -> list[Counts]:
    """Return the counts of each row of `findings`; see `findings.format_counts`."""
    counts = []
    for row in records_of(findings):
        pair = row["unit_code"], row["objective"]
        is_silent = pair not in case._filled_pairs
        counts.append(format_counts(row, is_silent, case._detected_cases.get(pair)))
    return counts
