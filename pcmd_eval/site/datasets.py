"""Describe the tables of a set for software (datapackage.json), and write them as a workbook for
people.
"""

import json
from collections.abc import Mapping

import pandas as pd

from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.table_format import typed
from pcmd_eval.evaluation import findings
from pcmd_eval.evaluation.observations import made_up
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics import year_on_year as changes
from pcmd_eval.util import excel, paths, vocabulary
from pcmd_eval.util.yaml_models import StrictModel, load_model

FILES = {"findings": findings.DTYPES, "indicators": indicators.DTYPES}
COMPARED = {"changes": changes.DTYPES}  # of a plan with a previous year
# Columns of numbers that are text in the program, so that every digit is written as it is.
_NUMBERS = ("value_low", "value_high")
_TYPES = {"string": "string", "Int64": "integer", "Float64": "number"}
_CODES: Mapping[str, Mapping[str, str]] = {
    "verdict": vocabulary.VERDICT_LABELS,
    "basis": vocabulary.BASIS_LABELS,
    "level": vocabulary.LEVEL_LABELS,
    "state": vocabulary.QUANTITY_STATE_LABELS,
    "precision": vocabulary.PRECISION_LABELS,
    "illustrative": {code: vocabulary.ANSWER_LABELS[code] for code in ("yes", "no")},
}


class TableDescription(StrictModel):
    """What one table holds, and the columns of its key."""

    title: str
    description: str
    key: tuple[str, ...]


class SetDescription(StrictModel):
    """data/datapackage.yaml: the description of a set, its tables and their columns; licence and
    sources.
    """

    title: str
    description: str
    licenses: tuple[dict[str, str], ...]
    sources: tuple[dict[str, str], ...]
    tables: dict[str, TableDescription]
    columns: dict[str, str]


def read_description() -> SetDescription:
    """Read data/datapackage.yaml; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "datapackage.yaml", SetDescription)


def datapackage(case: Case) -> bytes:
    """Return datapackage.json (Frictionless Data Package): types, keys, codes and meaning of every
    column.
    """
    return f"{json.dumps(_package(case), ensure_ascii=False, indent=1)}\n".encode()


def _package(case):
    about = read_description()
    place = {"plan": case.plan.plan, "year": case.year}
    slugs = {objective.slug: objective.title for objective in case.plan.objectives}
    codes = _CODES | {"objective": slugs, "target": case.plan.target_words}
    resources = []
    for name, columns in (FILES | (COMPARED if case.plan.previous else {})).items():
        fields = []
        for column, dtype in columns.items():
            fields.append(_field(column, dtype, about.columns[column], codes.get(column, {})))
        resources.append(_resource(name, about.tables[name], fields))
    return {
        "profile": "tabular-data-package",
        "name": case.plan.name,
        "title": about.title.format(**place),
        "description": about.description,
        "licenses": about.licenses,
        "sources": [{"title": source["title"].format(**place)} for source in about.sources],
        "illustrative": made_up(case.returns),
        "resources": resources,
    }


def _resource(name, table, fields):
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""], "primaryKey": table.key},
    }


def _field(name, dtype, meaning, codes):
    """Return the description of a column with the meaning of its codes."""
    legend = "; ".join(f"{code}: {word}" for code, word in codes.items())
    field = {
        "name": name,
        "type": "number" if name in _NUMBERS else _TYPES[dtype],
        "title": vocabulary.HEADERS[name],
        "description": f"{meaning}. {legend}" if codes else meaning,
    }
    return field | ({"constraints": {"enum": [*codes]}} if codes else {})


# ---- for people ----------------------------------------------------------------------------------


def findings_workbook(case: Case) -> bytes:
    """Return findings.xlsx: the findings, the indicators, and the meaning of every column and code;
    no text in it is a formula.
    """
    sheets = {
        "Kết luận": _findings_sheet(case),
        "Số liệu": _indicators_sheet(case),
        "Giải thích": _meanings_sheet(case),
    }
    mark = " · ".join([*case.marks, f"{case.plan.title}, Kế hoạch số {case.plan.plan}"])
    return excel.write_workbook(sheets, mark, case.year)


def _findings_sheet(case):
    """Return the findings in the order of the register; sign and word of the verdict are columns of
    their own.
    """
    rows = case.for_display(case.findings).drop(columns=["plan", "year"])
    signs = rows.verdict.map({code: look.shape for code, look in vocabulary.VERDICT_STYLES.items()})
    rows.insert(rows.columns.get_loc("verdict"), "sign", signs)
    rows = rows.assign(verdict=rows.verdict.map(_CODES["verdict"]))
    return typed(rows, case)


def _indicators_sheet(case):
    shown = ["unit_code", "unit_name", "objective", "label", "measure", "value", "state"]
    return typed(case.figures[[*shown, "precision", "words"]], case)


def _meanings_sheet(case):
    """Return the meaning of every column and every code of the CSV files."""
    rows = []
    for table in _package(case)["resources"]:
        for field in table["schema"]["fields"]:
            rows.append((table["path"], field["title"], field["name"], field["description"]))
    heads = ["Tệp CSV", "Cột", "Tên trong tệp CSV", "Nghĩa"]
    return typed(pd.DataFrame(rows, columns=heads, dtype="string"), case)
