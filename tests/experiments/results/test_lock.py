import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results.lock import only_run

HOLD = """
import sys
from pathlib import Path
from linksim.experiments.results.lock import only_run
with only_run(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_at_once_until_the_first_is_killed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", HOLD, str(out)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(Fault, match="another run is writing there"), only_run(out):
            pass
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with only_run(out):
            assert out.is_dir()


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    with only_run(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_stays(tmp_path: Path) -> None:
    with only_run(tmp_path / "out"):
        (tmp_path / "out" / "results").write_text("found")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["results"]


def test_a_failure_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path):
        raise ZeroDivisionError
    with only_run(tmp_path):
        pass
