"""linksim on a system that lacks what is POSIX's: locks, limits, owners, signals, affinity, forks.

`elsewhere/sitecustomize.py` takes these away from every Python that is started here.
"""

import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results import hdf5_worker
from linksim.source.stills import worker

ELSEWHERE = Path(__file__).with_name("elsewhere")
LINK = ["link", "--snr=3:5", "--code=ldpc,none", "--max-blocks=100", "--seed=7"]


def surroundings() -> dict[str, str]:
    paths = [str(ELSEWHERE), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def elsewhere(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of linksim's there."""
    return subprocess.run(
        [sys.executable, "-m", "linksim.experiments", *words],
        env=surroundings(), capture_output=True, text=True, check=False, **options,
    )  # fmt: skip


def test_what_posix_has_is_taken_away_for_sure() -> None:
    code = "import os, signal, sys; print(hasattr(os, 'fork'), hasattr(signal, 'setitimer')); "
    code += "import fcntl"
    done = subprocess.run(
        [sys.executable, "-c", code], env=surroundings(), capture_output=True, text=True
    )
    assert done.stdout == "False False\n"
    assert "ModuleNotFoundError" in done.stderr


def test_a_link_is_simulated_and_shown_as_it_is_here(tmp_path: Path) -> None:
    assert run([*LINK, "--out", str(tmp_path / "here")]) == 0
    done = elsewhere(*LINK, "--out=there", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "compiling" not in done.stderr  # kernels on the disk are found there too
    assert {path.name for path in (tmp_path / "there").iterdir()} == {"results.h5", "curves.png"}
    with (
        h5py.File(tmp_path / "here/results.h5") as ours,
        h5py.File(tmp_path / "there/results.h5") as theirs,
    ):
        for name in ("curves/0/block_errors", "curves/0/bit_errors", "curves/1/bit_errors"):
            assert np.array_equal(ours[name][:], theirs[name][:])
    shown = elsewhere("show", "there/results.h5", cwd=tmp_path)
    assert (shown.returncode, "ldpc" in shown.stdout) == (0, True), shown.stderr


def test_one_run_at_a_time_writes_into_a_folder(tmp_path: Path) -> None:
    hold = "from pathlib import Path; from linksim.experiments.results.lock import only_run\n"
    hold += f"with only_run(Path({str(tmp_path)!r})):\n    print('held', flush=True); input()\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], env=surroundings(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    refused = elsewhere(*LINK, f"--out={tmp_path}")
    assert refused.returncode == 2
    assert "another run is writing there" in refused.stderr
    holder.communicate("\n")
    assert not list(tmp_path.iterdir())
    assert elsewhere(*LINK, f"--out={tmp_path}").returncode == 0


def test_a_link_in_the_lock_s_place_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.running").symlink_to(mine)
    refused = elsewhere(*LINK, f"--out={tmp_path / 'out'}")
    assert refused.returncode == 2
    assert ".running in it is not linksim's" in refused.stderr
    assert (tmp_path / "out/.running").is_symlink()


def test_a_picture_arrives_as_it_does_here(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).resize((64, 64)).save(tmp_path / "a.png")
    words = ["--query=what is there?", "--codec=jpeg2000", "--snr=8", "--device=cpu"]
    assert run(["transmit", str(tmp_path / "a.png"), *words, f"--out={tmp_path / 'here'}"]) == 0
    done = elsewhere("transmit", "a.png", *words, "--out=there", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    received = [Image.open(tmp_path / name / "a-received.png") for name in ("here", "there")]
    assert np.array_equal(*map(np.asarray, received))


@pytest.mark.parametrize("damaged", [False, True])
def test_the_guarded_decoder_answers(tmp_path: Path, damaged: bool) -> None:
    Image.new("RGB", (4, 4), (1, 2, 3)).save(tmp_path / "a.png")
    stream = (tmp_path / "a.png").read_bytes()[: 40 if damaged else None]
    # Without -I, by which linksim starts it, so that it meets the place.
    done = subprocess.run(
        [sys.executable, worker.__file__, "PNG"], env=surroundings(), check=True,
        input=struct.pack(worker.HEADER, 1, 4, 4, len(stream)) + stream, capture_output=True,
    )  # fmt: skip
    answer = b"" if damaged else bytes((1, 2, 3)) * 16
    assert done.stdout == worker.READY + struct.pack(worker.ANSWER, 1, len(answer)) + answer


@pytest.mark.parametrize("limit", [worker._limit_memory, hdf5_worker._limit_memory])
def test_a_mac_takes_no_limit_of_memory(
    monkeypatch: pytest.MonkeyPatch, limit: Callable[[int], None]
) -> None:
    def refused(what: int, limits: tuple[int, int]) -> None:
        if what == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refused)
    with pytest.raises(ValueError, match="exceeds"):
        limit(1 << 30)
    monkeypatch.setattr(sys, "platform", "darwin")
    limit(1 << 30)
