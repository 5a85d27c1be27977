"""The reviews of a published set as Word and PDF files, and the command that makes them anew in a set of their own.

Only what stands in the set and what people wrote goes into them. Making them anew is publishing: the set that readers
see is copied, its reviews replaced, and the copy takes its place in one step.
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pcmd_eval.batch import ledger
from pcmd_eval.batch.sets import file_hash, files_in, json_bytes, locked, now, remove_sets, swap, tidy
from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.intake.faults import Fault
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.published import Published, open_published
from pcmd_eval.review.documents import Properties, render, template_faults
from pcmd_eval.review.narrative import Narrative, contradictions, load_narratives
from pcmd_eval.review.pdf import MISSING, NoPdf, pdfs
from pcmd_eval.review.settings import ReviewSettings, load_review_settings
from pcmd_eval.units import Unit

if TYPE_CHECKING:
    from pcmd_eval.review.content import Content

NAMES = ("review.docx", "review.pdf")


@dataclass(frozen=True)
class Remade:
    """How making the reviews anew ended: where they are, what to know of them, and what the narratives get wrong."""

    published: bool
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


# ---- the documents --------------------------------------------------------------------------------------------------


def review_files(
    published: Published,
    rules: str | None = None,
    issuer: str | None = None,
    narratives: Mapping[str, Narrative] | None = None,
    with_pdf: bool = True,
) -> tuple[dict[str, bytes], list[str]]:
    """Every review of a set by its place there, and what the user should know, e.g. why there is no PDF."""
    settings = settings_for(issuer)
    written = load_narratives(published.project)[0] if narratives is None else narratives
    template, name = settings.template(rules), settings.templates[rules or settings.rules]  # type: ignore[arg-type,index]
    documents = {
        place_of(unit, published): render(
            template, _content(published, unit, settings, written), properties_of(published, unit), name
        )
        for unit in published.units
    }
    files, notes = {f"{place}/{NAMES[0]}": content for place, content in documents.items()}, []
    if with_pdf:
        try:
            made = pdfs(documents)
        except NoPdf as error:
            made, notes = {}, [str(error)]
        if made is None:
            made, notes = {}, [MISSING]
        files |= {f"{place}/{NAMES[1]}": content for place, content in made.items()}
    return files, notes


def narrative_faults(published: Published, folder: Path | None = None) -> list[Fault]:
    """What people's words get wrong, by file and line: each is a stopping fault."""
    written, strays = load_narratives(published.project, folder)
    units = {unit.code: unit for unit in published.units}
    found = [f for code, n in written.items() for f in (*n.faults, *contradictions(n, published, units[code]))]
    return [*strays, *sorted(found, key=lambda f: (f.file, int(f.cell)))]


def place_of(unit: Unit, published: Published) -> str:
    """The folder of a unit in the set."""
    return "province" if unit.code == published.province.code else f"districts/{unit.folder}"


def properties_of(published: Published, unit: Unit) -> Properties:
    """What the file says of itself; the date is the last day of the plan's year, not that of the making."""
    plan, mark = published.project.plan, f" ({ILLUSTRATIVE})" if published.illustrative else ""
    title = f"DỰ THẢO Báo cáo kết quả thực hiện Kế hoạch số {plan.plan} năm {plan.year}, {unit.inline_name}{mark}"
    return Properties(title, plan.title, date(plan.year, 12, 31))


def settings_for(issuer: str | None) -> ReviewSettings:
    """The settings of the documents, with another issuer of the province's review if one is named."""
    settings = load_review_settings()
    return settings.model_copy(update={"issuer": issuer}) if issuer else settings


def _content(published: Published, unit: Unit, settings: ReviewSettings, written: Mapping[str, Narrative]) -> "Content":
    from pcmd_eval.review.content import (
        review_content,  # with the charts: a rerun that draws none does not wait for them
    )

    return review_content(published, unit, settings, written.get(unit.code))


