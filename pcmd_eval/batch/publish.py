"""From the returns to the set that readers see: one writer, a staging folder, and one step that changes what is seen.

A run works in `sets/<run id>`. `run.json` is written last and `published` turned to it in one step, so that a reader
sees the old set or the new one, and a run that failed or died leaves the old one where it was. What an earlier run made
is used again where nothing it depends on has changed. A run for the department alone goes the same way within
`internal/`, and does not touch `published`.
"""

import json
from collections import Counter
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from pcmd_eval import paths
from pcmd_eval.batch import ledger
from pcmd_eval.batch.evaluation import Outcome, Request
from pcmd_eval.batch.jobs import Result, check_templates, jobs_of, on_plan, read_templates
from pcmd_eval.batch.kept import forget_tables, keep_tables
from pcmd_eval.batch.sets import file_hash, files_in, json_bytes, locked, now, published_set, remove_sets, swap, tidy
from pcmd_eval.batch.work import CHANGED, Watch, Work, begin, execute, known_as
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.site import released
from pcmd_eval.site.change_pages import write_changes


def run(request: Request, watch: Watch = lambda result, total: None, executor: Executor | None = None) -> Outcome:
    """The whole batch; `watch` hears of each result and of how many there will be.

    Raises InputRefused, BrokenTemplate or LockHeld before any kernel starts.
    """
    units = {request.project.register.reporter(code).code for code in request.units}
    jobs = jobs_of(request.project)
    units_of = {job.notebook: job.unit for job in reversed(jobs)}
    found = read_templates(request.notebooks, (job.notebook for job in jobs))
    templates = {name: on_plan(text, known_as(request.plan), units_of[name]) for name, text in found.items()}
    if request.audience != "internal":
        released.latest(request.project.plan)  # one that cannot be compared with stops the run before it starts
    with locked(request.output):
        tidy(request.output)
        work, earlier = begin(request, jobs, templates), ledger.Earlier(request.places)
        reused = {job for job in jobs if job.unit not in units and earlier.holds(work.keys[job])}
        missing = {j: "không chạy trong lần này" for j in jobs if units and j.unit not in units and j not in reused}
        if missing and not request.partial:
            raise InputRefused(
                f"Chưa chạy riêng được: {len(missing)} sổ của đơn vị khác không có kết quả còn dùng được với số liệu "
                "và quy tắc hiện nay. Chạy tất cả (bỏ --unit), hoặc thêm --partial để công bố bộ thiếu các sổ đó."
            )
        # A template whose results are used again was found sound when they were made.
        new = {job.notebook for job in jobs if job not in reused and job not in missing}
        check_templates({name: text for name, text in templates.items() if name in new})
        work.staging.mkdir(parents=True)
        for job in sorted(reused, key=jobs.index):
            if hashes := earlier.carry(work.keys[job], work.staging):
                work.noted(work.keys[job], hashes)
            else:  # it has changed since it was looked at
                reused.discard(job)
        results = execute(work, [j for j in jobs if j not in reused and j not in missing], watch, executor)
        missing |= {result.job: _public_reason(result) for result in results if not result.done}
        outcome = Outcome(work.run_id, work.started, work.staging, work.evaluation, results, missing, frozenset(reused))
        return _finish(work, _completed(work, outcome, earlier))


def _public_reason(result: Result) -> str:
    """Why a page is missing, without the words of the error: they may hold paths or figures."""
    return f"sổ không chạy xong ({result.cell.partition(' “')[0]})" if result.cell else "sổ không chạy được"


def _completed(work: Work, outcome: Outcome, earlier: ledger.Earlier) -> Outcome:
    """Add what a set holds beside its notebooks, and look at what it tells; what was made from the same is used again.

    Everything is made from the findings and indicators as published: what is withheld cannot be in it.
    """
    if work.request.audience == "internal":
        from pcmd_eval.site.internal import index_page

        changes = (work.request.output.internal / "changes.html").is_file()
        write_atomic(work.staging / "index.html", index_page(work.published, work.jobs, outcome.missing, changes))
        return outcome
    from pcmd_eval.review.reviews import narrative_faults

    illustrative = work.evaluation.intake.evidence.illustrative
    told = [ledger.documents(work.request.project), work.inputs, ledger.versions(), work.told, illustrative]
    documents, notes = _reviews(work, told, earlier)

    def site() -> dict[str, bytes]:
        from pcmd_eval.site.public import map_of, site_files

        picture = map_of(work.request.project, work.evaluation.intake.evidence, work.evaluation.findings)
        edition = released.latest(work.request.project.plan)
        return site_files(work.published, picture, work.jobs, outcome.missing, work.rules, documents, edition)

    missing = {job.place: why for job, why in outcome.missing.items()}
    work.once(ledger.key_of("site", *told, missing, documents), earlier, site)
    contradictions = tuple(narrative_faults(work.published))
    return replace(outcome, contradictions=contradictions, notes=tuple(notes), leaks=tuple(_leaks(work)))


