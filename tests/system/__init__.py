"""All binaries and the real servers together: what no test of one part can show.

One small system for all cases, which leave it whole. The day of all 120 units is tools/testing/day,
random faults are tools/faults.
"""

from .access import Databases, Topics
from .batches import SharedCommits
from .browser import Browser
from .canary_traces import Canaries
from .cases import Broker, Copies, Limits, Metrics, Officials, Processes
from .deadlines import Deadlines
from .destruction import Destructions
from .following import Following
from .hotline import Hotline
from .hotline_faults import HotlineFaults
from .integrators import Integrators
from .mail import Mail
from .open311 import Open311
from .ops import OpsLooks, OpsRepairs
from .ops_parked import OpsParked, OpsSilences
from .portal_http import PortalHttp
from .portal_kept import PortalKept
from .portal_privacy import PortalPrivacy
from .readme import Readme
from .rights import RightsMatrix, RightsMatrixTopics
from .runbooks import Runbooks
from .steps import Steps
from .uploads import Uploads
from .watching import GivingUp, Watching

__all__ = ["Broker", "Browser", "Canaries", "Copies", "Databases", "Deadlines", "Destructions",
           "Following", "GivingUp", "Hotline", "HotlineFaults", "Integrators", "Limits",
           "Mail", "Metrics", "Officials", "Open311", "OpsLooks", "OpsParked",
           "OpsRepairs", "OpsSilences", "PortalHttp", "PortalKept", "PortalPrivacy",
           "Processes", "Readme", "RightsMatrix", "RightsMatrixTopics", "Runbooks",
           "SharedCommits", "Steps", "Topics", "Uploads", "Watching"]
