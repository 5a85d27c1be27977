"""The mutation run starts from sound data, and its own arithmetic is right; nothing here runs mutmut."""

import importlib.util
import sys
from types import ModuleType

import pytest
import yaml

from pcmd_eval import paths

FOLDER = paths.ROOT / "tests" / "mutants"


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    """tests/mutants/run.py as a module."""
    spec = importlib.util.spec_from_file_location("mutants_run", FOLDER / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_modules_and_tests_are_there() -> None:
    """The modules that the bar is for, and test files that exist."""
    wanted = yaml.safe_load((FOLDER / "modules.yaml").read_text(encoding="utf-8"))
    assert wanted["bar"] >= 90
    publishing = {"batch/publish", "batch/sets", "batch/work"}
    assert {"bounds", "objectives", "disclosure", "intake/cells", *publishing} <= wanted["modules"].keys()
    for module, tests in wanted["modules"].items():
        assert (paths.ROOT / "pcmd_eval" / f"{module}.py").is_file()
        assert all((paths.ROOT / test).is_file() for test in tests if test.endswith(".py"))


def test_every_accepted_survivor_is_a_line_of_its_module(mutants: ModuleType) -> None:
    """A reason whose line was rewritten is out of date."""
    for (module, _, was, now), why in mutants.accepted(FOLDER / "survivors.yaml").items():
        assert was in (paths.ROOT / "pcmd_eval" / f"{module}.py").read_text(encoding="utf-8")
        assert was != now and why.endswith(".")


def test_decorators_are_written_below(mutants: ModuleType) -> None:
    """@a above @b is a(b(f)); class methods stay as they are."""
    text = "@a\n@b(1)\ndef f():\n    pass\n\n\nclass C:\n    @property\n    def g(self):\n        return 1\n"
    kept = "\n    @classmethod\n    def h(cls):\n        return 1\n"
    assert mutants.plain_decorators(text + kept) == (
        "def f():\n    pass\nf = b(1)(f)\nf = a(f)\n\n\n"
        "class C:\n    def g(self):\n        return 1\n    g = property(g)\n" + kept
    )


def test_what_must_be_mended_is_said(mutants: ModuleType) -> None:
    """9 of 10 are 90%; 8 of 9 are 88.9%; a survivor without a reason and a reason without a survivor."""
    one = mutants.Survivor("bounds", "f", "a", "b")
    assert not list(mutants.complaints([mutants.Score("bounds", 10, 0, (one,))], {one.key: "Why."}, 90))
    (below,) = mutants.complaints([mutants.Score("bounds", 9, 0, (one,))], {one.key: "Why."}, 90)
    assert below == "bounds: 8 of 9 killed, below 90%"
    (without,) = mutants.complaints([mutants.Score("bounds", 10, 0, (one,))], {}, 90)
    assert "no reason" in without
    (gone,) = mutants.complaints([mutants.Score("bounds", 10, 0, ())], {one.key: "Why."}, 90)
    assert "this survivor is gone" in gone
