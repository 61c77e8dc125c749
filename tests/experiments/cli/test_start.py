"""What a command loads: a start is as quick as the libraries that it waits for."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("torch", "numba", "transformers", "diffusers", "matplotlib", "scipy.stats"),
    *("h5py", "dask", "distributed"),
)
LINK = ["link", "--snr=0", "--max-blocks=100", "--target-bler=0"]


def loaded_in(code: str) -> set[str]:
    """Run Python code in a process of its own; return the heavy modules that it has loaded."""
    code += f"; import sys; print(); print(*{set(HEAVY)!r} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def loaded_by(*arguments: str) -> set[str]:
    """As `loaded_in`, of a command that must not fail."""
    return loaded_in(
        f"from linksim.experiments.cli.main import run; assert run({list(arguments)!r}) == 0"
    )


def test_help_and_lists_wait_for_no_library() -> None:
    for arguments in (["--help"], ["list"], ["link", "--help"], ["sweep", "--help"]):
        assert loaded_by(*arguments) == set(), arguments


def test_a_link_waits_for_its_kernels_and_a_picture_for_matplotlib(tmp_path: Path) -> None:
    assert loaded_by(*LINK, f"--out={tmp_path}") == {"numba", "h5py", "matplotlib"}
    assert loaded_by("show", str(tmp_path / "results.h5")) == {"h5py"}


def test_the_front_loads_what_a_name_needs_when_it_is_asked_for() -> None:
    code = "import sys; before = {*sys.modules}; import linksim; new = {*sys.modules} - before; "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(*(n for n in new if 'linksim' in n))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == {"linksim", "linksim._names"}
    assert loaded_in("import linksim; linksim.CodeSpec.parse('ldpc')") == set()
    assert loaded_in("import linksim; linksim.MessageFormat(1, 8)") == set()
    curves = "linksim.link_curves(0, 'none', 'qpsk', max_blocks=10)"
    assert loaded_in(f"import linksim; {curves}") == {"numba", "h5py"}
    assert "torch" not in loaded_in(f"import linksim; {curves}.plot('ber')")


@pytest.mark.parametrize(
    ("module", "loads"),
    [
        ("linksim.phy", set()),
        ("linksim.source", set()),
        ("linksim.link.protection", set()),
        ("linksim.source.zoo.preset", set()),
        ("linksim.experiments.links.simulation", {"h5py"}),
        ("linksim.experiments.sweeps.sweep", {"torch", "numba", "h5py"}),
        ("linksim.experiments.sweeps.transmission", {"torch", "numba", "h5py"}),
    ],
)
def test_a_module_loads_what_it_needs_from_its_beginning(module: str, loads: set[str]) -> None:
    assert loaded_in(f"import {module}") == loads
