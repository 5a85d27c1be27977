"""Sentences on how many cells have data."""

import pytest

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.reporting_status import filled_share
from pcmd_eval.util.errors import InputRefused


def test_filled_share_of_cells_chosen_by_code_counts_them_all(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 56 numbers of detected cases Tân Sơn lacks four, and one of Tam Nông may still grow."""
    monkeypatch.setattr(case_editions, "opened_cases", {})
    cells = case_editions.remember_opened(case).cells
    cases = cells[cells.row == "6.3"]
    assert filled_share(cases) == "Số ô có số liệu: 52/56 (92,9%)."
    assert filled_share(cells[cells.unit_code == "07888"]).startswith("Số ô có số liệu: ")
    known = filled_share(cases[cases.state == "reported"])
    assert known == "Số ô có số liệu: 51/51 (100%). Không kể huyện Tân Sơn."
    with pytest.raises(InputRefused, match="đã lọc bỏ ô chưa có số liệu"):
        filled_share(cells[cells.value.notna()])
