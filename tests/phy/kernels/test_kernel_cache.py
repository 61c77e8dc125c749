"""Compiled kernels on disk: kept, and passed over where they are damaged or could be anybody's."""

import os
import pickle
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numba.core import config

from linksim.phy.kernels import kernel_cache
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.kernel_cache import KernelCache

SOURCES = "0123456789abcdef" * 4


def double(x):  # type: ignore[no-untyped-def]
    return x + x


def triple(x):  # type: ignore[no-untyped-def]
    return x + x + x


def was_kept(function: Callable[..., Any] = double, sources: str = SOURCES) -> bool:
    """Call a function as a new process would; tell whether its code was found on disk."""
    compiled = kernel(function)
    compiled._cache = KernelCache(function, sources)
    assert compiled(21) == function(21)
    return sum(compiled.stats.cache_hits.values()) == 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of kernels, with one in it."""
    folder = tmp_path / "kernels"
    monkeypatch.setattr(kernel_cache, "_folders", lambda _: [folder])
    assert not was_kept()
    monkeypatch.setattr(kernel_cache, "_said", False)
    return folder


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_a_kernel_is_compiled_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert was_kept()
    assert capsys.readouterr().err == ""
    assert not was_kept(triple)
    assert was_kept(triple)


def test_other_sources_are_other_kernels_and_old_ones_do_not_pile_up(folder: Path) -> None:
    assert not was_kept(sources=SOURCES[::-1])
    assert was_kept(sources=SOURCES[::-1])
    assert only_file(folder).name.startswith(SOURCES[::-1][:16])


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self.file,)


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        flipped,
        lambda content: bytes(len(content)),
    ],
)
def test_a_damaged_file_is_one_line_and_mended(
    damage: Callable[[bytes], bytes], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = only_file(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    capsys.readouterr()
    assert not was_kept()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"linksim: {file}: damaged; compiling kernels")
    assert was_kept()
    assert capsys.readouterr().err == ""


def test_another_kernels_file_is_not_taken_for_it(folder: Path) -> None:
    file = only_file(folder)
    assert not was_kept(triple)
    (other,) = set(folder.iterdir()) - {file}
    shutil.copy(other, file)
    assert not was_kept()


def test_nothing_is_unpickled_that_linksim_did_not_write(folder: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    file = only_file(folder)
    planted = pickle.dumps(Trap(sprung))
    for content in (planted, file.read_bytes()[:32] + planted):
        file.write_bytes(content)
        assert not was_kept()
    assert not sprung.exists()


def test_what_others_could_have_written_is_passed_over(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = only_file(folder)
    file.chmod(0o666)
    assert not was_kept()
    assert "others could have written it; compiling" in capsys.readouterr().err
    assert was_kept()  # in a file of its own
    moved = tmp_path / "moved"
    file.rename(moved)
    file.symlink_to(moved)
    assert not was_kept()
    assert was_kept()
    folder.chmod(0o777)
    assert not was_kept()
    assert not was_kept()  # nor written there


def test_a_file_of_another_user_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert was_kept()
    found = only_file(folder).stat()
    stranger = os.stat_result((*found[:4], 4711, *found[5:]))
    own = Path(__file__)
    assert kernel_cache._is_trusted(found, own)
    assert not kernel_cache._is_trusted(stranger, own)
    monkeypatch.setattr(os, "fstat", lambda _: stranger)
    assert not was_kept()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of a function for whose kernels there is no folder, even for root."""
    (tmp_path / "__pycache__").write_text("in the way")
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(kernel_cache, "_said", False)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "/dev/null/home")
    return tmp_path / "source.py"


def test_without_a_folder_kernels_work_and_one_line_says_so(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scope: dict[str, Any] = {}
    exec(compile("def half(x):\n    return x / 2", str(nowhere), "exec"), {"__name__": "s"}, scope)
    for _ in range(2):
        assert not was_kept(scope["half"])
    (line,) = capsys.readouterr().err.splitlines()
    assert "at every start" in line
    assert "NUMBA_CACHE_DIR" in line


def test_without_a_home_the_working_folder_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_cache.AppDirs, "user_cache_dir", "~/.cache/numba")
    source = tmp_path / "source.py"
    monkeypatch.setattr(config, "CACHE_DIR", "")
    assert list(kernel_cache._folders(source)) == [tmp_path / "__pycache__"]
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "mine"))
    (folder,) = kernel_cache._folders(source)
    assert folder.parent == tmp_path / "mine"


def test_a_full_disk_leaves_no_piece_of_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(folder.iterdir())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        assert not was_kept(triple)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert set(folder.iterdir()) == before
    assert len(capsys.readouterr().err.splitlines()) <= 1


TOGETHER = """
import os, sys
import numba
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.kernel_cache import KernelCache

def double(x):
    return x + x

def result(values):
    compiled = kernel(double)
    compiled._cache = KernelCache(double, "0" * 64)
    assert [compiled(value) for value in values] == [value + value for value in values]
    return sum(compiled.stats.cache_hits.values())

inputs = [21, 2.5, 1j]
children = []
for turn in range(3):
    child = os.fork()
    if not child:
        result(inputs[turn:] + inputs[:turn])
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 3
print(result(inputs))
"""


def test_processes_that_write_at_once_agree(tmp_path: Path) -> None:
    (tmp_path / "together.py").write_text(TOGETHER)
    run = subprocess.run(
        [sys.executable, str(tmp_path / "together.py")],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "3\n"
