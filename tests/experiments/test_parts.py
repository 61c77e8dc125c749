import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.parts import Parts

from .configurations import sweep_configuration

CONFIGURATION = sweep_configuration(code="none", images=4)


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
    other = replace(CONFIGURATION, seed=1, query="why?", code="ldpc:rate=1/2")
    says = r"other options: --code none .now ldpc:rate=1/2., --query not given .now why.., --seed 0"
    with pytest.raises(Fault, match=says):
        Parts(tmp_path / "parts", other, resume=True)


def test_resuming_with_another_version_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    file = tmp_path / "parts" / "configuration.json"
    made_by = json.loads(file.read_text())
    file.write_text(json.dumps(made_by | {"linksim": "0.0.1"}))
    with pytest.raises(Fault, match=r"linksim 0.0.1 .now "):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_a_damaged_configuration_is_not_resumed(tmp_path: Path, content: bytes) -> None:
    begun(tmp_path)
    (tmp_path / "parts" / "configuration.json").write_bytes(content)
    with pytest.raises(Fault, match="other options"):
        Parts(tmp_path / "parts", CONFIGURATION, resume=True)


def test_parts_of_nobody_knows_what_are_not_used(tmp_path: Path) -> None:
    begun(tmp_path).save("a", {"counts": np.arange(4)})
    (tmp_path / "parts" / "configuration.json").unlink()
    parts = Parts(tmp_path / "parts", CONFIGURATION, resume=True)
    parts.begin()
    assert parts.load("a") is None
