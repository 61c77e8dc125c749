"""Try an install without extras: `linksim link` runs from another folder; its size and its time.

Run by the Python of the environment that it is installed in: ``make test-light``.
"""

import os
import resource
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
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [Path(sys.executable).with_name("linksim"), *words],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code, done.stderr
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{what}: {wall:.1f} s, {cpu:.1f} s of CPU; most memory so far {after.ru_maxrss >> 10} MB"
    )
    return done.stderr


if __name__ == "__main__":
    main()
