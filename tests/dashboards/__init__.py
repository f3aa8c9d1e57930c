"""What operators see is as promised: dashboards, provisioning, the page of metrics, the contract.

Of servers only a Prometheus over invented series is started; one that runs with a stack is asked by
tools/testing/dash_contract.
"""

from .contract import Broken, Command, Contract
from .described import Described
from .generated import Generated
from .panels import Panels
from .provisioned import Provisioned
from .queries import Queries

__all__ = ["Broken", "Command", "Contract", "Described", "Generated", "Panels", "Provisioned",
           "Queries"]
