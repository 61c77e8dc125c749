"""The repository's layout: which folders are packages, and who may import whom."""

import ast
import importlib
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("phy", "source", "link", "experiments")
PACKAGES = (*FOLDERS, "face")
MAY_IMPORT = {
    "phy": {"phy"},
    "source": {"source"},
    "link": {"link", "phy", "source"},
    "experiments": {"experiments", "link", "phy", "source"},
    "face": {"experiments", "link", "phy", "source"},
}
BELOW_ALL = {"_names", "_given"}  # modules of the face that know nothing of the rest


# What compiled kernels are made of knows nothing of the physical layer; scenes are drawn by it too.
KERNELS = "linksim.phy.kernels"
DRAWING_KERNELS = "source/world/kernels.py"


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("folder", PACKAGES)
def test_imports_point_in_the_direction_of_the_data(folder: str) -> None:
    for path in modules(folder):
        names = {n for n in imported(path) if n.startswith("linksim.")}
        if path.relative_to(ROOT).as_posix() == DRAWING_KERNELS:
            names = {n for n in names if not n.startswith(KERNELS)}
        ours = {n.split(".")[1] for n in names}
        assert ours <= MAY_IMPORT[folder] | BELOW_ALL, path


def test_what_is_below_all_imports_nothing_of_linksim() -> None:
    for name in BELOW_ALL:
        assert not {n for n in imported(ROOT / "face" / f"{name}.py") if n.startswith("linksim")}


# Rooms of a folder, each of which may import from those before it.
ROOMS = {
    "experiments": (
        *("faults", "extras", "text_out", "cores", "configuration", "constellations", "physical"),
        *("data", "results", "report", "links", "machine_tasks", "sweeps", "bench", "studies"),
        *("training", "calls", "cli", "__main__"),
    ),
    "phy": (
        *("arithmetic", "kernels", "cores", "refused", "checks", "snr", "options", "installed"),
        *("crc", "bits", "mcs"),
        *("own_channel", "channel", "modulation", "own_code"),
        *("turbo_lengths", "circular_buffer", "puncturing"),
        *("families", "codes", "rate_matching", "analogue", "segmentation", "blocks", "tensors"),
        *("engine", "reception", "spec", "native", "cuda", "packing", "stages", "sionna"),
        *("engines", "physical_layer", "retransmissions", "harq", "setup", "__init__"),
    ),
}


def room_of(folder: str, module: str) -> str:
    """Return the room that a module of a folder is in, given as ``linksim.FOLDER.ROOM…``."""
    return (module.removeprefix(f"linksim.{folder}") or ".__init__").split(".")[1]


@pytest.mark.parametrize("folder", ROOMS)
def test_rooms_import_from_those_below_them(folder: str) -> None:
    floors = {room: floor for floor, room in enumerate(ROOMS[folder])}
    for path in modules(folder):
        room = path.relative_to(ROOT / folder).parts[0].removesuffix(".py")
        if (folder, room) == ("experiments", "__init__"):
            continue
        ours = {n for n in imported(path) if n.startswith(f"linksim.{folder}.")}
        above = {n for n in ours if floors[room_of(folder, n)] > floors[room]}
        assert not above, path


CODES = {"ldpc", "nr", "polar", "turbo", "conv", "repetition", "none"}


def constants(node: ast.AST) -> set[object]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_asks_for_a_codes_name(folder: str) -> None:
    """What depends on a code is asked of its family."""
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and constants(node) & CODES:
                sides = (node.left, *node.comparators)
                asked = {side.attr for side in sides if isinstance(side, ast.Attribute)}
                assert not asked & {"name", "code"}, f"{path}:{node.lineno}"


FRAMEWORKS = {
    "tensorflow": {"phy/sionna/tensorflow_engine.py"},
    "sionna": {
        f"phy/sionna/{name}.py" for name in ("blocks", "convolutional", "ldpc", "polar", "turbo")
    },
    "torch": {
        *("phy/tensors.py", "phy/packing.py", "phy/cuda/tensor_kernels.py"),
        *("phy/sionna/torch_engine.py", "phy/sionna/torch_draws.py"),
    },
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_frameworks_stay_where_they_belong(framework: str) -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        if framework != "torch" or folder == "phy"
        for path in modules(folder)
        if framework in {name.split(".")[0] for name in imported(path)}
    }
    assert importers == FRAMEWORKS[framework]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_package_loads_no_framework(folder: str) -> None:
    frameworks = {"tensorflow", "sionna", "torch", "numba"}
    code = f"import sys, linksim.{folder}; print({frameworks!r} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


