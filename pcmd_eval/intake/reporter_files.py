"""Decide which files of one reporter count, and in which order: duplicates, ties, states."""

from collections import Counter

from pcmd_eval.evaluation.observations import Observation
from pcmd_eval.intake.combination import Combined, combine, has_entries, readings
from pcmd_eval.intake.confirmations import Confirmations
from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.plan.plan import Plan


def combine_files(
    plan: Plan, files: list[SentReturn], confirmations: Confirmations
) -> Combined | None:
    """Return what the readable files of a reporter say together, None if there is none or a tie.

    Each file gets its state; one of which no cell counts is superseded.
    """
    readable = sorted((file for file in files if not file.state), key=sending_order)
    distinct = _without_duplicates(readable)
    if not distinct or _mark_tie(plan, distinct):
        return None
    if len(distinct) == 1:
        combined = Combined(distinct[0].observations, distinct[0].issues, [], distinct)
    else:
        combined = combine(plan, distinct, confirmations)
    state = _state(plan, combined.observations)
    for file in distinct:
        if file not in combined.files:
            _supersede(file, distinct[-1], "replaced")
            continue
        file.observations = [cell for cell in combined.observations if cell.file == file.file]
        file.state = state or ("late" if file.late else "on_time")
    return combined


def sending_order(file: SentReturn) -> tuple[str, str]:
    """Return the key that sorts files by day of sending, then by name."""
    return file.sent, file.file


def _without_duplicates(files):
    """Return the files without those that read like another, and without empty ones beside others.

    Of files that read alike the last sent counts, of those of one day the first by name.
    """
    by_name = sorted(files, key=lambda file: file.file, reverse=True)
    by_day = sorted(by_name, key=lambda file: file.sent)
    by_readings = {readings(file): file for file in by_day}
    filled = [file for file in by_readings.values() if has_entries(file)]
    distinct = sorted(filled or [*by_readings.values()][-1:], key=sending_order)
    for file in files:
        if file in distinct:
            continue
        alike = by_readings[readings(file)]
        is_same = alike in distinct
        _supersede(file, alike if is_same else distinct[-1], "same" if is_same else "nothing")
    return distinct


def _supersede(file, other, why):
    file.state, file.issues, file.observations = "superseded", [], []
    file.add_issue("superseded", file=other.file, why=why)


def _mark_tie(plan, files):
    """Return whether the order of the files is unknown, and mark them as unreadable if it is.

    They keep their own issues.
    """
    days = Counter(file.sent for file in files)
    tied = [file for file in files if days[file.sent] > 1 or (not file.sent and len(files) > 1)]
    if not tied:
        return False
    for file in files:
        file.state = "unreadable"
    names = [file.file for file in (files if len(tied) == 1 else tied)]
    undated = [file.file for file in tied if not file.sent]
    name = plan.register.full_name[files[0].reporter]
    tied[-1].add_issue("tie", whose=name, files=names, undated=undated)
    return True


def _state(plan, observations: list[Observation]):
    """Return empty or partial if the cells of a return are, else ""."""
    reported = _reported(observations)
    if not reported:
        return "empty"
    silent = {cell.objective for cell in observations} - {*reported}
    if silent or len(reported) * 100 < plan.rules["complete_share"].value * len(observations):
        return "partial"
    return ""


def _reported(observations):
    """Return the objectives of the cells that hold a figure, one for each."""
    return [cell.objective for cell in observations if cell.state == "reported"]
