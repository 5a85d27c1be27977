"""A plan together with the form its returns are written on and the register of its units."""

from dataclasses import dataclass

from pcmd_eval import paths
from pcmd_eval.form import Form, load_form
from pcmd_eval.plan import Plan, load_plan
from pcmd_eval.units import Register, load_register


@dataclass(frozen=True)
class Project:
    """Everything about a plan that is known before any return arrives."""

    plan: Plan
    form: Form
    register: Register


def open_project(plan: str) -> Project:
    """The plan of that name (or file) with its form and register; raises InputRefused naming what is wrong."""
    loaded = load_plan(plan)
    units = loaded.units
    later = paths.UNITS / units.later if units.later else None
    register = load_register(paths.UNITS / units.register_file, units.province, later)
    return Project(loaded, load_form(loaded.form), register)
