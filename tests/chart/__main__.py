"""python -m chart [UNITTEST_ARGUMENT...]"""

import sys
import unittest

from .cases import Linked, Processes, Rendering  # noqa: F401
from .gate_cases import Gate  # noqa: F401
from .kafka_cases import Kafka  # noqa: F401
from .settings_cases import Refusals, Settings  # noqa: F401

unittest.main(module="__main__", argv=["tools/testing/chart", *sys.argv[1:]], verbosity=2)
