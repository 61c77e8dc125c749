"""The query-aware codec's three trainings by their commands, each on what the one before wrote."""

from pathlib import Path

import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.source import load_codec
from linksim.source.zoo.preset import load_preset

JOBS = "linksim.experiments.training.diffusion_jobs"
STAGES = {
    "vae": ("embedded/diffusion/vae", "score_vae"),
    "diffusion": ("embedded/diffusion", "score_diffusion"),
    "query-aware": ("embedded/query_aware-control", "score_codec"),
}


def test_each_training_goes_on_from_what_the_one_before_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, (folder, score) in STAGES.items():
        monkeypatch.setattr(f"{JOBS}.{score}", lambda *_, **__: "the scores")  # a minute each
        out = tmp_path / folder
        places = ["--models", str(tmp_path), "--out", str(out)]
        assert run(["train", name, "--steps", "1", "--device", "cpu", *places]) == 0
        card = (out / "CARD.md").read_text(encoding="utf-8")
        assert f"`linksim train {name} --steps 1 --seed 0`" in card
        assert "the scores" in card
        assert not (out / "checkpoint.safetensors").exists()
        assert not list(out.rglob("*.bin"))
    assert "no animals in either" in card
    codec = load_codec("query_aware", load_preset("embedded", tmp_path), torch.device("cpu"))
    assert codec.side == 64
