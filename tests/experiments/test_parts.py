from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.parts import Parts, write_atomically

CONFIGURATION = SweepConfiguration(
    snr="0",
    ebno=False,
    codec="uo_isc",
    code="none",
    modulation="8psk",
    demapper="app",
    channel="awgn",
    coherence="1",
    csi="perfect",
    engine="native",
    images=4,
    data="scenes",
    query=None,
    questions=None,
    preset="embedded",
    models=None,
    seed=0,
)


def begun(tmp_path: Path) -> Parts:
    parts = Parts(tmp_path / "parts", CONFIGURATION, resume=False)
    parts.begin()
    return parts


def test_a_part_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    arrays = {"counts": np.arange(4), "answers": np.array(["red", "two"])}
    parts.save("a", arrays)
    loaded = parts.load("a")
    assert loaded is not None
    assert all(np.array_equal(loaded[name], arrays[name]) for name in arrays)


def test_a_part_that_is_missing_or_broken_is_none(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    parts.save("a", {"counts": np.arange(1000)})
    file = tmp_path / "parts" / "a.npz"
    content = file.read_bytes()
    assert parts.load("b") is None
    for broken in (b"", content[:100], content[:-50], b"\x80\x04junk" * 10):
        file.write_bytes(broken)
        assert parts.load("a") is None


def test_an_unfinished_sweep_is_not_overwritten_unasked(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(Fault, match="--resume"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=False)
    Parts(tmp_path / "parts", CONFIGURATION, resume=True)


def test_resuming_with_other_options_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(Fault, match="other options"):
        Parts(tmp_path / "parts", replace(CONFIGURATION, seed=1), resume=True)


def test_removing_leaves_nothing(tmp_path: Path) -> None:
    parts = begun(tmp_path)
    parts.save("a", {"counts": np.arange(4)})
    parts.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"old")
    with pytest.raises(TypeError):
        write_atomically(file, "not bytes")  # type: ignore[arg-type]
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nothing_is_written_before_work_begins(tmp_path: Path) -> None:
    Parts(tmp_path / "parts", CONFIGURATION, resume=False)
    assert list(tmp_path.iterdir()) == []
