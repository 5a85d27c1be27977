# Read by editors and, at run time, by lazy_loader: the public names by the module they stand in.
# ASCII only: lazy_loader reads this file in the encoding of the machine.
from .analysis.case import Case as Case
from .analysis.case_editions import close_case as close_case
from .analysis.case_editions import recount as recount
from .analysis.conclusions import conclusions as conclusions
from .analysis.missing_data import describe_missing as describe_missing
from .analysis.missing_data import missing_by_reporter as missing_by_reporter
from .analysis.own_signs import mark_checked as mark_checked
from .analysis.reporting_status import filled_share as filled_share
from .analysis.scenario import save_plan as save_plan
from .analysis.scenario import what_if as what_if
from .analysis.show import conclusion as conclusion
from .analysis.show import quoted as quoted
from .analysis.show import save_excel as save_excel
from .analysis.show import show as show
from .analysis.sums import at_least as at_least
from .analysis.sums import per as per
from .analysis.sums import read_year as read_year
from .analysis.sums import summed as summed
from .analysis.trace import trace as trace
from .analysis.unit_texts import describe_assumptions as describe_assumptions
from .analysis.unit_texts import describe_change as describe_change
from .charts.bar_charts import bars as bars
from .charts.bar_charts import bounds_chart as bounds_chart
from .charts.maps import district_map as district_map
from .evaluation.findings import evaluate as evaluate
from .evaluation.findings import judge as judge
from .objectives.enforcement import CASES as CASES
from .objectives.support_model import distinct_models as distinct_models
from .office.lab.panel import Panel as Panel
from .office.lab.panel import every_choice as every_choice
from .session import open_case as open_case
from .util.frames import pd as pd  # type: ignore[attr-defined]  # pandas, for `import *`
from .util.spelling import fold as fold

__version__: str