@pytest.mark.parametrize("folder", ["phy", "source", "link"])
def test_a_package_has_the_names_that_it_lists(folder: str) -> None:
    package = importlib.import_module(f"linksim.{folder}")
    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match=f"'linksim.{folder}' has no attribute 'nothing'"):
        _ = package.nothing


def test_phy_knows_no_files_and_source_no_channel() -> None:
    for path in modules("phy"):
        assert not {n.split(".")[0] for n in imported(path)} & {"click", "h5py"}, path
    for path in modules("source"):
        assert not {n.split(".")[0] for n in imported(path)} & {"click", "h5py", "numba"}, path


def test_every_folder_with_code_is_in_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(settings["tool"]["setuptools"]["packages"])
    found = {
        "linksim." + path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for folder in FOLDERS
        for path in modules(folder)
    }
    assert listed == found | {"linksim"}


def links(tree: Path) -> dict[str, Path]:
    return {path.name: path.resolve() for path in tree.iterdir() if path.is_symlink()}


def test_the_tree_of_links_is_the_package() -> None:
    """Editable installs and type checkers take it for the package."""
    front = {path.name: path for path in (ROOT / "face").iterdir() if path.is_file()}
    assert links(ROOT / ".static" / "linksim") == {
        **front,
        **{folder: ROOT / folder for folder in FOLDERS},
    }


@pytest.mark.parametrize("kind", ["a repository", "a source archive"])
def test_an_editable_install_puts_that_tree_on_the_path(kind: str, tmp_path: Path) -> None:
    """Type checkers and editors follow a path, and no hook of the import system's."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", *PACKAGES):
        (source / name).symlink_to(ROOT / name)
    tree = source / ".static" / "linksim"
    if kind == "a repository":
        tree.parent.mkdir()
        tree.symlink_to(ROOT / ".static" / "linksim")
    build = "from setuptools.build_meta import build_editable as b; b(__import__('sys').argv[1])"
    command = [sys.executable, "-c", build, str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (made,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(made) as wheel:
        (path,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".pth"))
    assert Path(path.strip()) == tree.parent
    assert links(tree) == links(ROOT / ".static" / "linksim")


def test_the_stub_of_a_front_names_what_is_there() -> None:
    for package in ("linksim", "linksim.phy", "linksim.link"):
        module = importlib.import_module(package)
        assert len(module.__all__) > 10
        assert all(getattr(module, name) is not None for name in module.__all__)
        assert set(module.__all__) <= set(dir(module))
        with pytest.raises(AttributeError, match=f"'{package}' has no attribute 'nothing'"):
            _ = module.nothing


def test_the_version_is_the_packages() -> None:
    import linksim

    assert linksim.__version__ == version("semantic-linksim")
    command = [sys.executable, "-m", "linksim", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"linksim, version {linksim.__version__}\n"


def test_the_front_refuses_to_be_imported_under_its_folders_name() -> None:
    command = [sys.executable, "-c", "import face"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "import linksim, not face" in result.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_refuses_to_be_imported_under_its_bare_name(folder: str) -> None:
    command = [sys.executable, "-c", f"import {folder}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert f"import linksim.{folder}, not {folder}" in result.stderr


def test_tests_mirror_the_code() -> None:
    code = {p.parent.relative_to(ROOT).as_posix() for f in FOLDERS for p in modules(f)}
    tests = {
        p.parent.relative_to(ROOT / "tests").as_posix() for p in (ROOT / "tests").rglob("test_*.py")
    }
    assert tests - {"."} <= code


SPEAKERS = {
    "experiments/text_out.py",
    "experiments/cli/list.py",  # of names that linksim or a plugin has
    "experiments/training/trainer.py",  # of numbers
}


def test_what_is_printed_goes_through_one_function() -> None:
    for path in modules("experiments"):
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        printed = {ast.unparse(call.func) for call in calls} & {"print", "click.echo"}
        assert not printed or path.relative_to(ROOT).as_posix() in SPEAKERS, path
