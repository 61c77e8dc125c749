"""Sweeps from Python, with objects of the caller's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate
from torch.utils.data import Dataset

import linksim
from linksim.experiments.cli.main import run
from linksim.experiments.data.given import GivenSamples
from linksim.experiments.faults import Fault

ONE = {"images": 16, "device": "cpu", "threads": 1, "progress": False}


class Thumbnail(torch.nn.Module):
    """Sends 8 × 8 pixels; its gain is learned."""

    name, side = "thumbnail", 64
    format = linksim.MessageFormat(count=3 * 8 * 8, width=8)

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(gain))
        self.trained_while_used: list[bool] = []

    def encode(self, images: torch.Tensor, questions: list[str]) -> linksim.Message:
        self.trained_while_used.append(self.training)
        small = interpolate(images * self.gain, 8, mode="area").clamp(0, 1)
        return linksim.Message((small * 255).round().long().flatten(1), width=8)

    def decode(self, received: linksim.Received) -> torch.Tensor:
        small = received.values.view(-1, 3, 8, 8) / 255
        return interpolate(small * self.gain, self.side, mode="bicubic").clamp(0, 1)


def psnr(sweeps: linksim.Sweeps, label: str = "thumbnail") -> float:
    return sweeps[label].curve("psnr_of_mse")[0].value


def sweep(codec: Any, **options: Any) -> linksim.Sweeps:
    return linksim.sweep(codec, snr=20, **{**ONE, **options})


def test_python_and_the_command_line_measure_the_same(tmp_path: Path) -> None:
    called = sweep("jpeg2000", code="conv", modulation="qpsk")
    command = ["sweep", "--codec", "jpeg2000", "--code", "conv", "--modulation", "qpsk"]
    command += ["--snr", "20", "--images", "16", "--device", "cpu", "--threads", "1"]
    assert run([*command, "--out", str(tmp_path)]) == 0
    loaded = linksim.load(tmp_path / "results.h5")
    for metric in ("ber", "answer_match", "relevance", "psnr"):
        assert called["jpeg2000"].curve(metric) == loaded["jpeg2000"].curve(metric)
    assert called["jpeg2000"].attributes["command"] == loaded["jpeg2000"].attributes["command"]


def test_the_same_name_may_be_another_object_in_the_next_call() -> None:
    codec, threads = Thumbnail(), torch.get_num_threads()
    good = psnr(sweep(codec))
    assert psnr(sweep(Thumbnail(0.25))) < good - 3
    assert psnr(sweep(codec)) == good
    assert codec.training
    assert not any(codec.trained_while_used)
    assert torch.get_num_threads() == threads


def test_pairs_and_datasets_are_sent_as_they_are() -> None:
    drawn = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    class Pictures(Dataset[tuple[torch.Tensor, str, str]]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> tuple[torch.Tensor, str, str]:
            return drawn[number], "is there a cup?", "No"

    found = sweep(Thumbnail(), data=Pictures(), images=None)["thumbnail"]
    assert found.questions["text"].tolist() == ["is there a cup?"] * 3
    assert found.questions["truth"].tolist() == ["no"] * 3
    wanted = (drawn.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).numpy()
    assert np.array_equal(found.shown["original"], wanted)
    pairs = [(np.asarray(one), "is there a cup?") for one in wanted]
    assert psnr(sweep(Thumbnail(), data=pairs)) == pytest.approx(psnr_of(found), abs=0.1)


def psnr_of(found: linksim.SweepResults) -> float:
    return found.curve("psnr_of_mse")[0].value


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"codec": "uo-iscc"}, "did you mean uo_isc"),
        ({"codec": Thumbnail}, "not the class"),
        ({"codec": object()}, "object has no name, side"),
        ({"codec": [Thumbnail(), Thumbnail()]}, "thumbnail: is another's name"),
        ({"codec": Thumbnail(), "workers": 2}, "workers: other processes know no objects"),
        ({"receiver": "sotf"}, "sotf: unknown; one of hard, soft"),
        ({"images": 0}, "images 0"),
        ({"precision": 1.0}, "precision 1.0"),
        ({"colour": "red"}, "colour: sweep.. takes no such argument"),
        ({"data": []}, "holds no picture"),
    ],
)
def test_what_is_no_argument_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        linksim.sweep(**{"snr": 3, **ONE, **arguments})


def test_questions_of_pairs_are_held_to_what_questions_are() -> None:
    with pytest.raises(Fault, match="the question is empty"):
        GivenSamples([(np.zeros((8, 8, 3)), "  ")], None, None)
    asked = GivenSamples([np.zeros((8, 8, 3))] * 2, "what is it?", 1)
    assert asked.questions == ["what is it?"]
