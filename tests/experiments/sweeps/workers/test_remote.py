import subprocess
import sys


def test_a_scheduler_reads_tasks_without_loading_a_framework() -> None:
    code = (
        "import sys, linksim.experiments.sweeps.workers.remote; print({'torch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
