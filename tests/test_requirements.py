"""The lists of packages with hashes: complete, and of the versions that constraints name."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = {
    "tensorflow": "constraints.txt",
    "torch": "constraints-torch.txt",
    "light": "constraints-torch.txt",
}
EXTRAS = {
    "tensorflow": (
        *("cluster", "data", "dev", "discover", "heif", "jpegxl", "photographs", "semantic"),
        "sionna-tensorflow",
    ),
    "torch": ("all", "dev"),
    "light": (),
}
LISTS = ["pip", "tools", *ENVIRONMENTS]
LINE = re.compile(r"([a-z0-9-]+)==([0-9a-z.]+)(?: --hash=sha256:[0-9a-f]{64})+")


def lines(path: Path) -> list[str]:
    """Return a file's lines without comments, those that go on joined."""
    text = re.sub(r"\s*\\\n\s*", " ", path.read_text(encoding="utf-8"))
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def listed(name: str) -> dict[str, str]:
    """Return the version of each package of a list, which holds nothing but hashed packages."""
    found = [LINE.fullmatch(line) for line in lines(ROOT / "requirements" / f"{name}.txt")]
    assert all(found)
    return {match[1]: match[2] for match in found if match}


def constrained(name: str) -> dict[str, str]:
    versions = dict[str, str]()
    for line in lines(ROOT / name):
        if line.startswith("-c "):
            versions |= constrained(line.removeprefix("-c "))
        else:
            package, version = line.split("==")
            versions[package] = version
    return versions


def needed(name: str) -> set[str]:
    """Return the packages that linksim asks for in an environment, by their own names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted, extras = list(project["dependencies"]), list(EXTRAS[name])
    while extras:
        for one in project["optional-dependencies"][extras.pop()]:
            inner = re.fullmatch(r"semantic-linksim\[(.+)\]", one)
            extras += inner[1].split(",") if inner else []
            wanted += [] if inner else [one]
    if EXTRAS[name]:
        wanted.append("setuptools")  # which builds linksim there
    return {re.split(r"[\[<>=!~ ]", one)[0].lower().replace("_", "-") for one in wanted}


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_packages_with_hashes_and_nothing_else(name: str) -> None:
    assert listed(name)


@pytest.mark.parametrize(("name", "constraints"), ENVIRONMENTS.items())
def test_an_environment_has_the_versions_that_are_tested(name: str, constraints: str) -> None:
    versions = constrained(constraints)
    assert listed(name).items() <= versions.items()
    assert needed(name) <= listed(name).keys()


def test_an_install_without_extras_holds_nothing_large() -> None:
    large = {"torch", "transformers", "tensorflow", "sionna-no-rt", "distributed", "diffusers"}
    assert not large & listed("light").keys()


def test_pip_is_the_one_that_constraints_name() -> None:
    assert listed("pip") == {"pip": constrained("constraints-common.txt")["pip"]}
