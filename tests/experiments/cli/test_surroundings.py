"""What linksim is started in: terminals, homes, limits; each command a process of its own."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.cli.surroundings import check_text, check_words, lacks_memory
from linksim.experiments.faults import Fault

ROOT = Path(__file__).parents[3]
NO_HOME = dict.fromkeys(
    ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TMPDIR"), "/dev/null/home"
)


def linksim(
    *arguments: str, python: tuple[str, ...] = (), env: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user's shell would."""
    command = [sys.executable, *python, "-m", "linksim.experiments", *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, env={**os.environ, **(env or {})}, check=False, **options)


def only_line(found: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one line of a command that was refused."""
    assert found.returncode == 2, found
    (line,) = found.stderr.decode().splitlines()
    assert line.startswith("linksim: ")
    return line


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("link")
    options = ["--snr", "20", "--code", "none", "--max-blocks", "100", "--engine", "native"]
    assert run(["link", *options, "--out", str(out)]) == 0
    return out / "results.h5"


def test_what_a_terminal_cannot_show_is_written_in_plain_letters() -> None:
    found = linksim("link", "--help", env={"PYTHONIOENCODING": "latin-1"})
    assert (found.returncode, found.stderr) == (0, b"")
    assert b"CODE,..." in found.stdout


def test_the_c_locale_prints_tables_and_lists(results: Path) -> None:
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    for arguments in (["plot", "--list"], ["show", str(results)]):
        found = linksim(*arguments, env=locale)
        assert (found.returncode, found.stderr) == (0, b"")


def test_list_is_shown_on_any_terminal() -> None:
    found = linksim("list", env={"PYTHONIOENCODING": "koi8-r"})
    assert found.returncode == 0, found.stderr
    assert "64x64" in found.stdout.decode("koi8-r")


def test_without_home_or_cache_commands_work(results: Path, tmp_path: Path) -> None:
    # A copy whose __pycache__ cannot be made, even by root.
    shutil.copytree(ROOT / "phy", tmp_path / "linksim/phy", ignore=shutil.ignore_patterns("__py*"))
    for folder in ("phy", "phy/kernels", "phy/native"):
        (tmp_path / "linksim" / folder / "__pycache__").write_text("in the way")
    for folder in ("link", "source", "experiments"):
        (tmp_path / "linksim" / folder).symlink_to(ROOT / folder)
    for file in (ROOT / "face").glob("*.py*"):
        (tmp_path / "linksim" / file.name).symlink_to(file)
    env = {**NO_HOME, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": ""}
    found = linksim("list", env=env)
    assert (found.returncode, found.stderr) == (0, b"")
    script = (
        "import linksim.phy, numpy as np; from linksim.phy.crc import crc; "
        f"assert linksim.phy.__file__.startswith({str(tmp_path)!r}); "
        "print(crc(np.ones((1, 8), dtype=int), 6).shape)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **env}, capture_output=True, check=False
    )
    assert found.stdout == b"(1, 6)\n", found.stderr
    (line,) = found.stderr.decode().splitlines()
    assert "at every start" in line


@pytest.mark.parametrize(
    ("python", "env", "says"),
    [
        ((), {"NUMBA_DISABLE_JIT": "1"}, "NUMBA_DISABLE_JIT: linksim's kernels run compiled alone"),
        (("-OO",), {}, "python -OO: takes away texts"),
        ((), {"PYTHONOPTIMIZE": "2"}, "python -OO: takes away texts"),
    ],
)
def test_an_interpreter_that_cannot_do_it_is_one_line(
    python: tuple[str, ...], env: dict[str, str], says: str
) -> None:
    assert says in only_line(linksim("list", python=python, env=env))


def test_the_library_refuses_to_run_uncompiled() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import linksim.phy.bits"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=False,
    )
    assert found.stderr.splitlines()[-1].startswith(b"RuntimeError: NUMBA_DISABLE_JIT: ")


def test_nobody_who_reads_is_no_fault(results: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    found = linksim("show", str(results), stdout=writing)
    os.close(writing)
    assert (found.returncode, found.stderr) == (1, b"")


def test_a_full_device_is_one_line(results: Path) -> None:
    with open("/dev/full", "wb") as full:
        assert "No space left" in only_line(linksim("show", str(results), stdout=full))
        assert linksim("show", "nothing.h5", stderr=full).returncode == 2


def test_closed_streams_lead_nowhere(results: Path) -> None:
    closed = 'exec "$0" "$@" <&- >&- 2>&-'
    show = ["-m", "linksim.experiments", "show"]
    script = (
        "from linksim.experiments.cli.surroundings import usable_streams\n"
        "with usable_streams(): print('x'); assert open('/dev/null').fileno() > 2"
    )
    for arguments, code in (
        ([*show, str(results)], 0),
        ([*show, "nothing.h5"], 2),
        (["-c", script], 0),
    ):
        command = ["sh", "-c", closed, sys.executable, *arguments]
        assert subprocess.run(command, check=False).returncode == code, arguments


def test_a_terminal_of_one_column_is_enough(results: Path) -> None:
    found = linksim("show", str(results), env={"COLUMNS": "1", "LINES": "1"})
    assert found.returncode == 0
    assert b"BLER" in found.stdout


def test_a_working_folder_that_is_gone_is_one_line(results: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = ["sh", "-c", 'rmdir "$1"; exec "$0" -m linksim.experiments show "$2"']
    command += [sys.executable, str(gone), str(results)]
    found = subprocess.run(command, cwd=gone, capture_output=True, check=False)
    assert "working folder is no longer there" in only_line(found)


def limited(kib: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (kib << 10, kib << 10))


def test_a_tight_limit_of_memory_is_one_line(results: Path) -> None:
    for kib, arguments, says in (
        (200_000, ["show", str(results)], "ulimit -v 200000: too little"),
        (800_000, ["evaluate", "clip"], "memory, or threads, are used up: raise the limit"),
    ):
        assert says in only_line(linksim(*arguments, preexec_fn=limited(kib)))


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libtorch.so: failed to map segment from shared object"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("shapes differ"), False),
        (ImportError("No module named 'x'"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_a_lack_of_memory_is_told_from_a_bug(error: Exception, lacks: bool) -> None:
    assert lacks_memory(error) is lacks


@pytest.mark.parametrize("command", ["show", "export", "compare", "report", "plot"])
def test_a_file_that_is_missing_a_folder_or_empty_is_one_short_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.h5").touch()
    for file, says in (
        (tmp_path / "nothing.h5", "can't be read (No such file or directory)"),
        (tmp_path, "can't be read (Is a directory)"),
        (tmp_path / "empty.h5", "is empty"),
    ):
        assert run([command, str(file)]) == 2
        assert capsys.readouterr().err == f"linksim: {file}: {says}\n"


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "a\x1b[2Jb", "caf\udce9", "a\u2028b", "a\x85b"])
def test_what_cannot_be_a_name_is_refused_before_work_begins(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["show", text], ["sweep", "--out", text], ["sweep", f"--models={text}"]):
        assert run(arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "holds a control character, or is not UTF-8" in line
        assert (arguments[1].partition("=")[0] if "--" in arguments[1] else "argument") in line
    check_words(["transmit", "x.png", "--query", text, f"--query={text}"])


@pytest.mark.parametrize("key", ["out", "data", "questions", "preset", "models", "codec"])
def test_a_config_cannot_name_what_is_no_name(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    for text in (r"a\u0000b", r"a\nb", r"a\u001b[2Jb"):
        file.write_text(f'{key} = "{text}"')
        assert run(["sweep", "--config", str(file)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"linksim: --config {file}: {key} a?")
        assert "holds a control character" in line


def test_names_in_any_script_are_names() -> None:
    for text in ("café", "画像.png", "👩‍🔬.png", "-5:20", "a b"):
        check_text("--out", text)


def test_what_a_locale_cannot_write_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsencode", lambda text: text.encode("ascii"))
    with pytest.raises(Fault, match=r"--out café: .* set LC_ALL=C.UTF-8"):
        check_text("--out", "café")


@pytest.mark.parametrize("device", ["meta", "hpu", "xla", "vulkan", "privateuseone", "cuda:99"])
def test_only_what_computes_is_a_device(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "--device", device]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"linksim: --device {device}: not on this machine; use cpu")