def check_template(published: Published, rules: str | None = None, file: Path | None = None) -> list[str]:
    """What is wrong with a template for the reviews of this set: that of a rule set, or a file in the making."""
    settings = settings_for(None)
    try:
        template = file.read_bytes() if file else settings.template(rules)  # type: ignore[arg-type]
    except (FileNotFoundError, KeyError) as error:
        name = file.name if file else f"của {rules or settings.rules}"
        raise InputRefused(f"Không tìm thấy mẫu {name}. Kiểm tra tên tệp hoặc khóa “templates”.") from error
    units = (published.province, published.districts[0])
    contents = (_content(published, unit, settings, {}) for unit in units)
    return template_faults(template, *({**c.values, **dict.fromkeys(c.pictures, "")} for c in contents))


# ---- a set with new reviews -----------------------------------------------------------------------------------------


def open_current(project: Project, output: OutputFolder) -> Published:
    """The set that readers see; raises InputRefused if there is none."""
    if not (output.published / "run.json").is_file():
        raise InputRefused(
            "Chưa có bộ nào được công bố nên chưa có số liệu để viết báo cáo. Chạy “pcmd-eval run” trước."
        )
    return open_published(project, output.published)


def remake(
    project: Project,
    output: OutputFolder,
    rules: str | None = None,
    issuer: str | None = None,
    despite: int | None = None,
) -> Remade:
    """Make the reviews of the published set anew and publish the set with them; raises InputRefused or LockHeld."""
    with locked(output):
        tidy(output)
        published = open_current(project, output)
        faults = tuple(narrative_faults(published))
        if len(faults) not in (0, despite):
            return Remade(False, faults=faults)
        files, notes = review_files(published, rules, issuer)
        linked = {p.relative_to(output.published).as_posix() for name in NAMES for p in output.published.rglob(name)}
        if lost := linked - files.keys():  # the pages of the set lead to them
            notes.append(f"Bộ đã công bố có {len(lost)} tệp báo cáo mà lần này không làm lại được.")
            return Remade(False, notes=tuple(notes), faults=faults)
        if files.keys() - linked:
            notes.append("Trang tổng hợp sẽ dẫn tới các tệp mới sau lần chạy “pcmd-eval run” tới.")
        _publish(project, output, files)
        return Remade(True, tuple(files), tuple(notes), faults)


def _publish(project: Project, output: OutputFolder, files: Mapping[str, bytes]) -> None:
    """A copy of the published set with these reviews takes its place."""
    before = output.published.resolve()
    record = json.loads((before / "run.json").read_bytes())
    run_id = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    staging = output.sets / run_id
    try:
        shutil.copytree(before, staging, copy_function=_link, ignore=shutil.ignore_patterns(*NAMES, "run.json", ".*"))
        for place, content in files.items():
            write_atomic(staging / place, content)
        old = record["run_id"]
        record |= {"run_id": run_id, "finished": now()}
        record["outputs"] = {p.relative_to(staging).as_posix(): file_hash(p) for p in files_in(staging)}
        record["inputs"] = dict(sorted({**record["inputs"], **ledger.documents(project)}.items()))
        write_atomic(staging / "run.json", json_bytes(record))
        _carry(output, old, record)
        previous = swap(output, run_id)
    except BaseException:
        if output.published.resolve() != staging.resolve():
            shutil.rmtree(staging, ignore_errors=True)
        raise
    remove_sets(output, lambda folder: folder.name not in (run_id, previous))
    ledger.forget(output, {run_id, previous})


def _carry(output: OutputFolder, old: str, record: Mapping[str, Any]) -> None:
    """What was made for the old set is found in the new one, too, but for the reviews."""
    noted = output.ledger / f"{old}.jsonl"
    for line in noted.read_bytes().splitlines() if noted.is_file() else []:
        entry = json.loads(line)
        if not any(Path(place).name in NAMES for place in entry["files"]):
            ledger.note(output, record["run_id"], entry["key"], entry["files"])
    own = json.loads(output.record.read_bytes()) if output.record.is_file() else {}
    if own.get("run_id") == old:  # no later run has failed since
        write_atomic(output.record, json_bytes({**own, **record}))


def _link(old: str, new: str) -> str:
    """The same file under a second name, where the file system can; files of a set are replaced, never written into."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
    return new
