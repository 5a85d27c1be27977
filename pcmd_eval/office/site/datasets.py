"""Describe the tables of a set in datapackage.json, for software, and write them as a workbook."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings, all_indicators
from pcmd_eval.analysis.table_format import spreadsheet_columns
from pcmd_eval.evaluation import findings
from pcmd_eval.evaluation.observations import is_illustrative
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics import year_on_year as changes
from pcmd_eval.util import excel, paths, vocabulary
from pcmd_eval.util.excel import SheetColumn
from pcmd_eval.util.verdicts import VERDICT_LABELS, VERDICT_STYLES
from pcmd_eval.util.yaml_models import StrictModel, load_model

FILES = {"findings": findings.FINDING_DTYPES, "indicators": indicators.INDICATOR_DTYPES}
COMPARED = {"changes": changes.CHANGE_DTYPES}  # only in sets of a plan with a previous year
# The columns of the indicators that are for readers, without those for software.
_SHOWN_INDICATORS = ["unit_code", "unit_name", "objective", "label", "measure", "value", "state"]
_SHOWN_INDICATORS += ["precision", "words"]
_FIELD_TYPES = {"string": "string", "Int64": "integer", "Float64": "number"}
_CODE_MEANINGS: dict[str, Mapping[str, str]] = {
    "verdict": VERDICT_LABELS,
    "basis": vocabulary.BASIS_LABELS,
    **dict.fromkeys(("state", "before_state", "now_state"), vocabulary.QUANTITY_STATE_LABELS),
    "precision": vocabulary.PRECISION_LABELS,
    "illustrative": {code: vocabulary.ANSWER_LABELS[code] for code in ("yes", "no")},
}


class TableDescription(StrictModel):
    """The description of one table; `key`: the columns that identify a row."""

    title: str
    title_en: str
    description: str
    key: tuple[str, ...]


class SetDescription(StrictModel):
    """The content of data/datapackage.yaml.

    `tables`: by name; `columns`, `columns_en`: the meaning of each column, by its name.
    """

    title: str
    title_en: str
    description: str
    licenses: tuple[dict[str, str], ...]
    sources: tuple[dict[str, str], ...]
    tables: dict[str, TableDescription]
    columns: dict[str, str]
    columns_en: dict[str, str]


def read_description() -> SetDescription:
    """Read data/datapackage.yaml; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "datapackage.yaml", SetDescription)


def datapackage(case: Case) -> bytes:
    """Return datapackage.json (Frictionless Data Package) of a set as bytes.

    It describes each table with its key, and each column with type, codes and meaning.
    """
    return f"{json.dumps(_package(case), ensure_ascii=False, indent=1)}\n".encode()


def _package(case: Case) -> dict[str, Any]:
    """Return the content of datapackage.json."""
    about = read_description()
    plan_and_year = {"plan": case.plan.plan, "year": case.year}
    slugs = {objective.slug: objective.title for objective in case.plan.objectives}
    levels = {
        level: vocabulary.LEVEL_LABELS[level] for level in ("province", case.plan.units.reporters)
    }
    codes = _CODE_MEANINGS | {
        "objective": slugs,
        "target": case.plan.target_labels,
        "level": levels,
    }
    resources = []
    for name, columns in (FILES | (COMPARED if case.plan.previous else {})).items():
        fields = []
        for column, dtype in columns.items():
            field = _field(column, dtype, about.columns[column], codes.get(column, {}))
            fields.append(field | {"title_en": about.columns_en[column]})
        table = about.tables[name]
        resources.append({
            "profile": "tabular-data-resource",
            "name": name,
            "path": f"{name}.csv",
            "title": table.title,
            "title_en": table.title_en,
            "description": table.description,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {"fields": fields, "missingValues": [""], "primaryKey": table.key},
        })  # fmt: skip
    return {
        "profile": "tabular-data-package",
        "name": case.plan.name,
        "title": about.title.format(**plan_and_year),
        "title_en": about.title_en.format(**plan_and_year),
        "description": about.description,
        "licenses": about.licenses,
        "sources": [{"title": source["title"].format(**plan_and_year)} for source in about.sources],
        "illustrative": is_illustrative(case.returns),
        "resources": resources,
    }


def _field(name: str, dtype: str, meaning: str, codes: Mapping[str, str]) -> dict[str, Any]:
    """Return the Frictionless description of a column; `codes`: label by code, {} for none."""
    legend = "; ".join(f"{code}: {word}" for code, word in codes.items())
    field = {
        "name": name,
        "type": _FIELD_TYPES[dtype],
        "title": vocabulary.HEADERS[name],
        "description": f"{meaning}. {legend}" if codes else meaning,
    }
    return field | ({"constraints": {"enum": [*codes]}} if codes else {})


# ---- for people ----------------------------------------------------------------------------------


def findings_workbook(case: Case) -> bytes:
    """Return findings.xlsx: sheets of the findings, the indicators, and the meaning of columns."""
    sheets = {
        "Kết luận": _findings_sheet(case),
        "Số liệu": spreadsheet_columns(all_indicators(case)[_SHOWN_INDICATORS], case),
        "Giải thích": _meanings_sheet(case),
    }
    mark = " · ".join([*case.marks, f"{case.plan.title}, Kế hoạch số {case.plan.plan}"])
    return excel.write_workbook(sheets, mark, case.year)


def _findings_sheet(case: Case) -> list[SheetColumn]:
    """Return the columns of the findings in display order, with sign and label of the verdict."""
    rows = case.for_display(all_findings(case)).drop(columns=["plan", "year"])
    signs = rows.verdict.map({code: look.shape for code, look in VERDICT_STYLES.items()})
    rows.insert(rows.columns.get_loc("verdict"), "sign", signs)
    rows = rows.assign(verdict=rows.verdict.map(_CODE_MEANINGS["verdict"]))
    return spreadsheet_columns(rows, case, {"sign": vocabulary.HEADERS["sign"]})


def _meanings_sheet(case: Case) -> list[SheetColumn]:
    """Return the columns of a table that explains every column and code of the CSV files."""
    rows = []
    for table in _package(case)["resources"]:
        for field in table["schema"]["fields"]:
            rows.append((table["path"], field["title"], field["name"], field["description"]))
    heads = ["Tệp CSV", "Cột", "Tên trong tệp CSV", "Nghĩa"]
    return spreadsheet_columns(pd.DataFrame(rows, columns=heads, dtype="string"), case)
