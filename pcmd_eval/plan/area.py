"""Of whom a plan asks: its province with districts and communes, and what they are called."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

import pandas as pd
from pydantic import Field

from pcmd_eval.plan.register import LEVELS, LaterUnits, load_register, matching, resembling
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_count, join_items
from pcmd_eval.util.vocabulary import MAX_NAMED
from pcmd_eval.util.yaml_models import StrictModel, Text, load_model


class Units(StrictModel):
    """Which register the plan's units come from, their boundaries, and the plan's own word for its
    districts.
    """

    register_file: Text = Field(alias="register")
    province: Annotated[str, Field(pattern=r"^\d{2}$")]
    districts_word: Text | None = None
    boundaries: str | None = None
    credit: str = ""
    later: str | None = None


class Place(StrictModel):
    """The units of a plan's year, and the words for them."""

    units: Units

    @cached_property
    def register(self) -> pd.DataFrame:
        """The units of the plan's year, as `units.load_register` gives them."""
        return load_register(paths.UNITS / self.units.register_file, self.province)

    @property
    def province(self) -> str:
        """The code of the province."""
        return self.units.province

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The districts in the order of the register, by code as text: officials list them so, and
        it ranks nobody.
        """
        return self.register[self.register.level == "district"]

    @cached_property
    def reporters(self) -> pd.DataFrame:
        """Those who send a return, in the one order of units: the districts, the province or its
        own bodies last.
        """
        return pd.concat([self.districts, self.register.loc[[self.province]]])

    @cached_property
    def senders(self) -> pd.DataFrame:
        """`reporters` under the names by which they send: the province is its own bodies there."""
        bodies = {"full_name": self.own_bodies, "inline_name": self.own_bodies.lower()}
        senders = self.reporters.copy()
        senders.loc[self.province, [*bodies]] = [*bodies.values()]
        return senders

    def listed(self, reporters: Iterable[str]) -> str:
        """huyện Đoan Hùng và các cơ quan cấp tỉnh; of many how many there are."""
        names = [*self.senders.inline_name[[*reporters]]]
        return (
            join_items(names) if len(names) <= MAX_NAMED else f"{format_count(len(names))} đơn vị"
        )

    @cached_property
    def _communes(self) -> dict[str | None, pd.DataFrame]:
        """The communes of each district, by its code, and under None all of them."""
        communes = self.register[self.register.level == "commune"]
        return {None: communes} | dict([*communes.groupby("parent")])

    def communes(self, district: str | None = None) -> pd.DataFrame:
        """The communes of a district, or all."""
        communes = self._communes.get(district, self._communes[None].iloc[:0])
        return communes.copy(deep=False)  # who changes it changes nobody else's

    def unit(self, written: str) -> pd.Series:
        """The row of the district or province with that code or name, also without accents where
        only one has it.

        Raises InputRefused that lists those it could be.
        """
        if written.strip() in self.reporters.index:
            return self.reporters.loc[written.strip()]
        meant = matching(written, self.reporters)
        meant = resembling(written, self.reporters) if meant.empty else meant
        if len(meant) == 1:
            return meant.iloc[0]
        wrong, possible = f"Tên “{written}” chỉ nhiều đơn vị", meant
        if meant.empty:
            wrong, possible = f"Không có đơn vị nào mang mã hoặc tên “{written}”", self.reporters
        listed = "; ".join(possible.index + " " + possible.full_name)
        raise InputRefused(f"{wrong}. Dùng một trong các mã: {listed}.")

    @cached_property
    def later(self) -> LaterUnits:
        """The communes of a later register; none where the plan names no such file."""
        if not self.units.later:
            return LaterUnits(decree="", units=())
        return load_model(paths.UNITS / self.units.later, LaterUnits)

    @cached_property
    def districts_word(self) -> str:
        """What the plan calls its districts, else the kinds there are: huyện, thị xã, thành phố."""
        present = {*self.districts.type}
        kinds = [kind.lower() for kind in LEVELS["district"].types if kind in present]
        return self.units.districts_word or ", ".join(kinds)

    @cached_property
    def kind(self) -> str:
        """What the province is: tỉnh, or a thành phố of the same rank."""
        return str(self.register.type[self.province]).lower()

    @property
    def party(self) -> str:
        """Its party committee: Tỉnh ủy, Thành ủy."""
        return f"{self.kind.split()[0].capitalize()} ủy"

    @property
    def own_bodies(self) -> str:
        """Who sends the province's own return."""
        return f"Các cơ quan cấp {self.kind}"

    @property
    def each(self) -> str:
        """What one of its districts is called where none in particular is meant: huyện, in a city
        with quận also that.
        """
        return "quận, huyện" if (self.districts.type == "Quận").any() else "huyện"
