"""The plan as data: what the shipped plans say, and every slip in a plan file refused by the name
of its key (plans.yaml).
"""

import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from yaml_cases import cells_of
from yaml_files import read_yaml, write_yaml

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.plan.form import load_form
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

SHIPPED = paths.PLANS / "phu_tho_2017.yaml"
TABLE = read_yaml(Path(__file__).parent / "plans.yaml")


def write_changed(folder: Path, entries: dict[str, Any], drop: tuple[str, ...] = ()) -> str:
    """Write the shipped plan with other values at dotted places, and without others; return it."""
    content = read_yaml(SHIPPED)
    for place in (*entries, *drop):
        spot: Any = content
        *way, last = (int(key) if key.isdecimal() else key for key in place.split("."))
        for key in way:
            spot = spot[key]
        if place in entries:
            spot[last] = entries[place]
        else:
            del spot[last]
    return str(write_yaml(folder / "thu.yaml", content))


def refused(call: Callable[[], Any]) -> str:
    """The sentences with which something is refused."""
    with pytest.raises(InputRefused) as refusal:
        call()
    return "\n".join(refusal.value.reasons)


# ---- the shipped plans ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLE["shipped plans"])
def test_shipped_plan_has_the_targets_and_rules_of_the_design(name: str) -> None:
    """Each rule is an assumption with a why and a source. The sentences stand in
    tests/golden/method.txt.
    """
    shipped, expected = load_plan(name), TABLE["shipped plans"][name]
    targets = {o.slug: [o.target.value.text, o.target.status, o.level] for o in shipped.objectives}
    assert targets == expected["targets"]
    values = {o.slug: o.rule_values for o in shipped.objectives}
    lists = {
        slug: {key: [*v] if isinstance(v, tuple) else v for key, v in rules.items()}
        for slug, rules in values.items()
    }
    assert lists == expected["rules"]
    rules = [rule for o in shipped.objectives for _, rule in o.rules.items()]
    assert {rule.status for rule in rules} == {"assumption"}
    assert all(rule.why and rule.source for rule in rules)


def test_plan_of_ha_noi_2026_asks_126_communes_in_30_areas_and_the_city() -> None:
    """What the form does not count is not judged."""
    ha_noi = load_plan("ha_noi_2026")
    units = ha_noi.reporting_units
    assert units.type.value_counts().to_dict() == {"Xã": 75, "Phường": 51}
    assert len(ha_noi.areas) == 30 and {*units.area} == {*ha_noi.areas.index}
    assert len(ha_noi.not_judged) == 6 and ha_noi["integration"].sentence.endswith(" […]")
    assert len(ha_noi.expected_reporters) == 127
    sheets = {code: [s.objective for s in ha_noi.sheets_of(code)] for code in ("00004", "01")}
    assert sheets == {"00004": ["communication", "integration"], "01": ["media"]}
    assert ha_noi.form.sheet("communication").title.endswith("Ở XÃ, PHƯỜNG")


@pytest.mark.parametrize(
    ("name", "rows"), [("binh_thuan_2017", 11 * 2), ("thua_thien_hue_2017", 10 * 2)]
)
def test_load_plan_other_provinces_need_only_their_files(name: str, rows: int) -> None:
    """Bình Thuận: 10 districts and the province, two objectives; Thừa Thiên Huế: 9 and the
    province, two.
    """
    other = load_plan(name)
    assert len(other.reporters) * len(other.objectives) == rows


# ---- slips ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", TABLE["slips"], ids=lambda slip: slip["name"])
def test_load_plan_slip_is_refused_with_its_key(tmp_path: Path, slip: dict[str, Any]) -> None:
    file = write_changed(tmp_path, slip.get("set", {}), slip.get("drop", ()))
    assert slip["says"] in refused(lambda: load_plan(file).form)


def test_load_plan_two_slips_are_both_named(tmp_path: Path) -> None:
    file = write_changed(tmp_path, {"bonus": 1}, ("title",))
    lines = refused(lambda: load_plan(file)).splitlines()
    assert len(lines) == 2 and all(line.startswith("Tệp thu.yaml, khóa") for line in lines)


