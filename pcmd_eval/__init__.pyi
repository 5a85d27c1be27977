# Read by editors and, at run time, by lazy_loader: the public names by the module they stand in.
# ASCII only: lazy_loader reads this file in the encoding of the machine.
from .analysis.case import Case as Case
from .analysis.case_editions import close_case as close_case
from .analysis.conclusions import conclusion as conclusion
from .analysis.scenario import what_if as what_if
from .analysis.show import save_excel as save_excel
from .analysis.show import show as show
from .analysis.sums import per as per
from .analysis.sums import read_year as read_year
from .analysis.sums import summed as summed
from .analysis.trace import trace as trace
from .charts.bar_charts import bars as bars
from .charts.bar_charts import bounds_chart as bounds_chart
from .charts.maps import district_map as district_map
from .evaluation.findings import evaluate as evaluate
from .evaluation.findings import judge as judge
from .objectives.aggregation import at_least as at_least
from .office.lab.panel import Panel as Panel
from .office.lab.panel import every_choice as every_choice
from .session import open_case as open_case
from .util.frames import pd as pd  # type: ignore[attr-defined]  # pandas, for `import *`

__version__: str
