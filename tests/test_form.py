"""The form against design section 5, written out here by hand, and slips in its description."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.form import Form, load_form
from pcmd_eval.project import Project
from pcmd_eval.strict import load

DISTRICT = ["1 Tuyên truyền", "2 Lồng ghép", "3 Can thiệp", "4 Mô hình", "6 Xử lý"]
PROVINCE = ["4 Mô hình", "5 Tin bài", "6 Xử lý"]


def test_who_fills_in_what(project: Project) -> None:
    """Each district five sheets, the province three."""
    form, register = project.form, project.register
    for reporter in register.reporters:
        names = [sheet.name for sheet in form.sheets_of(reporter, register)]
        assert names == (PROVINCE if reporter.code == "25" else DISTRICT)


def test_fixed_places_and_words(project: Project) -> None:
    """Header on row 4, data from row 5, version 1; the words for none."""
    form = project.form
    assert (form.version, form.header_row, form.first_row) == (1, 4, 5)
    assert form.folded_none_words == {"không", "khôngcó", "chưacó", "chưabanhành", "0", "-"}
    assert form.sheet("support_model").none_statement == "Không có mô hình"


def test_optional_rows_are_2_6_and_5_4(project: Project) -> None:
    """And no others."""
    optional = [item.code for sheet in project.form.sheets for item in sheet.items if item.optional]
    assert optional == ["2.6", "5.4"]


def test_labels_of_the_rows(project: Project) -> None:
    """Every fixed row with its words."""
    labels = {item.code: item.label for sheet in project.form.sheets for item in sheet.items}
    assert labels == {
        "2.1": "Giảm nghèo",
        "2.2": "Dạy nghề cho lao động nông thôn",
        "2.3": "Việc làm",
        "2.4": "Phòng, chống HIV/AIDS",
        "2.5": "Phòng, chống mua bán người",
        "2.6": "Chương trình khác",
        "3.1.1": "Tiếp cận cộng đồng, đồng đẳng",
        "3.1.2": "Tư vấn, xét nghiệm HIV",
        "3.1.3": "Cấp phát vật dụng can thiệp",
        "3.1.4": "Khám, điều trị bệnh lây truyền qua đường tình dục",
        "3.2.1": "Truyền thông phòng ngừa bạo lực giới",
        "3.2.2": "Tư vấn, hỗ trợ người bị bạo lực",
        "3.2.3": "Nơi tạm lánh, chuyển gửi",
        "5.1": "Báo Phú Thọ",
        "5.2": "Đài Phát thanh và Truyền hình tỉnh",
        "5.3": "Cổng thông tin điện tử tỉnh",
        "5.4": "Khác",
        "6.1": "Lượt kiểm tra cơ sở",
        "6.2": "Cơ sở vi phạm",
        "6.3": "Vụ việc phát hiện",
        "6.4": "Đã xử lý hành chính",
        "6.5": "Đã xử lý hình sự",
        "6.6": "Đang xử lý",
        "6.7": "Tổng số người vi phạm",
        "6.8": "Người bán dâm",
        "6.9": "Người mua dâm",
        "6.10": "Chủ chứa, môi giới, tổ chức",
        "6.11": "Tiền phạt",
    }


def test_the_form_has_no_place_for_a_persons_name(project: Project) -> None:
    """No label or header asks who somebody is; the one name is that of a model, a unit or an office."""
    words = [column.header for sheet in project.form.sheets for column in sheet.columns]
    words += list(project.form.info.labels.values())
    for word in words:
        assert not re.search(r"\b(họ|người lập|người ký|chức vụ|cán bộ|năm sinh|điện thoại)\b", word.lower()), word


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (lambda form: form.update(sheet=[]), "sheet"),
        (lambda form: form.pop("version"), "version"),
        (lambda form: form["sheets"][0]["columns"][4].update(kind="number"), "sheets.0.columns.4.kind"),
        (lambda form: form["sheets"][0]["columns"][4].update(period="Q5"), "sheets.0.columns.4.period"),
        (lambda form: form["sheets"][1].pop("items"), "sheets.1"),
        (lambda form: form["sheets"][1]["items"].append({"code": "2.1", "label": "x"}), "sheets.1"),
        (lambda form: form["sheets"][1]["items"][0].update(optonal=True), "sheets.1.items.0.optonal"),
        (lambda form: form["info"]["labels"].update(author="Người lập"), "info.labels"),
    ],
)
def test_a_slip_in_the_form_is_refused_by_its_key(tmp_path: Path, edit: Callable[[Any], Any], key: str) -> None:
    """The form is checked as strictly as the plan."""
    content = yaml.safe_load((paths.FORMS / "return_v1.yaml").read_text(encoding="utf-8"))
    edit(content)
    path = tmp_path / "bieu.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        load(path, Form)
    assert key in str(refusal.value) and "bieu.yaml" in str(refusal.value)


def test_a_form_that_is_not_there_is_named() -> None:
    """In words."""
    with pytest.raises(InputRefused, match=r"return_v9\.yaml"):
        load_form("return_v9")
