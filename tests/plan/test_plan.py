"""The plan as data: what the shipped plan says, and every slip in a plan file refused by the name
of its key.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from yaml_cases import cells_of
from yaml_files import read_yaml, write_yaml

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.report_settings import settings_of
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

SHIPPED = paths.PLANS / "phu_tho_2017.yaml"
GONE = object()


def write_changed(folder: Path, *edits: tuple[str, Any]) -> str:
    """A plan file like the shipped one but for the edits: what is put at a dotted place, GONE to
    drop it.
    """
    content = read_yaml(SHIPPED)
    for place, value in edits:
        spot: Any = content
        *way, last = (int(key) if key.isdecimal() else key for key in place.split("."))
        for key in way:
            spot = spot[key]
        if value is GONE:
            del spot[last]
        else:
            spot[last] = value
    return str(write_yaml(folder / "thu.yaml", content))


def refused(call: Callable[[], Any]) -> str:
    """The sentences with which something is refused."""
    with pytest.raises(InputRefused) as refusal:
        call()
    return "\n".join(refusal.value.reasons)


def test_shipped_plan_has_the_published_sentences_and_targets(plan: Plan) -> None:
    """Sentences of the provincial portal by their beginnings, with targets, statuses and levels."""
    expected = [
        (
            "communication",
            "75% số xã, phường, thị trấn tổ chức được ít nhất một",
            ">= 75%",
            "stated",
            "province",
        ),
        (
            "integration",
            "50% các huyện, thành, thị xây dựng kế hoạch lồng ghép",
            ">= 50%",
            "stated",
            "province",
        ),
        (
            "harm_reduction",
            "20% các huyện, thành, thị triển khai thực hiện được",
            ">= 20%",
            "stated",
            "province",
        ),
        (
            "support_model",
            "xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho",
            ">= 1",
            "stated",
            "province",
        ),
        (
            "media",
            "thường xuyên cập nhật thông tin về PCMD và đăng tải trên",
            "every month",
            "borrowed",
            "province",
        ),
        (
            "enforcement",
            "phát hiện và xử lý nghiêm minh các hành vi vi phạm",
            "all",
            "borrowed",
            "everyone",
        ),
    ]
    assert [(o.slug, o.target.value.text, o.target.status, o.level) for o in plan.objectives] == [
        (slug, target, status, level) for slug, _, target, status, level in expected
    ]
    assert all(
        o.sentence.startswith(words)
        for o, (_, words, *_) in zip(plan.objectives, expected, strict=True)
    )
    assert (plan.plan, plan.year, plan.issued) == ("884/KH-UBND", 2017, date(2017, 3, 14))


def test_shipped_plan_has_the_rule_values_of_the_design(plan: Plan) -> None:
    """Each is an assumption with a why and a source."""
    assert {o.slug: o.rule_values for o in plan.objectives} == {
        "communication": {"active_quarters": 3, "quarters": (1, 2, 3, 4)},
        "integration": {"min_programmes": 1},
        "harm_reduction": {"limbs": "any"},
        "support_model": {"started": "any"},
        "media": {"months": tuple(range(1, 13)), "outlets": "all"},
        "enforcement": {"pending": "not_handled"},
    }
    assert {key: rule.value for key, rule in plan.rules.items()} == {
        "deadline": date(2017, 12, 20),
        "open_period_days": 16,
        "complete_share": 90,
    }
    rules = [rule for o in plan.objectives for _, rule in o.rules.items()]
    assert {rule.status for rule in rules} == {"assumption"} and all(
        rule.why and rule.source for rule in rules
    )


@pytest.mark.parametrize(
    ("status", "basis"),
    [
        ("stated", "plan"),
        ("confirmed", "plan"),
        ("borrowed", "borrowed"),
        ("assumption", "assumption"),
    ],
)
def test_target_basis_follows_its_status(tmp_path: Path, status: str, basis: str) -> None:
    """A stated or confirmed value is the plan's; a borrowed number stays borrowed."""
    edits = [("objectives.0.target.status", status), ("objectives.0.target.source", "Công văn")]
    if status == "confirmed":
        edits.append(
            ("objectives.0.target.confirmed", {"document": "12/SLĐTBXH", "date": date(2018, 1, 5)})
        )
    assert load_plan(write_changed(tmp_path, *edits))["communication"].target.basis == basis


