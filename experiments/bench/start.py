"""What it takes until the default sweep can begin: CPU seconds of this process, on stdout.

A process of its own, because modules are imported once.
"""

import json
import sys
import time
from pathlib import Path

import torch

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.sweeps.execution import Execution, order_for
from linksim.experiments.sweeps.setting import plan_of
from linksim.experiments.sweeps.work import facts

if __name__ == "__main__":
    alone = Execution(Path(), 1, torch.device("cpu"), threads=1, resume=False)
    facts(order_for(plan_of(SweepConfiguration()), alone))
    json.dump(time.process_time(), sys.stdout)
