"""Which commune a row is about: its code and its name must agree on one of the reporter's own."""

from typing import NamedTuple

from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold, fold_name
from pcmd_eval.units import alike, named, readings


class Meant(NamedTuple):
    """The communes that a row may be about, and what is wrong where it does not say which one."""

    codes: tuple[str, ...] = ()
    rule: str = ""
    words: str = ""


class Communes:
    """The communes of one reporter, among which rows are found."""

    def __init__(self, plan: Plan, reporter: str) -> None:
        self.plan, self.reporter = plan, reporter
        self.own = plan.communes(reporter)
        self.by_name: dict[str, dict[str, str]] = {}  # folded name: code: type
        for unit in self.own.itertuples():
            self.by_name.setdefault(fold_name(unit.name), {})[unit.Index] = unit.type

    def known(self, code: str, name: str) -> bool:
        """Whether a row says, rightly or not, about which commune it is."""
        coded = fold(code).zfill(5) in self.plan.register.index
        return coded or bool(name and self._named(name))

    def meant(self, code: str, typed: bool, name: str) -> Meant:
        """Read code and name.

        `typed`: the code is a number, and 7888 is 07888 only where the name agrees.
        """
        code = fold(code)
        coded = next((c for c in (code, code.zfill(5)) if c in self.own.index), "")
        by_name = self._named(name) if name else []
        agrees = coded in by_name if name else coded == code and not typed
        if coded and agrees:
            return Meant((coded,))
        names = self.plan.register.full_name
        if not coded and self._of_another(code, name):
            return self._foreign(f"“{names[code]}” không thuộc {names[self.reporter]}")
        only = by_name[0] if len(by_name) == 1 else ""
        suspects = tuple(dict.fromkeys(c for c in (coded, only) if c))
        hint = "" if only else self._suggestion(name)
        if not suspects:
            return self._foreign(f"không rõ xã nào (mã “{code}”, tên “{name}”{hint})")
        if coded:
            said = f"mã “{code}” là {self.own.full_name[coded]}, tên ghi “{name}”{hint}"
            return Meant(suspects, "code-name", f"{said}: mã và tên phải khớp; sửa một trong hai")
        said = f"mã “{code}” không phải mã xã" if code else "chưa ghi mã xã"
        return Meant(suspects, "code-name", f"{said}; ghi {only} ({self.own.full_name[only]})")

    def _named(self, name: str) -> list[str]:
        """The communes that a written name means, as `units.named`, for thousands of rows."""
        meant: list[str] = []
        for kind, said in readings(name):
            own = self.by_name.get(fold_name(said), {})
            meant += [code for code, type_ in own.items() if kind in (None, type_)]
        return [*dict.fromkeys(meant)]

    def _of_another(self, code: str, name: str) -> bool:
        """Whether the code is that of another reporter's commune, and the name does not deny it."""
        register = self.plan.register
        return code in register.index and not (name and named(name, register.loc[[code]]).empty)

    def _foreign(self, said: str) -> Meant:
        return Meant((), "foreign-unit", f"{said}; dòng này không được tính, sửa mã và tên")

    def _suggestion(self, name: str) -> str:
        if not name:
            return ""
        if later := self.plan.later_unit(name, self.reporter):
            return f" ({later}; năm của kế hoạch chưa có)"
        near = alike(name, self.own).full_name
        return f" (có phải {near.iloc[0]}?)" if len(near) else ""
