"""Test addresses of cells and ranges."""

import pytest

from pcmd_eval.util.cell_ranges import as_rectangles, parse_address


@pytest.mark.parametrize(
    ("address", "position"), [("A1", (1, 1)), ("C51", (51, 3)), ("Z2", (2, 26)), ("AB30", (30, 28))]
)
def test_parse_address_gives_row_and_column(address, position):
    assert parse_address(address) == position
    assert as_rectangles([position]) == [address]


def test_as_rectangles_of_scattered_cells_covers_each_once():
    """Two rows of three, a cell below the first, one apart."""
    cells = ["C5", "D5", "E5", "C6", "D6", "E6", "C7", "H9"]
    assert as_rectangles(map(parse_address, cells)) == ["C5:E6", "C7", "H9"]
    assert as_rectangles([]) == []
