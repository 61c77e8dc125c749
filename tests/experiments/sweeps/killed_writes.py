"""Kills ``linksim link`` at each of its file operations, and resumes it: ``OUT``.

Prints how many operations there are. Every child gets one operation further than the one before.
"""

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

from configurations import link_configuration

from linksim.experiments.links.simulation import run_link

WRITING = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir")
CONFIGURATION = link_configuration(snr="0", max_blocks=100)


def work(out: Path) -> None:
    run_link(CONFIGURATION, out, 1, True, lambda *_: None)


def killed(out: Path, operation: int) -> bool:
    """Run in a child that kills itself at an operation; tell whether it came that far."""
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL
        return status != 0
    left = itertools.count(operation - 1, -1)

    def die(event: str, arguments: tuple[object, ...]) -> None:
        ours = event in WRITING and str(arguments[0]).startswith(str(out))
        if ours and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    try:
        work(out)
        os._exit(0)
    except BaseException as error:
        print(error, file=sys.stderr)
        os._exit(1)


def written(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in out.iterdir()}


def main(out: Path) -> None:
    work(out / "first")  # so that everything is imported and compiled
    whole = written(out / "first")
    assert set(whole) == {"results.h5", "curves.png"}
    for operation in itertools.count(1):
        again = killed(out / "run", operation)
        work(out / "run")
        assert written(out / "run") == whole, operation
        shutil.rmtree(out / "run")
        if not again:
            print(operation - 1)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
