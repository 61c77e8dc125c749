"""Kills a run with four parts at each of its file operations, and resumes it: ``OUT``.

Prints how many operations there are. Every child gets one operation further than the one before.
"""

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
from configurations import link_configuration

from linksim.experiments.execution.lock import is_over, only_run
from linksim.experiments.parts import Parts, remove_unfinished, write_atomically

WRITING = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir")
CONFIGURATION = link_configuration()


def work(out: Path) -> None:
    """Do what a run does with its files."""
    if (out / "results").exists() and is_over(out):
        return
    with only_run(out):
        parts = Parts(out / "parts", CONFIGURATION, resume=True)
        if not (out / "results").exists():
            measure(out, parts)
        parts.remove()


def measure(out: Path, parts: Parts) -> None:
    parts.begin()
    for number in range(4):
        if parts.load(f"{number}") is None:
            parts.save(f"{number}", {"number": np.array(number)})
    stored = [parts.load(f"{number}") for number in range(4)]
    remove_unfinished(out)
    numbers = [str(arrays["number"]) for arrays in stored if arrays]
    write_atomically(out / "results", "".join(numbers).encode())


def killed(out: Path, operation: int) -> bool:
    """Run in a child that kills itself at an operation; tell whether it came that far."""
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL
        return status != 0
    left = itertools.count(operation - 1, -1)

    def die(event: str, _: object) -> None:
        if event in WRITING and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    work(out)
    os._exit(0)


def main(out: Path) -> None:
    work(out / "first")  # so that everything is imported
    for operation in itertools.count(1):
        again = killed(out / "run", operation)
        work(out / "run")
        assert [file.name for file in (out / "run").iterdir()] == ["results"], operation
        assert (out / "run" / "results").read_bytes() == b"0123", operation
        shutil.rmtree(out / "run")
        if not again:
            print(operation - 1)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