def test_load_plan_long_value_is_cut_and_its_sentence_whole(tmp_path: Path) -> None:
    """A message without a rule's own text refers to a shipped file."""
    message = refused(lambda: load_plan(write_changed(tmp_path, {"title": ["x" * 200]})))
    beginning = "['" + "x" * 98
    words = "giá trị không đúng kiểu; xem tệp kèm theo chương trình"
    assert message == f"Tệp thu.yaml, khóa “title”: {words} (giá trị thấy được: {beginning}…)."


def test_load_plan_doubled_key_is_refused_with_its_key(tmp_path: Path) -> None:
    """YAML itself would silently keep the later of the two."""
    line = "        value: 3\n"
    text = SHIPPED.read_text(encoding="utf-8").replace(line, line + "        value: 2\n")
    (tmp_path / "thu.yaml").write_text(text, encoding="utf-8")
    assert "“value” đứng hai lần" in refused(lambda: load_plan(str(tmp_path / "thu.yaml")))


@pytest.mark.parametrize("text", ["a: [1", "", "- 1\n- 2\n", "\x00"])
def test_load_plan_file_without_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """Broken YAML, an empty file, a list, a NUL byte."""
    (tmp_path / "thu.yaml").write_text(text, encoding="utf-8")
    assert "thu.yaml" in refused(lambda: load_plan(str(tmp_path / "thu.yaml")))


def test_load_plan_unknown_plan_or_objective_lists_the_known_ones(plan: Plan) -> None:
    assert "phu_tho_2017" in refused(lambda: load_plan("phu_tho_2018"))
    assert plan.objective("2") is plan.objective("integration")
    assert "communication (1. Tuyên truyền" in refused(lambda: plan.objective("7"))


def load_with(folder: Path, slug: str, target: str, sentence: str) -> None:
    """Load the shipped plan with another sentence and a stated target of one objective."""
    content = read_yaml(SHIPPED)
    [objective] = [entry for entry in content["objectives"] if entry["slug"] == slug]
    objective["sentence"] = sentence
    objective["target"] |= {"value": target, "status": "stated"}
    load_plan(str(write_yaml(folder / "thu.yaml", content)))


