"""What it takes until the default sweep can begin: CPU seconds of this process, on stdout.

A process of its own, because modules are imported once.
"""

import json
import sys
import time

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.sweeps.tasks import Order
from linksim.experiments.sweeps.work import facts, known_versions

if __name__ == "__main__":
    facts(Order(SweepConfiguration(), "cpu", 1, False, ".", known_versions()))
    json.dump(time.process_time(), sys.stdout)
