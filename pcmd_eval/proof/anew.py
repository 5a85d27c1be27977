"""What a set says, held against what its returns, plan and notebooks make when they are taken once more."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.batch.jobs import Job, on_plan
from pcmd_eval.batch.kept import RECORDS, hashes_of
from pcmd_eval.findings import Finding
from pcmd_eval.proof.records import DAMAGED, EXTRA, few

_NAMED = 20  # cells named one by one; a table that differs more is another table
_PLACE = ("reporter", "unit_code", "objective", "item", "period", "file", "sheet", "cell")
# Compared with a set that is no more, by a run that cannot be taken once more.
_OF_BEFORE = ("changes.html", "changes.csv")


def findings_unlike(path: Path, findings: Iterable[Finding], name: str) -> Iterator[str]:
    """Every finding of a table that comes out otherwise, with both its values."""
    if not path.is_file():
        return  # named already
    try:
        filed = {(row["unit_code"], row["objective"]): row for row in _rows(path.read_bytes())}
    except (ValueError, KeyError):
        yield f"{name}: {DAMAGED}"
        return
    own = {(f.unit_code, f.objective): f.texts() for f in findings}
    for unit, slug in dict.fromkeys((*own, *filed)):
        old, new = filed.get((unit, slug), {}), own.get((unit, slug), {})
        columns = [c for c in dict.fromkeys((*new, *old)) if old.get(c) != new.get(c)]
        if columns:
            said = "; ".join(f"{c}: bộ ghi “{old.get(c, '')}”, tính lại “{new.get(c, '')}”" for c in columns)
            yield f"kết quả {unit}, {slug}: {said}"


def internal_unlike(
    internal: Path, anew: Mapping[str, bytes], kept: Path, known: Collection[str] = ()
) -> Iterator[str]:
    """Every table and page of `internal/` that comes out otherwise, and the tables kept for the set with these.

    Files in `known` are named already.
    """
    for place in hashes_of(internal, (*RECORDS, *_OF_BEFORE, "returns.json")).keys() - anew.keys():
        if f"internal/{place}" not in known:
            yield f"internal/{place}: {EXTRA}"
    other = []
    for place, content in anew.items():
        path, name = internal / place, f"internal/{place}"
        if path.is_file() and path.read_bytes() == content:
            continue
        if place == "observations.csv" and path.is_file():
            yield from _cells_unlike(path.read_bytes(), content)
        elif name not in known:
            other.append(name)
    for path in sorted(kept.rglob("*.csv")):
        place = path.relative_to(kept).as_posix()
        name = f"internal/runs/{kept.name}/{place}"
        if name not in known and path.read_bytes() != anew.get(place):
            other.append(name)
    if other:
        yield f"khác nội dung làm lại từ các báo cáo: {few(other)}"


def _cells_unlike(filed: bytes, read: bytes) -> Iterator[str]:
    """The cells that two tables of observations have otherwise, the first of them named."""
    try:
        old, new = (
            {tuple(row[c] for c in _PLACE): row["raw"] or row["state"] for row in _rows(content)}
            for content in (filed, read)
        )
    except (ValueError, KeyError):
        yield f"internal/observations.csv: {DAMAGED}"
        return
    differ = [key for key in dict.fromkeys((*new, *old)) if old.get(key) != new.get(key)]
    for key in differ[:_NAMED]:
        _, unit, _, item, period, file, sheet, cell = key
        place = ", ".join(filter(None, (file, sheet, cell, unit, item, period)))
        yield f"ô {place}: bảng ghi “{old.get(key, 'không có')}”, báo cáo ghi “{new.get(key, 'không có')}”"
    if not differ:
        yield "internal/observations.csv: khác bảng đọc lại"
    if len(differ) > _NAMED:
        yield f"và {len(differ) - _NAMED} ô khác"


def _rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a table; raises ValueError where it is none."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    except csv.Error as error:
        raise ValueError(error) from None
    if any(None in row or None in row.values() for row in rows):
        raise ValueError("a row of another length")
    return rows


# ---- notebooks ------------------------------------------------------------------------------------------------------


def notebooks_unlike(
    jobs: Iterable[Job], folder: Path, plan: str, names: Mapping[str, str], illustrative: bool, pages: bool = True
) -> Iterator[str]:
    """Every executed notebook that is not its template but for the outputs, and every page that is not its notebook's.

    `plan` is the name that notebooks know it by; `names` are those of the units. Without `pages` these are left out.
    """
    from pcmd_eval.batch.page import page_bytes

    listed = list(jobs)
    units = {job.notebook: job.unit for job in reversed(listed)}
    templates = {name: _template(name, plan, unit) for name, unit in units.items()}
    for job in listed:
        template, path = templates[job.notebook], folder / f"{job.place}.ipynb"
        if template is None or not path.is_file():
            continue  # named already
        notebook = _notebook(path.read_bytes())
        if notebook is None:
            yield f"{job.place}.ipynb: {DAMAGED}"
            continue
        if where := _cells_of_another(notebook, template, {"plan": plan, "unit": job.unit}):
            yield f"{job.place}.ipynb: {where}"
        page, up = folder / f"{job.place}.html", "../" * (job.folder.count("/") + 1)
        if not pages or not page.is_file():
            continue
        if page.read_bytes() != page_bytes(notebook, names[job.unit], f"{up}index.html", illustrative):
            yield f"{job.place}.html: khác trang làm lại từ sổ {job.notebook}.ipynb"


def _template(name: str, plan: str, unit: str) -> Any:
    """A template as a run takes it for this plan; None where there is none, which the inputs name."""
    from pcmd_eval.batch.page import normalised

    path = paths.NOTEBOOKS / f"{name}.ipynb"
    text = on_plan(path.read_text(encoding="utf-8"), plan, unit) if path.is_file() else ""
    notebook = _notebook(text.encode())
    return normalised(notebook, text) if notebook is not None else None


def _notebook(content: bytes) -> Any:
    """A notebook, or None where the file holds none."""
    import nbformat

    try:
        notebook = nbformat.reads(content.decode(), as_version=4)
        nbformat.validate(notebook)
    except Exception:  # nbformat raises many kinds of errors for a broken file
        return None
    return notebook


def _cells_of_another(notebook: Any, template: Any, parameters: Mapping[str, str]) -> str:
    """What makes the cells others than those of the template with these parameters; nothing if they are the same."""
    from papermill.translators import PythonTranslator

    own = [_without_results(cell) for cell in notebook.cells]
    asked = [_without_results(cell) for cell in template.cells]
    given = [cell for cell in own if "injected-parameters" in cell["metadata"].get("tags", [])]
    said = PythonTranslator.codify(parameters)
    if [cell["source"].strip() for cell in given] != [said.strip()]:
        return "ô tham số không ghi đúng kế hoạch và đơn vị"
    own.remove(given[0])
    wrong = [number for number, pair in enumerate(zip(own, asked, strict=False), 1) if pair[0] != pair[1]]
    if wrong or len(own) != len(asked):
        number = wrong[0] if wrong else min(len(own), len(asked)) + 1
        return f"nội dung khác sổ mẫu, từ ô thứ {number}"
    return ""


def _without_results(cell: Any) -> dict[str, Any]:
    """What was there before a cell was run: kind, source, tags, and whatever else a reader would be shown."""
    return {key: value for key, value in cell.items() if key not in ("outputs", "execution_count")}
