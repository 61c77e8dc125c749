"""What a package index shows of linksim, and what a source archive holds."""

import re
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what setuptools makes of the project's description."""
    base = tmp_path_factory.mktemp("egg")
    command = [sys.executable, "setup.py", "--quiet", "egg_info", "--egg-base", str(base)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return base / "semantic_linksim.egg-info"


@pytest.fixture
def metadata(described: Path) -> Message:
    return Parser().parsestr((described / "PKG-INFO").read_text("utf-8"))


def test_an_index_knows_who_wrote_it_for_what(metadata: Message) -> None:
    assert metadata["Name"] == "semantic-linksim"
    assert metadata["Author"]
    assert metadata["License-Expression"] == "Apache-2.0"
    classifiers = metadata.get_all("Classifier", [])
    versions = [c.rpartition(" ")[2] for c in classifiers if re.search(r":: 3\.\d+$", c)]
    assert versions == ["3.11", "3.12", "3.13"]
    assert metadata["Requires-Python"] == ">=3.11"


def test_what_an_index_shows_leads_to_no_file_of_the_repository(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    shown = metadata.get_payload()
    assert isinstance(shown, str)
    assert "# linksim" in shown
    assert len(shown) > 5000
    assert all(link.startswith("https:") for link in re.findall(r"\]\(([^)]*)\)", shown))
    assert "![" not in shown
    assert "[]" not in shown


def test_a_source_archive_holds_all_that_belongs_to_it(described: Path) -> None:
    held = set((described / "SOURCES.txt").read_text("utf-8").splitlines())
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("no git repository")
    belonging = {name for name in tracked.stdout.split("\0") if name}
    links = {name for name in belonging if (ROOT / name).is_symlink()}  # of .static/
    assert belonging - held - links <= {".gitignore"}
    assert {"CHANGELOG.md", "docs/index.md", "tests/test_package.py"} <= held
    assert not {name for name in held if name.endswith((".pyc", ".kernel"))}


def test_what_a_wheel_packs_is_below_100_megabytes() -> None:
    """Before compression, which weights hardly give in to."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "phy", "source", "link", "experiments", "face"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("no git repository")
    sizes = [(ROOT / name).stat().st_size for name in tracked.stdout.split("\0") if name]
    assert 1e6 < sum(sizes) < 100e6
