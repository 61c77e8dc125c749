"""Try an install without extras: `linksim link` runs from another folder; its size and its time.

Run by the Python of the environment that it is installed in: ``make test-light``.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

LINK = ("link", "--snr=0:8:0.5", "--modulation=8psk", "--max-blocks=20000")
HEAVY = ("torch", "transformers", "tensorflow", "sionna", "distributed")


def main() -> None:
    """Print what there is and how long links take; fail if one does not run."""
    assert not [name for name in HEAVY if find_spec(name)], "an extra is installed"
    packages = Path(sysconfig.get_path("purelib"))
    names = sorted(d.name for d in distributions() if d.name not in ("pip", "setuptools"))
    print(f"{len(names)} packages, {megabytes(packages)} MB: {', '.join(names)}")
    with tempfile.TemporaryDirectory() as folder:
        for what in ("kernels compiled", "kernels from disk"):
            run(what, *LINK, f"--out={what}", folder=folder)
            assert Path(folder, what, "results.h5").stat().st_size > 0
            assert Path(folder, what, "curves.png").stat().st_size > 0
        refused = run("without an extra", "sweep", "--images=1", folder=folder, code=2)
        assert "pip install 'semantic-linksim[semantic]'" in refused, refused


def megabytes(folder: Path) -> int:
    """Return what a folder takes on the disk."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return round(sum(file.stat().st_blocks * 512 for file in files) / 1e6)


def run(what: str, *words: str, folder: str, code: int = 0) -> str:
    """Run linksim, print what it took, and return what it said on stderr."""
    command = [Path(sys.executable).with_name("linksim"), *words]
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with Path(folder, "said").open("w+", encoding="utf-8") as said:
        start = time.perf_counter()
        started = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, used = os.wait4(started.pid, 0)
        wall = time.perf_counter() - start
        said.seek(0)
        text = said.read()
    assert os.waitstatus_to_exitcode(status) == code, text
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss >> 10
    print(f"linksim {words[0]}, {what}: {wall:.1f} s, {cpu:.1f} s of CPU, {memory} MB of memory")
    return text


if __name__ == "__main__":
    main()
