"""How long the kernel takes to follow a change of a widget in explore.ipynb (part h)."""

from pathlib import Path
from statistics import median
from time import perf_counter

from measuring import DISTRICT, PLAN, Figure, Findings, Scale

_BAR = 0.2  # seconds


def measure(scratch: Path, scale: Scale) -> Findings:
    """Change every control of the panel to each of its values, one after the other; the median of all changes."""
    from pcmd_eval.explore import Panel
    from pcmd_eval.notebook import open_case

    panel = Panel(open_case(PLAN, DISTRICT))
    took: dict[str, list[float]] = {}
    for _ in range(scale.repeats):
        for control in (panel.unit, *panel.rules.values()):
            for _, value in control.options:
                _change(control, value, took)
            panel.reset.click()
        for value in (False, True):
            _change(panel.late, value, took)
        for _, value in panel.objective.options:
            _change(panel.objective, value, took)
    every = sorted(seconds for found in took.values() for seconds in found)
    reached = median(every)
    figure = Figure("h", "a change of a widget in explore.ipynb", f"{_BAR} s", f"{reached:.3f} s", reached <= _BAR)
    slowest = max(took, key=lambda name: median(took[name]))
    words = f"h: {len(every)} changes of a widget: median {reached:.3f} s, longest {every[-1]:.3f} s"
    return Findings([figure], [f"{words}; slowest control “{slowest}”: median {median(took[slowest]):.3f} s"])


def _change(control: object, value: object, took: dict[str, list[float]]) -> None:
    """Set a control as a click in the browser would; a value that it has already changes nothing and does not count."""
    if control.value == value:  # type: ignore[attr-defined]
        return
    start = perf_counter()
    control.value = value  # type: ignore[attr-defined]
    took.setdefault(control.description, []).append(perf_counter() - start)  # type: ignore[attr-defined]
