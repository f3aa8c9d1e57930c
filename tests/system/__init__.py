"""All binaries and the real servers together: what no test of one part can show.

One small system for all cases, which leave it whole. The day of all 120 units is tools/testing/day,
random faults are tools/faults.
"""

from .access import Databases, Topics
from .batches import SharedCommits
from .cases import Broker, Copies, Limits, Metrics, Officials, Processes
from .deadlines import Deadlines
from .destruction import Destructions
from .readme import Readme
from .uploads import Uploads
from .watching import GivingUp, Watching

__all__ = ["Broker", "Copies", "Databases", "Deadlines", "Destructions", "GivingUp", "Limits",
           "Metrics", "Officials", "Processes", "Readme", "SharedCommits", "Topics", "Uploads",
           "Watching"]
