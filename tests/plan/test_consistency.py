"""A stated target stands in the sentence that a plan quotes."""

import unicodedata
from pathlib import Path

import pytest
from yaml_files import read_yaml, write_yaml

from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

# The objective, its target, and a sentence that states it.
STATED = [
    ("integration", ">= 75%", "75% các huyện xây dựng kế hoạch"),
    ("integration", ">= 75%", "ít nhất 75 phần trăm số huyện xây dựng kế hoạch"),
    ("integration", ">= 12.5%", "12,5 % số huyện xây dựng kế hoạch"),
    ("integration", "> 50%", "trên 50% các huyện"),
    ("integration", "20% .. 30%", "từ 20 đến 30% số huyện"),
    ("integration", "20% .. 30%", "20%-30% số huyện"),
    ("integration", "10/13", "10/13 huyện xây dựng kế hoạch"),
    ("integration", ">= 3", "ít nhất 03 huyện xây dựng kế hoạch"),
    ("integration", "all", "tất cả các huyện xây dựng kế hoạch"),
    ("integration", "all", "100% các huyện xây dựng kế hoạch"),
    ("integration", "none", "không còn huyện nào chưa xây dựng kế hoạch"),
    ("support_model", ">= 1", "xây dựng một mô hình"),
    ("support_model", ">= 1", "xây dựng 01 mô hình"),
    ("support_model", ">= 1", "Xây dựng 1 mô hình trước ngày 30/6/2017"),
    ("support_model", ">= 5", "xây dựng năm mô hình"),
    ("media", "every month", "mỗi tháng có ít nhất một tin"),
    ("enforcement", "all", "xử lý toàn bộ các vụ việc"),
]
NOT_STATED = [
    ("integration", ">= 75%", "70% các huyện xây dựng kế hoạch"),
    ("integration", ">= 75%", "175% các huyện xây dựng kế hoạch"),
    ("integration", ">= 5%", "75% các huyện xây dựng kế hoạch"),
    ("integration", ">= 75%", "75 huyện xây dựng kế hoạch"),
    ("integration", ">= 12.5%", "12% các huyện"),
    ("integration", "20% .. 30%", "đến 30% các huyện"),
    ("integration", "10/13", "10 huyện xây dựng kế hoạch"),
    ("integration", ">= 3", "các huyện xây dựng kế hoạch trong quý 3, trước ngày 3/3/2017"),
    ("integration", ">= 3", "3% các huyện xây dựng kế hoạch"),
    ("integration", "all", "các huyện xây dựng kế hoạch"),
    ("integration", "none", "giảm số huyện chưa xây dựng kế hoạch"),
    ("support_model", ">= 2", "xây dựng một mô hình"),
    ("support_model", ">= 5", "trong năm xây dựng một mô hình"),
    ("media", "every month", "thường xuyên đăng tải thông tin"),
    ("enforcement", "all", "phát hiện và xử lý nghiêm minh"),
]


def load_with(folder: Path, slug: str, target: str, sentence: str) -> None:
    """Load the shipped plan with another sentence and a stated target of one objective."""
    plan = read_yaml(paths.PLANS / "phu_tho_2017.yaml")
    [objective] = [one for one in plan["objectives"] if one["slug"] == slug]
    objective["sentence"] = sentence
    objective["target"] |= {"value": target, "status": "stated"}
    load_plan(str(write_yaml(folder / "thu.yaml", plan)))


@pytest.mark.parametrize(("slug", "target", "sentence"), STATED)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_load_plan_stated_target_in_the_sentence_is_taken(
    tmp_path, slug, target, sentence, form
) -> None:
    load_with(tmp_path, slug, target, unicodedata.normalize(form, sentence))


@pytest.mark.parametrize(("slug", "target", "sentence"), NOT_STATED)
def test_load_plan_stated_target_missing_from_the_sentence_is_refused(
    tmp_path, slug, target, sentence
) -> None:
    with pytest.raises(InputRefused) as refusal:
        load_with(tmp_path, slug, target, sentence)
    [reason] = refusal.value.reasons
    assert f"khóa “target” của {slug}" in reason and f"không nêu “{target}”" in reason
    assert f"“{sentence[:20]}" in reason and "sửa số" in reason
