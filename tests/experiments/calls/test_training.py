"""Trainings from Python."""

from pathlib import Path

import pytest
import torch
from torch import nn

import linksim
from linksim.experiments.training.catalogue import MODELS, Trained, TrainedModel
from linksim.experiments.training.job import Job, Request


class Line:
    """Learns y = 2x."""

    learning_rate = 0.05

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(1, 1)

    def draw(self, step: int) -> torch.Tensor:
        return torch.randn(8, 1, generator=torch.Generator().manual_seed(step))

    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        return (self.model(batch) - 2 * batch).square().mean(), {"step": float(step)}


def test_a_training_tells_its_steps_and_returns_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train_line(asked: Request) -> Trained:
        job = Job.of(asked, "line", 7)
        job.run(Line())
        return Trained(f"{job.model} after {job.steps} steps", job.out)

    monkeypatch.setitem(MODELS, "clip", TrainedModel(train=train_line))
    told: list[int] = []
    trained = linksim.train(
        "CLIP", out=tmp_path, device="cpu", callback=lambda step, figures: told.append(step)
    )
    assert trained.scores == "clip after 7 steps"
    assert trained.folder == tmp_path
    assert told == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(linksim.Fault, match="holds the checkpoint of a training"):
        linksim.train("clip", out=tmp_path, device="cpu")


def test_options_of_other_models_are_refused() -> None:
    with pytest.raises(linksim.Fault, match="of uo-isc only"):
        linksim.train("vae", phase=1)
    with pytest.raises(linksim.Fault, match="of discover only"):
        linksim.train("clip", rate=2)
    with pytest.raises(
        linksim.Fault, match="--world: of clip, llava, detector, vae and diffusion only"
    ):
        linksim.train("tower", world="wide")
    with pytest.raises(linksim.Fault, match=r"--start: .* with --world wide, of clip, llava"):
        linksim.train("clip", start=".")
    with pytest.raises(ValueError, match="clop: unknown; one of clip"):
        linksim.train("clop")
