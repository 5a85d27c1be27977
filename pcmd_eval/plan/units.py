"""The units of a plan: its province, the units that report, their communes and areas."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from pcmd_eval.plan.register import LEVELS, load_register, match_name
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import join_or_count
from pcmd_eval.util.spelling import alphabet_key, strip_accents
from pcmd_eval.util.yaml_models import StrictModel, Text


class UnitSettings(StrictModel):
    """The `units` of a plan file: the register, and the level of the units that report.

    `unit_kinds`: what the plan calls these units; `notebooks`: "review" gives each of them one
    notebook instead of one for each objective; `boundaries`: a GeoJSON file in data/units for maps,
    `credit`: its source and licence.
    """

    register_file: Text = Field(alias="register")
    province: Annotated[str, Field(pattern=r"^\d{2}$")]
    reporters: Literal["district", "commune"] = "district"
    notebooks: Literal["all", "review"] = "all"
    unit_kinds: Text | None = None
    boundaries: str | None = None
    credit: str = ""


class PlanUnits(StrictModel):
    """The units of a plan's year, and the words for them.

    There are three kinds: the province, the units that report (`reporting_units`: districts, or
    communes), and the communes on which a unit reports (a district's communes, or the unit itself).
    """

    units: UnitSettings

    @cached_property
    def register(self) -> pd.DataFrame:
        """The units of the plan's year, see `register.load_register`."""
        return load_register(paths.UNITS / self.units.register_file, self.province)

    @property
    def province(self) -> str:
        """The code of the province."""
        return self.units.province

    @cached_property
    def reporting_units(self) -> pd.DataFrame:
        """The units that report, rows of `register`: districts by code, communes by area."""
        units = self.register[self.register.level == self.units.reporters]
        has_districts = (self.register.level == "district").any()
        # Areas are sorted if they are districts; those of a file of communes keep its order.
        by_area = units.area.factorize(sort=has_districts)[0].argsort(kind="stable")
        return units.iloc[by_area]

    @cached_property
    def reporters(self) -> pd.DataFrame:
        """The rows of the register of all reporters: `reporting_units`, then the province."""
        return pd.concat([self.reporting_units, self.register.loc[[self.province]]])

    @cached_property
    def senders(self) -> pd.DataFrame:
        """`reporters`, but the province has the names of its own bodies (Các cơ quan cấp tỉnh)."""
        bodies = {"full_name": self.own_bodies, "inline_name": self.own_bodies.lower()}
        senders = self.reporters.copy()
        senders.loc[self.province, [*bodies]] = [*bodies.values()]
        return senders

    def join_names(self, reporters: Iterable[str]) -> str:
        """Return reporters as part of a sentence: "huyện A và huyện B", or "07 đơn vị" if many."""
        return join_or_count([*self.senders.inline_name[[*reporters]]])

    # ---- communes and areas ----------------------------------------------------------------------

    @property
    def communes_report(self) -> bool:
        """Return whether the units are communes: each reports on itself alone."""
        return self.units.reporters == "commune"

    @cached_property
    def _communes(self) -> dict[str | None, pd.DataFrame]:
        """The communes by the code of the unit that reports on them; key None: all communes."""
        communes = self.register[self.register.level == "commune"]
        unit = communes.index.to_series() if self.communes_report else communes.parent
        by_unit: dict[str | None, pd.DataFrame] = dict([*communes.groupby(unit, sort=False)])
        return {None: communes} | by_unit

    def communes(self, unit: str | None = None) -> pd.DataFrame:
        """Các xã, phường, thị trấn mà một đơn vị báo cáo, hoặc tất cả.

        case.plan.communes("230")
        """
        communes = self._communes.get(unit, self._communes[None].iloc[:0])
        return communes.copy(deep=False)  # so that columns set by a caller stay the caller's

    @cached_property
    def areas(self) -> pd.Series:
        """The areas by which units are summed: names by code, in the order of the alphabet.

        An area is a district (or former district) whose communes report; empty where districts do.
        """
        units = self.reporting_units[self.reporting_units.area != ""]
        names = units.drop_duplicates("area").set_index("area").area_name
        return names[sorted(names.index, key=lambda code: alphabet_key(names[code]))]

    # ---- a unit by what a user writes ------------------------------------------------------------

    def unit(self, written: str) -> pd.Series:
        """Dòng danh mục của nơi gửi báo cáo có mã hoặc tên ấy.

            case.plan.unit("Đoan Hùng").full_name

        The row is a Series; its `.name` is the code. Accents may be missing where only one unit has
        the name without them. Raises InputRefused that lists the possible units.
        """
        if written.strip() in self.reporters.index:
            return self.reporters.loc[written.strip()]
        meant = match_name(written, self.reporters)
        meant = match_name(written, self.reporters, strip_accents) if meant.empty else meant
        if len(meant) == 1:
            return meant.iloc[0]
        wrong, possible = f"Tên “{written}” chỉ nhiều đơn vị", meant
        if meant.empty:
            wrong, possible = f"Không có đơn vị nào mang mã hoặc tên “{written}”", self.reporters
        listed = "; ".join(possible.index + " " + possible.full_name)
        raise InputRefused(f"{wrong}. Dùng một trong các mã: {listed}.")

    # ---- words -----------------------------------------------------------------------------------

    @cached_property
    def _unit_types(self) -> list[str]:
        """The types of the reporting units, lower case, in the order of `LEVELS`."""
        present = {*self.reporting_units.type}
        types = LEVELS[self.units.reporters].types
        return [name.lower() for name in types if name in present]

    @cached_property
    def unit_kinds(self) -> str:
        """The plan's words for its units, by default their types: huyện, thị xã, thành phố."""
        return self.units.unit_kinds or ", ".join(self._unit_types)

    @property
    def commune_kinds(self) -> str:
        """The types of the plan's communes: xã, phường, thị trấn."""
        return self.commune_kinds_of(self.province)

    def commune_kinds_of(self, unit: str) -> str:
        """Return the types of a unit's communes: "xã, thị trấn"; of the plan's if it has none."""
        own = self.communes(unit)
        present = {*(self.communes() if own.empty else own).type}
        return ", ".join(kind.lower() for kind in LEVELS["commune"].types if kind in present)

    @property
    def unit_word(self) -> str:
        """The word for one unit of any type: "huyện", "quận, huyện" or "xã, phường"."""
        if self.communes_report:
            return ", ".join(self._unit_types)
        return "quận, huyện" if "quận" in self._unit_types else "huyện"

    @property
    def unit_level(self) -> str:
        """The level of the units in words: cấp huyện, cấp xã."""
        return f"cấp {LEVELS[self.units.reporters].word}"

    @cached_property
    def kind(self) -> str:
        """The type of the province: tỉnh or thành phố."""
        return str(self.register.type[self.province]).lower()

    @property
    def party(self) -> str:
        """The province's party committee: Tỉnh ủy or Thành ủy."""
        return f"{self.kind.split()[0].capitalize()} ủy"

    @property
    def own_bodies(self) -> str:
        """The name of those who send the province's own return: Các cơ quan cấp tỉnh."""
        return f"Các cơ quan cấp {self.kind}"
