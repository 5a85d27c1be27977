"""Addresses of cells in a sheet: from text to positions, from positions to ranges."""

from collections.abc import Iterable
from itertools import product

from xlsxwriter.utility import xl_cell_to_rowcol, xl_range

Position = tuple[int, int]  # row and column, both from 1 on


def parse_address(address: str) -> Position:
    """Return the row and column of an address: C5 -> (5, 3)."""
    row, column = xl_cell_to_rowcol(address)
    return row + 1, column + 1


def parse_ranges(text: str) -> list[Position]:
    """Return the cells of a text such as "E34:F34, C5": [(34, 5), (34, 6), (5, 3)]; [] for ""."""
    positions: list[Position] = []
    for area in filter(None, text.split(", ")):
        first, _, last = area.partition(":")
        (top, left), (bottom, right) = parse_address(first), parse_address(last or first)
        positions += product(range(top, bottom + 1), range(left, right + 1))
    return positions


def as_rectangles(positions: Iterable[Position]) -> list[str]:
    """Return few ranges that together have exactly these cells: ["E21:I32", "C40"]."""
    uncovered = {*positions}
    rectangles = []
    for row, column in sorted(uncovered):
        if (row, column) not in uncovered:
            continue
        end, bottom = column, row
        while (row, end + 1) in uncovered:
            end += 1
        while uncovered.issuperset(product([bottom + 1], range(column, end + 1))):
            bottom += 1
        uncovered.difference_update(product(range(row, bottom + 1), range(column, end + 1)))
        rectangles.append(xl_range(row - 1, column - 1, bottom - 1, end - 1))
    return rectangles