@pytest.mark.parametrize(("slug", "target", "sentence"), TABLE["stated"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_load_plan_stated_target_in_the_sentence_is_taken(
    tmp_path, slug, target, sentence, form
) -> None:
    load_with(tmp_path, slug, target, unicodedata.normalize(form, sentence))


@pytest.mark.parametrize(("slug", "target", "sentence"), TABLE["not stated"])
def test_load_plan_stated_target_missing_from_the_sentence_is_refused(
    tmp_path, slug, target, sentence
) -> None:
    reason = refused(lambda: load_with(tmp_path, slug, target, sentence))
    assert f"khóa “target” của {slug}" in reason and f"không nêu “{target}”" in reason
    assert f"“{sentence[:20]}" in reason and "sửa số" in reason


# ---- what follows from a plan --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "basis"),
    [
        *(("stated", "plan"), ("confirmed", "plan")),
        *(("borrowed", "borrowed"), ("assumption", "assumption")),
    ],
)
def test_target_basis_follows_its_status(tmp_path: Path, status: str, basis: str) -> None:
    """A stated or confirmed value is the plan's; a borrowed number stays borrowed."""
    entries = {"status": status, "source": "Công văn"}
    if status == "confirmed":
        entries["confirmed"] = {"document": "12/SLĐTBXH", "date": date(2018, 1, 5)}
    target = read_yaml(SHIPPED)["objectives"][0]["target"] | entries
    changed = load_plan(write_changed(tmp_path, {"objectives.0.target": target}))
    assert changed["communication"].target.basis == basis


def test_with_rules_gives_another_plan_that_differs_in_that_rule(
    tmp_path: Path, plan: Plan
) -> None:
    """`content()` gives the plan again; impossible choices are left out."""
    other = plan.with_rules({("communication", "active_quarters"): 2})
    assert other["communication"].rule_values == {"active_quarters": 2, "quarters": (1, 2, 3, 4)}
    assert other.with_rules({("communication", "active_quarters"): 3}) == plan
    assert Plan.model_validate(plan.content() | {"name": plan.name}) == plan
    later = load_plan(write_changed(tmp_path, {"objectives.0.rules.quarters.value": [2, 3, 4]}))
    assert [a.choice.value for a in later.alternatives("communication")] == [1, 2, (1, 2, 3, 4)]


@pytest.mark.slow
@pytest.mark.parametrize("target", [">= 50%", "> 50%", "50% .. 60%", "10/13", ">= 3", "all"])
def test_evaluate_nothing_received_has_a_sentence_for_each_shape_and_no_default(
    tmp_path: Path, target: str
) -> None:
    entries = {"objectives.1.target.value": target, "objectives.1.target.status": "assumption"}
    other = load_plan(write_changed(tmp_path, entries))
    findings = evaluate(other, cells_of(other, [], {}, other.reporters.index))
    row = findings[(findings.unit_code == "25") & (findings.objective == "integration")].iloc[0]
    assert (row.verdict, row.target) == ("undetermined", target) and row.reason.endswith(".")
    assert row.reason.count("10/13") == (target == "10/13")


def test_settings_of_a_plan_replace_the_shared_ones(tmp_path: Path) -> None:
    """The department's name and the rules of form change with the year; an unknown key is named."""
    so = settings_of(None).issuers["so"].model_dump(mode="json")
    review = {"rules": "nd30", "department": {"name": "Sở Nội vụ", "drafter": "NV"}}
    plan = load_plan(write_changed(tmp_path, {"review": review}))
    settings = settings_of(plan.review)
    assert (settings.rules, settings.issuer) == ("nd30", "so")
    assert settings.department.name == "Sở Nội vụ"
    assert "Đơn vị nhận: Sở Nội vụ Phú Thọ" in plan.form.official.head
    assert settings.issuers["notice"] == settings_of(None).issuers["notice"]
    reloaded = Plan.model_validate(plan.content()).review
    assert reloaded is not None and settings_of(reloaded) == settings
    misspelt = write_changed(
        tmp_path, {"review": review | {"issuers": {"so": so | {"symbol": "{provine}"}}}}
    )
    assert "không có tên provine" in refused(lambda: load_plan(misspelt))


def test_unit_word_of_a_city_is_that_of_its_districts() -> None:
    """The words come from the register."""
    shipped = load_plan(str(SHIPPED))
    register = {"register_file": "vietnam_2017.csv.gz", "province": "01", "unit_kinds": None}
    city = shipped.model_copy(update={"units": shipped.units.model_copy(update=register)})
    words = shipped.unit_word, Plan.model_validate(city.content()).unit_word
    assert words == ("huyện", "quận, huyện")


def test_table_text_of_a_target_of_all_names_what_is_counted(tmp_path: Path) -> None:
    """100% of the communes are not cases; in a table that has both, only the words that hold for
    both.
    """
    entries = {"objectives.0.target.value": "all", "objectives.0.target.status": "assumption"}
    plan = load_plan(write_changed(tmp_path, entries))
    words = [plan[slug].target.value.words for slug in ("communication", "enforcement")]
    assert words == ["100% số xã, phường, thị trấn", "100% số vụ việc"]
    assert plan.target_labels["all"] == "100%"
    assert load_plan("phu_tho_2017").target_labels["all"] == "100% số vụ việc"


def test_dir_of_a_plan_has_its_own_names_and_none_of_pydantic(plan: Plan) -> None:
    names = {*dir(plan)}
    assert {"objective", "rules", "reporting_units", "with_rules"} <= names
    assert not {name for name in names if name.startswith("model_")} and "parse_obj" not in names


def test_plan_labels_replace_those_of_the_form(plan: Plan) -> None:
    relabelled = Plan.model_validate(plan.content() | {"labels": {"5.1": "Báo in"}})
    labels = [
        {item.code: item.label for item in p.form.sheet("media").items} for p in (plan, relabelled)
    ]
    assert labels[1] == labels[0] | {"5.1": "Báo in"} and labels[0]["5.1"] == "Báo Phú Thọ"


def test_load_form_with_a_quote_in_the_departments_name_keeps_it(plan: Plan) -> None:
    """Words are filled into texts that are read already: no sign in them is YAML."""
    words = dict.fromkeys(("plan", "party", "province", "kind", "KIND", "COMMUNES"), "x")
    name = 'Sở "Nội vụ": a\nb'
    form = load_form(
        paths.FORMS / "return_v1.yaml", plan.by_slug, year="2017", department=name, **words
    )
    assert repr(name)[1:-1] in repr(form.model_dump())