RULES = "objectives.0.rules.active_quarters"
SLIPS = {
    "unknown key": ([("bonus", 1)], "bonus"),
    "unknown key in an objective": ([("objectives.1.targets", 1)], "targets"),
    "unknown key in a rule": ([(f"{RULES}.valu", 3)], "active_quarters.valu"),
    "unknown rule": ([("objectives.0.rules.active_quarter", {})], "active_quarter"),
    "unknown general rule": ([("rules.grace", 1)], "rules.grace"),
    "missing key": ([("objectives.2.sentence", GONE)], "sentence"),
    "missing title": ([("title", GONE)], "title"),
    "empty source": ([("objectives.3.target.source", "  ")], "target.source"),
    "missing why": ([("objectives.4.rules.months.why", GONE)], "months.why"),
    "missing rule": ([("objectives.4.rules.months", GONE)], "rules.months"),
    "unknown status": ([("objectives.0.target.status", "sure")], "target.status"),
    "confirmed without its document": ([("objectives.0.target.status", "confirmed")], "confirmed"),
    "unknown objective": ([("objectives.0.slug", "comunication")], "objectives.0"),
    "doubled number": ([("objectives.1.number", 1)], "number"),
    "no objectives": ([("objectives", [])], "objectives"),
    "province code as a number": ([("units.province", 25)], "units.province"),
    "a target of no known shape": ([("objectives.0.target.value", "75%")], "target.value"),
    "a target that this objective cannot have": (
        [("objectives.3.target.value", ">= 50%")],
        "support_model",
    ),
    "a district target where none is": (
        [("objectives.5.unit_target", GONE)],
        "unit_target",
    ),
    "a count as text": ([(f"{RULES}.value", "3")], "active_quarters.value"),
    "yes as a count": ([(f"{RULES}.value", True)], "active_quarters.value"),
    "five quarters": ([(f"{RULES}.value", 5)], "active_quarters.value"),
    "a quarter twice": ([("objectives.0.rules.quarters.value", [1, 1, 2])], "quarters.value"),
    "no month": ([("objectives.4.rules.months.value", [])], "months.value"),
    "a value that is no choice": (
        [("objectives.1.rules.min_programmes.value", 4)],
        "min_programmes",
    ),
    "one choice twice": ([(f"{RULES}.choices.0.value", 2)], "active_quarters"),
    "more quarters than are looked at": (
        [(f"{RULES}.value", 4), ("objectives.0.rules.quarters.value", [2, 3, 4])],
        "active_quarters",
    ),
    "deadline that is no day": ([("rules.deadline.value", "cuối năm")], "deadline"),
    "deadline before the year is over": (
        [("rules.deadline.value", date(2017, 12, 14))],
        "rules.deadline",
    ),
    "deadline long after the year": (
        [("rules.deadline.value", date(2019, 1, 1))],
        "rules.deadline",
    ),
    "issued after its year": ([("issued", date(2018, 1, 2))], "issued"),
    "an outlet that the form does not have": (
        [("objectives.4.rules.outlets.choices.1.value", ["5.9"])],
        "outlets",
    ),
    "more programmes than there are": (
        [("objectives.1.rules.min_programmes.choices.3.value", 7)],
        "min_programmes",
    ),
    "k of n of another province": ([("objectives.1.target.value", "10/14")], "10/14"),
    "another year's register": ([("units.register", "phu_tho_2016.csv")], "phu_tho_2016.csv"),
    "another province": ([("units.province", "26")], "“26”"),
    "no such form": ([("form", "return_v9")], "return_v9"),
}


