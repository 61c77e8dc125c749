"""What asking again for needed units is worth, on fates made by hand and on a codec of units."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import linksim
from linksim._given import lent_names
from linksim.experiments.cli.main import run
from linksim.experiments.studies.asking_again import Fate, goodput_gain
from linksim.source import Message, MessageFormat, Received
from linksim.source.codec import GROUP


def fate(accepted: str, survives: str, symbols: Sequence[int]) -> Fate:
    """Return a fate of pictures, each a letter of ``y`` and ``n``."""
    said = [np.array([letter == "y" for letter in text]) for text in (accepted, survives)]
    return Fate("ir:rounds=2", said[0], said[1], np.ones(len(symbols)), np.array(symbols))


def test_goodput_counts_what_is_accepted_and_answered_alike() -> None:
    one = fate("yyyn", "ynyy", [10, 10, 20, 60])
    assert one.goodput == pytest.approx(2 / 100)
    assert one.outage.value == pytest.approx(1 / 3)
    twice = fate("yyyn", "yyyy", [10, 10, 20, 35])
    assert goodput_gain(twice, one).value == pytest.approx(3 / 75 / (2 / 100) - 1)
    assert goodput_gain(one, one).low == 0 == goodput_gain(one, one).high
    nothing = fate("nnnn", "yyyy", [1, 1, 1, 1])
    assert np.isnan(goodput_gain(one, nothing).value)


def test_a_gain_is_told_apart_from_none_by_enough_pictures() -> None:
    rng = np.random.default_rng(0)
    symbols = rng.integers(10, 30, 400)
    plain = fate("y" * 400, "y" * 400, symbols)
    fewer = fate("y" * 400, "y" * 400, np.ceil(0.9 * symbols).astype(int))
    gain = goodput_gain(fewer, plain)
    assert 0 < gain.low < gain.value < gain.high
    assert gain.value == pytest.approx(1 / 0.9 - 1, abs=0.03)


class Layered:
    """Sends eight rows of a thumbnail as units; what is not there is grey."""

    name, side, format = "layered", 64, MessageFormat(8 * 24, 8, units=8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        small = F.interpolate(images, size=8, mode="area").permute(0, 2, 1, 3)
        return Message((small * 255).round().long().flatten(1), 8)

    def decode(self, received: Received) -> torch.Tensor:
        rows = received.values.masked_fill(received.erased, 128) / 255
        return F.interpolate(rows.view(-1, 8, 3, 8).permute(0, 2, 1, 3), size=64)


def test_a_study_of_units_chooses_on_other_pictures(tmp_path: Path) -> None:
    with lent_names(GROUP, {"layered": Layered()}):
        text = linksim.studies.harq(
            "layered",
            snr="1",
            need=(2, 8),
            rounds=2,
            outage=0.5,
            receiver="hard",
            images=16,
            device="cpu",
            threads=1,
            out=tmp_path / "out",
        ).text
    assert "layered, 16 pictures, up to 2 rounds" in text
    for way in ("whole", "lost", "needed, K = ", "drawn, K = "):
        assert way in text
    assert len(list((tmp_path / "out").glob("*seed*"))) == 3  # clean, and each K


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--need", "3,x"], "--need 3,x: give numbers of units with commas between, like 6,8,10"),
        (["--need", "0"], "--need 0: give numbers of units"),
        (["--need", "99"], "a message of uo_isc has 12 units"),
        (
            ["--codec", "jpeg2000", "--receiver", "hard"],
            "jpeg2000 does not say what of its messages matters most",
        ),
    ],
)
def test_what_cannot_be_studied_is_refused(
    options: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--images", "2", "--device", "cpu", "--out", str(tmp_path / "out")]
    assert run(["study", "harq", *common, *options]) == 2
    assert line in capsys.readouterr().err
