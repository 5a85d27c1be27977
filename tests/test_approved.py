"""What is said of the shipped returns is what was approved, word for word."""

from pathlib import Path

import pytest
from approved import approved_texts
from papers import APPROVED

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return approved_texts(tmp_path_factory.mktemp("approved"))


@pytest.mark.parametrize(
    "name",
    [
        *("check.txt", "terminal.txt", "mails.txt", "alternative_texts.txt"),
        *("index.txt", "method.txt"),
        *(f"papers/{name}.txt" for name in APPROVED),
    ],
)
def test_texts_of_shipped_returns_are_as_approved(texts: dict[str, str], name: str) -> None:
    """If the change is meant: `make golden`, read its diff, commit it."""
    assert texts[name] == (GOLDEN / name).read_text(encoding="utf-8")
