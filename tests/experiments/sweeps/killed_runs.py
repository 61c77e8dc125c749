"""Runs sweeps that are killed at random moments, and resumes them: ``killed_runs.py OUT KILLS``.

Models are loaded once; each run is a child that is forked from there and killed for real. Forking
is safe because the process has one thread. Prints JSON: what a run leaves undisturbed, what the
resumed ones left, and how many parts there were at each kill.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from configurations import sweep_configuration

from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, run_sweep

CONFIGURATION = sweep_configuration(snr="4,20")


def run(out: Path) -> None:
    execution = Execution(out, 16, torch.device("cpu"), 1, resume=True)
    run_sweep(CONFIGURATION, execution, lambda piece: None)


def forked(out: Path) -> int:
    """Return the process that runs a sweep."""
    assert len(os.listdir("/proc/self/task")) == 1
    if child := os.fork():
        return child
    try:
        run(out)
        os._exit(0)
    except BaseException as error:
        print(error, file=sys.stderr)
        os._exit(1)


def finished(child: int) -> bool:
    """Wait for a child; tell whether it came to its end, and was not killed before."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the sweep failed"
    return True


def digest(out: Path) -> str:
    """Return a digest of all that a run left."""
    files = sorted(path for path in out.rglob("*"))
    content = b"".join(str(file.relative_to(out)).encode() + file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()


def main(out: Path, kills: int) -> None:
    torch.set_num_threads(1)
    run(out / "first")  # loads the models
    start = time.monotonic()
    assert finished(forked(out / "whole"))
    duration = time.monotonic() - start

    moments, parts, left = random.Random(0), list[int](), list[str]()
    run_number = 0
    while len(parts) < kills or (out / str(run_number)).exists():
        folder = out / str(run_number)
        child = forked(folder)
        if len(parts) < kills:
            time.sleep(moments.uniform(0, duration))
            os.kill(child, signal.SIGKILL)  # which finds it finished at times, and waiting for us
        if finished(child):
            left.append(digest(folder))
            run_number += 1
        else:
            parts.append(len(list((folder / "parts").glob("*.npz"))))
    assert (out / "first" / RESULTS_FILE).exists()
    print(json.dumps({"undisturbed": digest(out / "whole"), "resumed": left, "parts": parts}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
