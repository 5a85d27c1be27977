"""Find the base of each annotated return (copy): the file that it was made from and replaces."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from pcmd_eval.office.intake.issues import Copy, SentFile
from pcmd_eval.office.intake.workbook import BASE_CELL, SentBook
from pcmd_eval.plan.form import Form
from pcmd_eval.util.cell_ranges import Position, parse_address

_BASE_REFERENCE = re.compile(r"(?P<name>.+?)(?: sha256:(?P<digest>[0-9a-f]{64}))?")
_AREA = re.compile(r"\b[A-Z]{1,2}[0-9]+(?::[A-Z]{1,2}[0-9]+)?\b")


class Lineage(NamedTuple):
    """An annotated return that counts, and the files that it replaces.

    `chain`: from the first base to the copy, each made from the one before; `is_exact`: each base
    was found by its hash, not by its name. `replaced`: the bases, and other copies of them.
    """

    chain: list[SentFile]
    is_exact: bool
    replaced: list[SentFile]


def read_copy(book: SentBook, form: Form) -> Copy | None:
    """Read the sheet `Cần sửa` of an annotated return: its base and the areas to correct; return
    None for another file.
    """
    for page in book.pages(form.mend_page.name):
        if match := _BASE_REFERENCE.fullmatch(page.at(*BASE_CELL).text):
            areas: set[tuple[str, Position, Position]] = set()
            heads = [*form.mend_page.columns]
            sheet_column = heads.index("Biểu") + 1
            cell_column, advice_column = sheet_column + 1, len(heads)  # advice may name more cells
            for row in {row for row, _ in page.cells if row > 1}:
                sheet = page.at(row, sheet_column).text
                words = f"{page.at(row, cell_column).text} {page.at(row, advice_column).text}"
                for area in _AREA.findall(words):
                    first, _, last = area.partition(":")
                    areas.add((sheet, parse_address(first), parse_address(last or first)))
            return Copy(match["name"], match["digest"] or "", frozenset(areas))
    return None


def name_copy(file: SentFile) -> str:
    """Return the reference to a base that `read_copy` parses: "<file name> sha256:<digest>"."""
    return f"{file.name} sha256:{file.digest}"


def find_lineages(files: Sequence[SentFile]) -> list[Lineage]:
    """Group annotated returns by the file that they all go back to; return a lineage for each
    group.

    The latest copy counts, all others are `replaced`. The base of a copy is found by its hash, else
    by its name; a copy whose base was not sent starts no lineage.
    """
    bases = {file.name: base for file in files if (base := _find_base(file, files))}
    groups: dict[str, list[list[SentFile]]] = defaultdict(list)
    for file in files:
        chain = [file]
        while (base := bases.get(chain[0].name)) and base not in chain:
            chain.insert(0, base)
        if len(chain) > 1 and file not in bases.values():
            groups[chain[0].name].append(chain)
    lineages = []
    for chains in groups.values():
        latest = max(chains, key=lambda chain: (chain[-1].day, len(chain), chain[-1].name))
        replaced = [file for file in files if any(file in chain for chain in chains)]
        replaced.remove(latest[-1])
        pairs = pairwise(latest)
        is_exact = all(file.copy and file.copy.digest == base.digest for base, file in pairs)
        lineages.append(Lineage(latest, is_exact, replaced))
    return lineages


def _find_base(file: SentFile, files: Sequence[SentFile]) -> SentFile | None:
    """Return the file that a copy was made from, by hash, else by name; None for no copy."""
    if file.copy is None:
        return None
    for wanted in (file.copy.digest, file.copy.base):
        for other in files:
            if other is not file and wanted in (other.digest, other.name):
                return other
    return None
