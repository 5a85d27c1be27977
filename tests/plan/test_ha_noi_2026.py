"""The shipped plan of today: communes report, only published sentences are quoted."""

import pytest

from pcmd_eval.plan.plan import Plan, load_plan


@pytest.fixture(scope="module")
def ha_noi() -> Plan:
    """Plan 07/KH-UBND of Hà Nội."""
    return load_plan("ha_noi_2026")


def test_register_of_ha_noi_2026_has_126_communes_in_30_areas(ha_noi: Plan) -> None:
    """126 units since 1/7/2025, in the order of the file: by former district, 30 of them."""
    units = ha_noi.reporting_units
    assert units.type.value_counts().to_dict() == {"Xã": 75, "Phường": 51}
    assert len(ha_noi.areas) == 30
    assert {*units.area} == {*ha_noi.areas.index}


def test_plan_of_ha_noi_2026_states_only_the_readable_targets(ha_noi: Plan) -> None:
    """The other values are assumptions; what the form does not count is not judged."""
    targets = {o.slug: (o.target.value.text, o.target.status) for o in ha_noi.objectives}
    assert targets == {
        "communication": ("all", "stated"),
        "media": ("every month", "assumption"),
        "integration": ("all", "stated"),
    }
    rules = [
        rule
        for o in ha_noi.objectives
        for rule in [*dict(o.rules.items()).values(), *_unit_targets(o)]
    ]
    assert {rule.status for rule in rules} == {"assumption"}
    assert len(ha_noi.not_judged) == 6
    assert ha_noi["integration"].sentence.endswith("…")


def _unit_targets(objective):
    return [target for key, target in objective.targets.items() if key == "unit_target"]


def test_reporters_of_ha_noi_2026_are_all_communes_and_the_city(ha_noi: Plan) -> None:
    assert len(ha_noi.expected_reporters) == 127
    sheets = {code: [s.objective for s in ha_noi.sheets_of(code)] for code in ("00004", "01")}
    assert sheets == {"00004": ["communication", "integration"], "01": ["media"]}
