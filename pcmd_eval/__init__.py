"""Evaluate a provincial plan on prostitution prevention and control from the returns of its
reporting units.

    from pcmd_eval import open_case, show

    case = open_case("phu_tho_2017", "230")
    show(case.unit_rows(case.findings), "Kết luận", case)

The public names and where each stands: `__init__.pyi`. A module is loaded when a name of it is
first used.
"""

import lazy_loader

__version__ = "0.6.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
