"""The codec's bench, on the embedded models' sizes with random weights."""

from itertools import count

import numpy as np
import pytest
import torch

from linksim.experiments.bench import turns
from linksim.experiments.bench.codec import BARE, LINK, WHOLE, CodecSpeed
from linksim.experiments.bench.codec_report import codec_report
from linksim.experiments.bench.turns import take_turns
from linksim.experiments.cli.main import run


def test_the_codec_is_measured_without_its_weights(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_FEWEST", 1)
    monkeypatch.setattr(turns, "_ENOUGH_S", 0.0)
    threads = torch.get_num_threads()
    arguments = ["bench", "--codec", "uo_isc", "--random-weights", "--device", "cpu"]
    assert run(arguments) == 0
    assert torch.get_num_threads() == threads
    text = capsys.readouterr().out
    for part in ("RANDOM WEIGHTS", BARE, WHOLE, "text tower", "decoder", "engine native"):
        assert part in text


@pytest.mark.parametrize("codec", ["jpeg2000", "uo_isc:nothing", "uo_isc:tokens=3"])
def test_what_cannot_be_measured_is_refused(codec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "--codec", codec, "--random-weights"]) == 2
    assert f"--codec {codec}" in capsys.readouterr().err


def test_ratios_are_taken_within_a_round() -> None:
    rounds = {
        BARE: np.array([1.0, 2, 4]),
        WHOLE: np.array([1.5, 3, 6]),
        "tower": np.array([0.75, 1.5, 3]),
        LINK: np.array([0.075, 0.15, 0.3]),
    }
    speed = CodecSpeed("uo_isc", True, 16, "native", rounds)
    assert speed.stages == ["tower", LINK]
    assert speed.ratio(WHOLE, BARE) == pytest.approx(1.5)
    assert speed.added_by(LINK) == pytest.approx(0.1)
    assert speed.pictures_per_second(BARE) == pytest.approx(8)
    report = codec_report(speed, "cpu")
    assert "RANDOM" not in report
    assert "10.0%" in report


def test_pieces_take_turns_after_one_round_that_does_not_count() -> None:
    done, ticks = "", count()

    def piece(name: str) -> None:
        nonlocal done
        done += name

    rounds = take_turns(
        {"a": lambda: piece("a"), "b": lambda: piece("b")}, lambda: 60.0 * next(ticks)
    )
    assert done == "ab" * 6
    assert {name: seconds.tolist() for name, seconds in rounds.items()} == {
        "a": [60.0] * 5,
        "b": [60.0] * 5,
    }
