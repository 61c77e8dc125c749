import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import Parts, write_atomically

from ..configurations import sweep_configuration

CONFIGURATION = sweep_configuration(code="none", images=4)


def begun(tmp_path: Path) -> Parts:
    parts = Parts(tmp_path / "parts", CONFIGURATION, resume=False)
    parts.begin()
    return parts


def test_a_part_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    arrays = {"counts": np.arange(4), "answers": np.array(["red", "two"])}
    parts.save("000-0000-native", arrays)
    loaded = parts.load("000-0000-native")
    assert loaded is not None
    assert all(np.array_equal(loaded[name], arrays[name]) for name in arrays)


def test_a_part_that_is_missing_or_broken_is_none(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    parts.save("000-0000-native", {"counts": np.arange(1000)})
    file = tmp_path / "parts" / "000-0000-native.npz"
    content = file.read_bytes()
    assert parts.load("000-0001-native") is None
    for broken in (b"", content[:100], content[:-50], b"\x80\x04junk" * 10):
        file.write_bytes(broken)
        assert parts.load("000-0000-native") is None


def test_an_unfinished_sweep_is_not_overwritten_unasked(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(Fault, match="--resume"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=False)
    Parts(tmp_path / "parts", CONFIGURATION, resume=True)


def test_resuming_with_other_options_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    other = replace(CONFIGURATION, seed=1, query="why?", code="ldpc:rate=1/2")
    says = r"other options: --code none .now ldpc:rate=1/2., --query not given .now why.., --seed 0"
    with pytest.raises(Fault, match=says):
        Parts(tmp_path / "parts", other, resume=True)


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ({"linksim": "0.0.1"}, "other options: linksim 0.0.1 .now "),
        ({"linksim.phy": "1"}, "other options: linksim.phy 1 .now "),
        ({"linksim.phy": None}, "other options: linksim.phy not given .now "),  # as runs of before
    ],
)
def test_resuming_with_another_version_is_refused(
    tmp_path: Path, of: dict[str, str | None], says: str
) -> None:
    begun(tmp_path)
    file = tmp_path / "parts" / "configuration.json"
    made_by = json.loads(file.read_text())
    file.write_text(json.dumps(made_by | of))
    with pytest.raises(Fault, match=says):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_a_damaged_configuration_is_not_resumed(tmp_path: Path, content: bytes) -> None:
    begun(tmp_path)
    (tmp_path / "parts" / "configuration.json").write_bytes(content)
    with pytest.raises(Fault, match="other options"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)


def test_parts_of_nobody_knows_what_are_neither_used_nor_deleted(tmp_path: Path) -> None:
    begun(tmp_path).save("000-0000-native", {"counts": np.arange(4)})
    (tmp_path / "parts" / "configuration.json").unlink()
    with pytest.raises(Fault, match=r"parts/000-0000-native.npz in it is not linksim's"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)
    assert (tmp_path / "parts" / "000-0000-native.npz").exists()


def _of_another_run(parts: Path) -> None:
    other = Parts(parts.parent / "other", replace(CONFIGURATION, seed=1), resume=False)
    other.begin()
    other.save("000-0000-native", {"counts": np.arange(1000)})
    (parts.parent / "other" / "000-0000-native.npz").rename(parts / "000-0000-native.npz")


def _of_another_name(parts: Path) -> None:
    (parts / "000-0001-native.npz").rename(parts / "000-0000-native.npz")


def _of_nobody(parts: Path) -> None:
    np.savez(parts / "000-0000-native.npz", counts=np.zeros((3, 2), "S3"))


def _flipped(parts: Path) -> None:
    content = bytearray((parts / "000-0000-native.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (parts / "000-0000-native.npz").write_bytes(content)


def _gone(parts: Path) -> None:
    (parts / "000-0000-native.npz").unlink()
    (parts / "000-0000-native.npz").mkdir()


def _waiting(parts: Path) -> None:
    (parts / "000-0000-native.npz").unlink()
    os.mkfifo(parts / "000-0000-native.npz")


@pytest.mark.parametrize(
    "change", [_of_another_run, _of_another_name, _of_nobody, _flipped, _gone, _waiting]
)
def test_only_what_this_run_wrote_by_this_name_is_a_part(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    parts = begun(tmp_path)
    for name in ("000-0000-native", "000-0001-native"):
        parts.save(name, {"counts": np.arange(1000)})
    assert parts.load("000-0000-native") is not None
    change(tmp_path / "parts")
    assert parts.load("000-0000-native") is None


def test_a_name_that_is_no_parts_is_not_written(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    for name in ("holiday", "../000-0000-native", ".hidden", "000-0000-native.png"):
        with pytest.raises(ValueError, match="no name of a part"):
            parts.save(name, {})


@pytest.mark.parametrize("name", ["notes.txt", "000-0000-native.npz", ".video.12.part", "kept/a"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_folder_of_the_users_is_refused_untouched(
    name: str, linked: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere" if linked else tmp_path / "parts"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("mine")
    if linked:
        (tmp_path / "parts").symlink_to(folder)
    for resume in (False, True):
        with pytest.raises(Fault, match="is not linksim's"):
            Parts(tmp_path / "parts", CONFIGURATION, resume)
    assert (folder / name).read_text() == "mine"


def test_a_file_of_the_users_among_parts_stays(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    parts.save("000-0000-native", {"counts": np.arange(4)})
    mine = tmp_path / "parts" / "notes.txt"
    mine.write_text("mine")
    parts = Parts(tmp_path / "parts", CONFIGURATION, resume=True)
    parts.begin()
    assert parts.load("000-0000-native") is not None
    parts.remove()
    assert list((tmp_path / "parts").iterdir()) == [mine]


def test_a_link_in_a_parts_place_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / "mine.npz").write_text("mine")
    (tmp_path / "parts" / "000-0000-native.npz").symlink_to(tmp_path / "mine.npz")
    with pytest.raises(Fault, match="is not linksim's"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)
    assert (tmp_path / "mine.npz").read_text() == "mine"


def test_a_run_of_before_goes_on_without_its_parts(tmp_path: Path) -> None:
    begun(tmp_path)
    np.savez(tmp_path / "parts" / "000-0000-native.npz", counts=np.arange(4))
    (tmp_path / "parts" / ".000-0001-native.npz.77.part").write_bytes(b"PK")
    parts = Parts(tmp_path / "parts", CONFIGURATION, resume=True)
    parts.begin()
    assert parts.load("000-0000-native") is None
    parts.remove()
    assert list(tmp_path.iterdir()) == []


def test_writing_follows_no_link_and_replaces_no_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to("target")
    write_atomically(tmp_path / "link", b"ours")
    assert (tmp_path / "target").read_text() == "mine"
    assert (tmp_path / "link").read_bytes() == b"ours"


def test_a_name_as_long_as_there_may_be_can_be_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("a" * 255), b"whole")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"whole"]
    with pytest.raises(OSError, match="too long"):
        write_atomically(tmp_path / ("a" * 256), b"whole")