@pytest.mark.parametrize(("edits", "key"), SLIPS.values(), ids=SLIPS)
def test_load_plan_slip_is_refused_with_its_key(
    tmp_path: Path, edits: list[tuple[str, Any]], key: str
) -> None:
    path = write_changed(tmp_path, *edits)
    assert key in refused(lambda: load_plan(path))


def test_load_plan_two_slips_are_both_named(tmp_path: Path) -> None:
    path = write_changed(tmp_path, ("bonus", 1), ("title", GONE))
    lines = refused(lambda: load_plan(path)).splitlines()
    assert len(lines) == 2 and all(line.startswith("Tệp thu.yaml, khóa") for line in lines)


def test_load_plan_long_value_is_cut_and_its_sentence_whole(tmp_path: Path) -> None:
    """A message without a rule's own text refers to a shipped file."""
    message = refused(lambda: load_plan(write_changed(tmp_path, ("title", ["x" * 200]))))
    beginning = "['" + "x" * 98
    words = "giá trị không đúng kiểu; xem tệp kèm theo chương trình"
    assert message == f"Tệp thu.yaml, khóa “title”: {words} (giá trị thấy được: {beginning}…)."


def test_load_plan_doubled_key_is_refused_with_its_key(tmp_path: Path) -> None:
    """YAML itself would silently keep the later of the two."""
    path = tmp_path / "thu.yaml"
    text = SHIPPED.read_text(encoding="utf-8").replace(
        "        value: 3\n", "        value: 3\n        value: 2\n"
    )
    path.write_text(text, encoding="utf-8")
    assert "“value” đứng hai lần" in refused(lambda: load_plan(str(path)))


@pytest.mark.parametrize("text", ["a: [1", "", "- 1\n- 2\n", "\x00"])
def test_load_plan_file_without_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """Broken YAML, an empty file, a list, a NUL byte."""
    (tmp_path / "thu.yaml").write_text(text, encoding="utf-8")
    assert "thu.yaml" in refused(lambda: load_plan(str(tmp_path / "thu.yaml")))


def test_load_plan_unknown_plan_or_objective_lists_the_known_ones(plan: Plan) -> None:
    assert "phu_tho_2017" in refused(lambda: load_plan("phu_tho_2018"))
    assert plan.objective("2") is plan.objective("integration")
    assert "communication (1. Tuyên truyền" in refused(lambda: plan.objective("7"))


