"""Monitor the pairs: meetings, silence, feedback, the slide back into hierarchy, and who stays.

`monitor` looks at a study as it stood on a day. What it returns carries aggregated figures, which may go
into a report, and, only where the plan states a legal basis, what the coordinator needs to support pairs.
The rules behind the signs are plausible and **not validated**; they belong to the plan.
"""

from rmstudy.programme.monitoring.chart import control_chart
from rmstudy.programme.monitoring.endings import kaplan_meier, retention
from rmstudy.programme.monitoring.healthy import Healthy, false_alarms
from rmstudy.programme.monitoring.overview import Coordinator, Monitored, monitor
from rmstudy.programme.monitoring.rules import Rules

__all__ = [
    "Coordinator",
    "Healthy",
    "Monitored",
    "Rules",
    "control_chart",
    "false_alarms",
    "kaplan_meier",
    "monitor",
    "retention",
]
