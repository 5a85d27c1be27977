"""Words of a plan in its form."""

import pytest

from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.errors import InputRefused


def test_form_title_names_the_kinds_of_communes_of_the_register(plan: Plan) -> None:
    titles = {
        name: load_plan(name).form.sheet("communication").title
        for name in ("phu_tho_2017", "ha_noi_2026")
    }
    assert titles["phu_tho_2017"].endswith("Ở XÃ, PHƯỜNG, THỊ TRẤN")
    assert titles["ha_noi_2026"].endswith("Ở XÃ, PHƯỜNG")


def test_plan_labels_replace_those_of_the_form(plan: Plan) -> None:
    relabelled = Plan.model_validate(plan.content() | {"labels": {"5.1": "Báo in"}})
    labels = {item.code: item.label for item in relabelled.form.sheet("media").items}
    assert labels["5.1"] == "Báo in"
    assert labels["5.2"] == "Đài Phát thanh và Truyền hình tỉnh"
    assert plan.form.sheet("media").items[0].label == "Báo Phú Thọ"


def test_plan_labels_with_an_unknown_code_are_refused(plan: Plan) -> None:
    with pytest.raises(InputRefused, match=r"labels.*không có mã 9\.9"):
        plan.form.relabel({"9.9": "Báo in"})