def test_with_rules_gives_another_plan_that_differs_in_that_rule(
    tmp_path: Path, plan: Plan
) -> None:
    """`content()` gives the plan again; impossible choices are left out."""
    other = plan.with_rules({("communication", "active_quarters"): 2})
    assert other["communication"].rule_values == {"active_quarters": 2, "quarters": (1, 2, 3, 4)}
    assert (
        other.with_rules({("communication", "active_quarters"): 3})
        == plan
        == Plan.model_validate(plan.content() | {"name": plan.name})
    )
    later = load_plan(write_changed(tmp_path, ("objectives.0.rules.quarters.value", [2, 3, 4])))
    assert [a.choice.value for a in later.alternatives("communication")] == [1, 2, (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("name", "rows"), [("binh_thuan_2017", 11 * 2), ("thua_thien_hue_2017", 10 * 2)]
)
def test_load_plan_other_provinces_need_only_their_files(name: str, rows: int) -> None:
    """Bình Thuận: 10 districts and the province, two objectives; Thừa Thiên Huế: 9 and the
    province, two.
    """
    other = load_plan(name)
    assert len(other.reporters) * len(other.objectives) == rows


def test_evaluate_under_every_shape_of_target_has_a_sentence_and_no_default(
    tmp_path: Path, plan: Plan
) -> None:
    """Nothing is received: no verdict by default."""
    for target in (">= 50%", "> 50%", "50% .. 60%", "10/13", ">= 3", "all", "none"):
        edits = ("objectives.1.target.value", target), ("objectives.1.target.status", "assumption")
        other = load_plan(write_changed(tmp_path, *edits))
        findings = evaluate(other, cells_of(other, [], {}, other.reporters.index))
        row = findings[(findings.unit_code == "25") & (findings.objective == "integration")].iloc[0]
        assert (row.verdict, row.target) == ("undetermined", target) and row.reason.endswith(".")
        assert row.reason.count("10/13") == (target == "10/13")


def test_source_left_out_is_the_plan_unless_borrowed(tmp_path: Path) -> None:
    assert load_plan(str(SHIPPED))["communication"].target.source == (
        "Kế hoạch 884/KH-UBND, chỉ tiêu 1"
    )
    incomplete = write_changed(tmp_path, ("objectives.4.target.source", GONE))
    assert "objectives.4.media.target.source" in refused(lambda: load_plan(incomplete))


def test_load_plan_keys_of_version_0_3_give_the_same_plan(tmp_path: Path, plan: Plan) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace(" unit_target:", " district_target:")
    assert " district_target:" in text
    (tmp_path / f"{plan.name}.yaml").write_text(text, encoding="utf-8")
    assert load_plan(str(tmp_path / f"{plan.name}.yaml")).content() == plan.content()


def test_settings_of_a_plan_replace_the_shared_ones(tmp_path: Path) -> None:
    """The department's name and the rules of form change with the year; an unknown key is named."""
    so = settings_of(None).issuers["so"].model_dump(mode="json")
    review = {"rules": "nd30", "department": {"name": "Sở Nội vụ", "drafter": "NV"}}
    plan = load_plan(write_changed(tmp_path, ("review", review)))
    settings = settings_of(plan.review)
    assert (settings.rules, settings.issuer, settings.department.name) == (
        "nd30",
        "so",
        "Sở Nội vụ",
    )
    assert "Đơn vị nhận: Sở Nội vụ Phú Thọ" in plan.form.official.head
    assert settings.issuers["notice"] == settings_of(None).issuers["notice"]
    reloaded = Plan.model_validate(plan.content()).review
    assert reloaded is not None and settings_of(reloaded) == settings
    strange = review | {"issuers": {"so": so | {"symbol": "{provine}"}}}
    assert "không có tên provine" in refused(
        lambda: load_plan(write_changed(tmp_path, ("review", strange)))
    )
    new = ("year", 2021), ("rules.deadline.value", "2021-12-20")
    assert "“review.rules”" in refused(lambda: load_plan(write_changed(tmp_path, *new)))


def test_settings_of_a_city_speak_of_its_districts() -> None:
    """The words come from the register."""
    shipped = load_plan(str(SHIPPED))
    units = shipped.units.model_copy(
        update={"register_file": "vietnam_2017.csv.gz", "province": "01", "unit_kinds": None}
    )
    city = shipped.model_copy(update={"units": units})
    assert (shipped.unit_word, Plan.model_validate(city.content()).unit_word) == (
        "huyện",
        "quận, huyện",
    )


def test_table_text_of_a_target_of_all_names_what_is_counted(tmp_path: Path) -> None:
    """100% of the communes are not cases; in a table that has both, only the words that hold for
    both.
    """
    edits = ("objectives.0.target.value", "all"), ("objectives.0.target.status", "assumption")
    plan = load_plan(write_changed(tmp_path, *edits))
    words = [plan[slug].target.value.words for slug in ("communication", "enforcement")]
    assert words == ["100% số xã, phường, thị trấn", "100% số vụ việc"]
    assert plan.target_labels["all"] == "100%"
    assert load_plan("phu_tho_2017").target_labels["all"] == "100% số vụ việc"


def test_dir_of_a_plan_has_its_own_names_and_none_of_pydantic(plan: Plan) -> None:
    names = {*dir(plan)}
    assert {"objective", "rules", "reporting_units", "with_rules"} <= names
    assert not {name for name in names if name.startswith("model_")} and "parse_obj" not in names
