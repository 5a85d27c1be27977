"""What is said of the shipped returns is what was approved, word for word."""

from collections.abc import Callable
from pathlib import Path

import pytest
from approved import approved_texts

GOLDEN = Path(__file__).parent / "golden"
FILES = [str(file.relative_to(GOLDEN)) for file in sorted(GOLDEN.rglob("*.txt"))]
LONGEST = ("notebooks/", "index", "mails", "method", "check", "papers/", "year")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[], str]]:
    return approved_texts(tmp_path_factory.mktemp("approved"))


def test_approved_texts_are_all_filed(texts: dict[str, Callable[[], str]]) -> None:
    assert sorted(texts) == sorted(FILES)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.startswith(LONGEST) else ())
        for name in FILES
    ],
)
def test_texts_of_shipped_returns_are_as_approved(
    texts: dict[str, Callable[[], str]], name: str
) -> None:
    """If the change is meant: `make golden`, read its diff, commit it."""
    assert texts[name]() == (GOLDEN / name).read_text(encoding="utf-8")
