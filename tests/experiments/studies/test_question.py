"""The causal check of the question, on codecs whose use of it is known."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import linksim
from linksim.experiments.cli.main import run
from linksim.source import Message, MessageFormat, Received


def test_a_codec_without_a_question_gains_nothing_by_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["study", "question", "--codec", "png", "--images", "16", "--device", "cpu"]
    assert run([*command, "--out", str(out)]) == 0
    text = capsys.readouterr().out
    gains = text.split("own less other questions, on the same pictures")[1].split("\n\n")[0]
    assert re.findall(r"(\d+)%", gains) == ["100", "100", "100"]
    assert (out / "question-png.png").stat().st_size > 1000
    assert (out / "question.txt").read_text(encoding="utf-8") in text
    folders = sorted(path.name for path in out.glob("png_*"))
    assert [name.rpartition("_")[2] for name in folders[1:]] == [
        "told-another",
        "told-family",
        "told-none",
    ]
    assert run([*command, "--out", str(out)]) == 0  # from what was measured
    assert capsys.readouterr().out == text


class Heedful:
    """Sends a thumbnail where it is told of a colour, and a grey picture otherwise."""

    name, side, format = "heedful", 64, MessageFormat(3 * 16 * 16, 8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        small = F.interpolate(images, size=16, mode="area")
        heeds = torch.tensor([question.startswith("what colour") for question in questions])
        small[~heeds] = 0.5
        return Message((small * 255).round().long().flatten(1), 8)

    def decode(self, received: Received) -> torch.Tensor:
        return F.interpolate(received.values.view(-1, 3, 16, 16) / 255, size=64, mode="bicubic")


def test_a_codec_that_heeds_the_question_shows_it() -> None:
    found = {
        told: linksim.sweep(
            Heedful(), "20", images=32, judge="none", told=told, device="cpu", progress=False
        )["heedful"]
        for told in ("own", "family", "none")
    }
    of_colours = found["own"].questions["family"] == "colour"
    assert 4 < of_colours.sum() < 28
    psnr = {told: one.pictures["psnr"][0] for told, one in found.items()}
    assert (psnr["own"] > psnr["none"])[of_colours].all()
    assert np.array_equal(psnr["own"][~of_colours], psnr["none"][~of_colours])
    assert np.array_equal(psnr["family"][of_colours], psnr["none"][of_colours])
    assert (psnr["family"] > psnr["none"])[~of_colours].any()