def _reviews(work: Work, told: list[Any], earlier: ledger.Earlier) -> tuple[list[str], list[str]]:
    """Put the Word and PDF documents into the set; returns their places and what the user should know of them."""
    from pcmd_eval.review.pdf import MISSING, converter
    from pcmd_eval.review.reviews import review_files

    wanted = work.request.with_pdf
    with_pdf, said = wanted and converter() is not None, []

    def reviews() -> dict[str, bytes]:
        files, notes = review_files(work.published, with_pdf=with_pdf)
        said.extend(notes)
        return files

    # A conversion that failed may succeed the next time: only what came out whole is noted under the usual key.
    places = work.once(ledger.key_of("reviews", *told, with_pdf), earlier, reviews, lasting=lambda: not said)
    return places, [MISSING] if wanted and not with_pdf else said


def _leaks(work: Work) -> list[str]:
    """What the figures of this set, alone or beside an edition that has left the department, tell about few persons."""
    from pcmd_eval.audit import audit

    content, own = (work.staging / "indicators.csv").read_bytes(), work.own_figures()
    released = sorted(paths.released_folder(work.request.project.plan.name).glob("*/indicators.csv"))
    found = [audit(content, own), *(audit(content, own, edition.read_bytes()) for edition in released)]
    return list(dict.fromkeys(sentence for sentences in found for sentence in sentences))


def _finish(work: Work, outcome: Outcome) -> Outcome:
    """Publish the set if nothing forbids that, and keep the record of the run either way."""
    request, output, staging = work.request, work.output, work.staging
    complete = not outcome.missing or (request.partial and len(outcome.missing) < len(work.jobs))
    # What stays in the department may be looked at while faults are open: it is how they are found.
    allowed = request.audience == "internal" or outcome.stopping in (0, request.despite)
    notes = [*outcome.notes, *_remarks(work, outcome)]
    publish = complete and allowed and not outcome.leaks and work.sources.unchanged()
    record, previous = _record(work, outcome), published_set(output)
    if publish:
        for failed in staging.rglob("*.failed.ipynb"):
            failed.unlink()
        record["outputs"] = {p.relative_to(staging).as_posix(): file_hash(p) for p in files_in(staging)}
        record["finished"] = now()
        write_atomic(staging / "run.json", json_bytes(record))
    failures = [{"place": r.job.place, "cell": r.cell, "cause": r.cause} for r in outcome.failed]
    returns = json.loads((output.internal / "returns.json").read_bytes())
    kernels = sorted({result.kernel for result in outcome.results if result.kernel})
    own = {**record, "published": publish, "kernels": kernels, "failures": failures, "returns": returns}
    # Nothing is written after the change that readers see: a run that ends with an error has changed nothing for them.
    write_atomic(output.record, json_bytes(own))
    public = request.audience != "internal"
    if publish:
        try:
            if public:
                keep_tables(output, outcome.run_id)
                write_changes(output, staging, work.evaluation.intake.evidence, request.project)
            previous = swap(output, outcome.run_id)
        except OSError:
            write_atomic(output.record, json_bytes({**own, "published": False}))
            raise
    # Of unfinished sets only this one stays: what was good in the others has been carried into it.
    finished = {f.name for f in output.sets.iterdir() if (f / "run.json").is_file()}
    kept = {outcome.run_id, previous} if publish else {outcome.run_id, *finished}
    remove_sets(output, lambda folder: folder.name not in kept)
    ledger.forget(output, {*kept, previous})
    if public:
        forget_tables(request.output, {*kept, previous})
    return replace(outcome, published=publish, folder=output.published if publish else staging, notes=tuple(notes))


def _remarks(work: Work, outcome: Outcome) -> list[str]:
    """What the user should know of how the set was made."""
    count = Counter(result.kernel for result in outcome.results)
    fell_back = f"{count['ordinary']} sổ chạy bằng kernel thường, chậm hơn, vì kernel nhân bản hỏng giữa chừng."
    changed = f"{CHANGED[:1].upper()}{CHANGED[1:]}."
    return [
        *([] if work.sources.unchanged() else [changed]),
        *([fell_back] if count["forked"] and count["ordinary"] else []),
    ]


def _record(work: Work, outcome: Outcome) -> dict[str, Any]:
    """What run.json says: never a hash of a return, a path of this computer, or its name."""
    results = {result.job: result for result in outcome.results}
    status = {result.job: "done" if result.done else "failed" for result in outcome.results}
    return {
        "plan": work.request.project.plan.plan,
        "run_id": outcome.run_id,
        "started": outcome.started,
        "finished": now(),
        "illustrative": outcome.evaluation.intake.evidence.illustrative,
        "jobs": [
            {
                "unit": job.unit,
                "notebook": job.notebook,
                "status": status.get(job, "missing" if job in outcome.missing else "done"),
                "seconds": results[job].seconds if job in results else 0.0,
                "reused": job in outcome.reused,
            }
            for job in work.jobs
        ],
        "failed": len(outcome.failed),
        "faults": outcome.stopping,
        "outputs": {},
        "inputs": dict(sorted({**work.inputs, **ledger.documents(work.request.project), **work.notebooks}.items())),
        "versions": ledger.versions(),
    }
