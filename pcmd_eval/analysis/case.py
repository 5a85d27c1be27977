"""The case of one unit: the plan and all frames that notebooks, pages and documents show."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pcmd_eval.analysis import case_rows, missing_data
from pcmd_eval.analysis.arguments import require_own_findings, require_unit
from pcmd_eval.analysis.case_rows import WholeProvince, split_province
from pcmd_eval.evaluation import sensitivity
from pcmd_eval.evaluation.findings import (
    FINDING_KEY,
)
from pcmd_eval.evaluation.observations import is_illustrative, received_returns
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics import year_on_year
from pcmd_eval.statistics.disclosure_control import unpublished_slugs
from pcmd_eval.statistics.indicators import open_counts, public_figures
from pcmd_eval.util import vocabulary
from pcmd_eval.util.formatting import describe_filled_cells
from pcmd_eval.util.spelling import alphabet_key

Frame = TypeVar("Frame", pd.DataFrame, pd.Series)
Cached = TypeVar("Cached")


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """Số liệu của một đơn vị trong một kế hoạch: mỗi bảng là một DataFrame của pandas.

        case = open_case("phu_tho_2017", "230")
        show(case.unit_rows(case.findings), "Kết luận của đơn vị", case)

    `cells`: mọi ô của biểu mẫu · `returns`: báo cáo đã nhận · `findings`, `indicators`, `changes`:
    kết luận, đại lượng đã cộng và so với năm trước của các đơn vị, mỗi đơn vị theo `unit_code` ·
    `province`: ba bảng ấy của toàn tỉnh · `units`: danh mục · `source`: số liệu đọc ở đâu, lúc nào.
    """

    plan: Plan
    unit: str
    cells: pd.DataFrame
    returns: pd.DataFrame
    _findings: pd.DataFrame  # the rows of findings.csv: units and province
    _indicators: pd.DataFrame  # the rows of indicators.csv
    cell_counts: pd.DataFrame  # see `observations.count_cells`
    _internal: bool = False
    source: str = "Số liệu của bộ kết quả này."
    _issues: pd.DataFrame = field(default_factory=pd.DataFrame)
    _missing: pd.DataFrame | None = None  # see `missing_of`
    _cache: dict[object, Any] = field(default_factory=dict, init=False)  # see `cached`

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

    # ---- the frames ------------------------------------------------------------------------------

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Kết luận của các đơn vị, các cột của findings.csv."""
        return split_province(self.plan, self._findings)[0]

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Đại lượng đã cộng của các đơn vị, các cột của indicators.csv."""
        return split_province(self.plan, self._indicators)[0]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Đại lượng của các đơn vị cạnh năm trước; trống nếu kế hoạch không nêu năm trước."""
        return split_province(self.plan, self._changes)[0]

    @cached_property
    def province(self) -> WholeProvince:
        """Ba bảng trên của toàn tỉnh; việc của riêng các cơ quan cấp tỉnh ở các dòng `own_…`."""
        frames = (self._findings, self._indicators, self._changes)
        return WholeProvince(*(split_province(self.plan, frame)[1] for frame in frames))

    @cached_property
    def _changes(self) -> pd.DataFrame:
        """The changes of units and province, the rows of changes.csv."""
        return year_on_year.compare_years(self.plan, self._indicators, self.returns)

    @property
    def previous(self) -> pd.DataFrame:
        """Số liệu năm trước mà phần so sánh dùng, theo mã đơn vị và đại lượng; trống nếu không có.

        case.previous.value.unstack("item")
        """
        figures = open_counts(self.plan, self.plan.previous_figures)
        return figures if self._internal else public_figures(self.plan, figures)

    @property
    def units(self) -> pd.DataFrame:
        """Danh mục đơn vị của năm kế hoạch, theo mã `unit_code`."""
        return self.plan.register

    @cached_property
    def _received_returns(self) -> pd.DataFrame:
        """The latest return by reporter, see `received_returns`."""
        return received_returns(self.returns)

    def unit_rows(self, frame: Frame) -> Frame:
        """Các dòng của đơn vị này, của tỉnh là mọi dòng: theo `reporter`, nếu không có thì theo
        `unit_code`, là cột hay bậc của chỉ mục.

            case.unit_rows(case.cells)

        For a unit, `reporter` is dropped from an index with other levels: it has only one value.
        """
        unit: str | None = None if is_province(self) else self.unit
        units = [*reporters_of(self), *self.plan.communes(unit).index]
        rows, codes = case_rows.select_unit_rows(frame, units)
        rows = rows.iloc[self._argsort_codes(codes)]
        has_other_levels = "reporter" in rows.index.names and rows.index.nlevels > 1
        if not unit or not has_other_levels:
            return rows
        return rows.droplevel("reporter")

    def _argsort_codes(self, codes: pd.Index | pd.Series) -> np.ndarray:
        """Return the positions that sort codes as `Plan.reporters`.

        Other codes (communes) come first, in their present order: get_indexer_for gives -1.
        """
        return self.plan.reporters.index.get_indexer_for(codes).argsort(kind="stable")

    # ---- names and marks -------------------------------------------------------------------------

    @property
    def year(self) -> int:
        """Năm của kế hoạch."""
        return self.plan.year

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
    def names(self) -> dict[str, str]:
        """Tên của các mã: đơn vị, chỉ tiêu, dòng và cột của biểu mẫu."""
        titles = {slug: objective.heading for slug, objective in self.plan.by_slug.items()}
        return titles | self.plan.form.labels_by_code | dict(self.units.full_name)

    @property
    def marks(self) -> list[str]:
        """Các dấu phải in trên mọi trang và hình: nội bộ, phương án thử, số liệu minh họa."""
        marks = {
            vocabulary.INTERNAL_MARK: self._internal,
            self.plan.mark: self.plan.mark != "",
            vocabulary.ILLUSTRATIVE_MARK: is_illustrative(self.returns),
        }
        return [mark for mark, is_printed in marks.items() if is_printed]

    # ---- one objective ---------------------------------------------------------------------------

    def finding(self, slug: str) -> pd.Series:
        """Kết luận của đơn vị này, hoặc của tỉnh, về một chỉ tiêu.

        case.finding("communication").verdict
        """
        return self._findings_by_key.loc[(self.unit, self.plan.objective(slug).slug)]

    @cached_property
    def _findings_by_key(self) -> pd.DataFrame:
        """The findings of units and province indexed by `FINDING_KEY`."""
        return self._findings.set_index(FINDING_KEY, drop=False)

    def rules(self, slug: str) -> dict[str, object]:
        """Giá trị các quy tắc đang áp dụng của một chỉ tiêu, theo tên quy tắc.

        case.rules("communication")["active_quarters"]
        """
        return self.plan.objective(slug).rule_values

    def rules_in_force(self, slug: str) -> pd.DataFrame:
        """Mức cần đạt và các quy tắc của một chỉ tiêu, kèm căn cứ và lý do.

        show(case.rules_in_force("communication"), "Các quy tắc")
        """
        return sensitivity.rules_in_force(self.plan, slug)

    def quote(self, slug: str) -> str:
        """Câu của kế hoạch về một chỉ tiêu, kèm nguồn.

        show(case.quote("communication"))
        """
        objective = self.plan.objective(slug)
        source = f"Chỉ tiêu {objective.number}, Kế hoạch số {self.plan.plan} của {self.plan.issuer}"
        return f"“{objective.sentence}” ({source})"

    def describe_change(self, slug: str) -> str:
        """Câu so một chỉ tiêu với năm trước, hoặc lý do không so được.

        show(case.describe_change("communication"))
        """
        rows = self._changes[self._changes.unit_code == self.unit]
        slug = self.plan.objective(slug).slug
        return year_on_year.summarize_changes(rows[rows.objective == slug], self.plan)

    def describe_filled(self, slug: str) -> str:
        """Câu nói đơn vị này đã điền bao nhiêu ô của một biểu.

        show(case.describe_filled("communication"))
        """
        counts = self.unit_rows(self.cell_counts.xs(slug, level="objective"))
        filled = counts[[*FILLED_STATES]]
        return describe_filled_cells(int(filled.sum(axis=None)), int(counts.sum(axis=None)))

    def missing_by_reporter(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Số ô còn thiếu có thể quyết định các kết luận này: của đơn vị nào, về chỉ tiêu nào.

            case.missing_by_reporter(case.province.findings)

        Columns unit_name, objective (its heading), “Số ô” (Int64); first the reporters whose cells
        could settle most.
        """
        require_own_findings(self.plan, findings)
        missing = missing_data.rows_for(missing_of(self), findings)
        return missing_data.count_by_reporter(self.plan, missing, self.names)

    def alternatives(self, slug: str, every_unit: bool = False) -> pd.DataFrame:
        """Kết luận khi mỗi quy tắc được chọn khác đi: của đơn vị này và của tỉnh, hoặc mọi đơn vị.

        case.alternatives("communication", every_unit=True)
        """
        slug = self.plan.objective(slug).slug
        inputs = (self.plan, slug, self.cells, self._findings)
        rows = cached(self, slug, partial(sensitivity.list_alternatives, *inputs))
        if every_unit:
            return rows
        return rows[rows.unit_code.isin([self.unit, self.plan.province])].reset_index(drop=True)

    def recount(self) -> pd.DataFrame:
        """Kết luận của mọi đơn vị và của tỉnh, tính lại từ các ô.

            show(close_case(case, case.recount()))

        Findings for which the public edition has no cells (`unpublished_slugs`) are those filed.
        Computed once for all units.
        """
        hidden = [] if self._internal else unpublished_slugs(self.plan)
        inputs = (self.plan, self.cells, self._findings, hidden)
        return cached(self, Case.recount, partial(case_rows.recount_findings, *inputs))

    def for_display(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Kết luận, hoặc các dòng của `changes`, để in.

            show(case.for_display(case.findings), "Kết luận", case)

        Findings: units in the order of the register; where a unit reported nothing `low` and
        `value_low` are <NA>, a dash in print. Changes: the values of both years, and their
        difference or the reason why they are not compared.
        """
        if "before" in frame:
            return year_on_year.display_changes(frame, self.plan)
        rows = case_rows.hide_silent_bounds(frame, filled_pairs_of(self))
        return rows.iloc[self._argsort_codes(rows.unit_code)].reset_index(drop=True)


# ---- for the other modules of the package --------------------------------------------------------


def cached(case: Case, key: object, compute: Callable[[], Cached]) -> Cached:
    """Return the value cached under `key`, calling `compute` the first time.

    Cases made by `Case.at` share the cache.
    """
    if key not in case._cache:
        case._cache[key] = compute()
    return case._cache[key]


def missing_of(case: Case) -> pd.DataFrame:
    """Return `missing_data.missing_cells` of all reporters; computed once for all units.

    Those of the public edition are made with it, since it has no rows of some cells.
    """
    if case._missing is not None:
        return case._missing
    inputs = (case.plan, case.cells, case._findings)
    return cached(case, missing_of, partial(missing_data.missing_cells, *inputs))


def filled_pairs_of(case: Case) -> set[tuple[str, str]]:
    """Return `case_rows.list_filled_pairs`; computed once for all units."""
    inputs = (case.plan, case.cell_counts)
    return cached(case, filled_pairs_of, partial(case_rows.list_filled_pairs, *inputs))


def is_province(case: Case) -> bool:
    """Return whether the case is that of the whole province or city."""
    return case.unit == case.plan.province


def reporters_of(case: Case) -> list[str]:
    """Return the codes of the unit's reporters: the unit itself; for the province all reporters."""
    return [*case.plan.reporters.index] if is_province(case) else [case.unit]
