"""Runs in folders that hold other things too: what is the user's stays, what is a run's goes on."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.lock import only_run
from linksim.experiments.results.parts import write_atomically

from ..configurations import link_configuration

CONFIGURATION = link_configuration()
FILES = ("results.h5", "curves.png")


def go(out: Path, resume: bool = False, write: Sequence[str] = FILES) -> bool:
    """Do what a run does; tell whether it had to measure."""
    with journalled_run(out, CONFIGURATION, resume, FILES) as parts:
        if parts is not None:
            parts.begin()
            parts.save("000-0000-native", {"found": np.arange(3)})
        for name in write:
            write_atomically(out / name, b"found")
    return parts is not None


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_a_run_leaves_its_files_and_nothing_else(tmp_path: Path) -> None:
    assert go(tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == set(FILES)
    assert not go(tmp_path / "a" / "b", resume=True, write=())
    with pytest.raises(Fault, match="holds results already; give another folder"):
        go(tmp_path / "a" / "b")


def test_a_run_that_fails_before_it_begins_leaves_no_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        journalled_run(tmp_path / "a" / "b", CONFIGURATION, False, FILES),
    ):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_failed_between_its_files_goes_on(tmp_path: Path) -> None:
    def fail() -> None:
        with journalled_run(tmp_path, CONFIGURATION, False, FILES) as parts:
            assert parts
            parts.begin()
            write_atomically(tmp_path / "results.h5", b"found")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(Fault, match="unfinished run; go on with --resume"):
        go(tmp_path)
    assert not go(tmp_path, resume=True, write=["curves.png"])
    assert names(tmp_path) == set(FILES)


def test_what_a_killed_run_left_unfinished_is_tidied_by_the_next(tmp_path: Path) -> None:
    go(tmp_path)
    left = [".curves.png.4711.part", ".results.h5.1-0123abcd.part"]
    mine = [".holiday.part", ".notes.12.part", ".curves.png.part", ".curves.png.x.part"]
    for name in left + mine:
        (tmp_path / name).write_text("part")
    assert not go(tmp_path, resume=True, write=())
    assert names(tmp_path) == {*FILES, *mine}


def test_another_run_is_refused_while_one_goes_on(tmp_path: Path) -> None:
    with only_run(tmp_path):
        for resume in (False, True):
            with pytest.raises(Fault, match="another run is writing there"):
                go(tmp_path, resume)


def _a_lock(out: Path, target: Path) -> None:
    (out / ".running").write_text("mine")


def _a_linked_lock(out: Path, target: Path) -> None:
    (out / ".running").symlink_to(target)


def _a_linked_lock_to_nothing(out: Path, target: Path) -> None:
    (out / ".running").symlink_to(target.parent / "absent")


def _a_folder_as_lock(out: Path, target: Path) -> None:
    (out / ".running").mkdir()


def _a_picture(out: Path, target: Path) -> None:
    (out / "curves.png").write_text("mine")


def _a_linked_picture(out: Path, target: Path) -> None:
    (out / "curves.png").symlink_to(target)


def _parts(out: Path, target: Path) -> None:
    (out / "parts").mkdir()
    (out / "parts" / "wheel.npz").write_text("mine")


def _linked_parts(out: Path, target: Path) -> None:
    (out / "parts").symlink_to(target.parent)


def _a_file_as_parts(out: Path, target: Path) -> None:
    (out / "parts").write_text("mine")


@pytest.mark.parametrize(
    "put",
    [
        _a_lock,
        _a_linked_lock,
        _a_linked_lock_to_nothing,
        _a_folder_as_lock,
        _a_picture,
        _a_linked_picture,
        _parts,
        _linked_parts,
        _a_file_as_parts,
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_the_users_own_files_by_our_names_are_refused_untouched(
    put: Callable[[Path, Path], None], resume: bool, tmp_path: Path
) -> None:
    out, target = tmp_path / "out", tmp_path / "elsewhere" / "mine"
    out.mkdir()
    target.parent.mkdir()
    target.write_text("mine")
    put(out, target)
    before = sorted((path, path.is_file() and path.read_text()) for path in tmp_path.rglob("*"))
    with pytest.raises(Fault, match="is not linksim's"):
        go(out, resume)
    after = sorted((path, path.is_file() and path.read_text()) for path in tmp_path.rglob("*"))
    assert before == after


def test_results_that_lead_nowhere_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "results.h5").symlink_to(tmp_path / "absent")
    with pytest.raises(Fault, match="holds results already"):
        go(tmp_path)
    assert (tmp_path / "results.h5").is_symlink()
