"""UO-ISC's two phases by their commands, on a schedule of a few small steps."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from linksim.experiments.cli.main import run
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.training import trainer
from linksim.experiments.training.uo_isc import UoIscRecipe
from linksim.source import load_codec
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import load_preset

SHIPPED = Path(__file__).parents[3] / "experiments/training/schedules/embedded.toml"


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a tiny schedule; what takes a minute, scoring and search for indices, is left out."""
    monkeypatch.setattr(
        "linksim.experiments.training.uo_isc_job.score_codec", lambda *_, **__: "the scores"
    )
    monkeypatch.setattr("linksim.experiments.training.importance._PICTURES", GROUP)
    monkeypatch.setattr(
        "linksim.source.uo_isc.quantizer.assign_indices",
        lambda words, _: np.flip(np.arange(len(words))).copy().copy(),
    )
    text = SHIPPED.read_text(encoding="utf-8").replace("batch_size = 16", "batch_size = 2")
    file = tmp_path / "tiny.toml"
    file.write_text(re.sub(r"^steps = .*$", "steps = 3", text, flags=re.MULTILINE))
    return str(file)


def train(schedule: str, phase: int, out: Path, *more: str) -> int:
    options = ["--phase", str(phase), "--schedule", schedule, "--device", "cpu", "--out", str(out)]
    return run(["train", "uo-isc", *options, *more])


@pytest.mark.parametrize("variant", ["no-text", "no-vlm"])
def test_each_phase_goes_on_from_the_one_before(
    variant: str, schedule: str, tmp_path: Path
) -> None:
    folders = [tmp_path / "zero", tmp_path / "one", tmp_path / f"embedded/uo_isc-{variant}"]
    own = ("--variant", variant)
    assert train(schedule, 0, folders[0], *own) == 0
    assert train(schedule, 1, folders[1], *own, "--start", str(folders[0])) == 0
    assert train(schedule, 2, folders[2], *own, "--start", str(folders[1])) == 0
    for weights in folders[0].glob("*.safetensors"):
        before, after = (load_file(folder / weights.name) for folder in folders[1:])
        learnt = [name for name, t in before.items() if t.is_floating_point()]
        learnt = [name for name in learnt if not name.endswith("usage")]
        moved = [(after[name] - before[name]).abs().max().item() for name in learnt]
        assert 0 < max(moved) < 0.05, weights.name
    cards = [(folder / "CARD.md").read_text(encoding="utf-8") for folder in folders]
    assert f"--variant {variant} --phase 2 --schedule tiny.toml --seed 0`" in cards[2]
    for number, card in enumerate(cards):
        assert f"scenes {6 * number} to {6 * number + 5} of seed 0" in card
        assert "the scores" in card
    preset = load_preset("embedded", tmp_path)
    codec = load_codec(f"uo_isc:{variant}", preset, torch.device("cpu"))
    assert isinstance(codec, UoIscCodec)
    assert codec.model.order.unique().numel() == codec.model.config.groups
    assert next(iter(codec.model.each_quantizer())).index_of[0, 0] == 255


def test_phase_one_takes_what_fits_of_another_variant(schedule: str, tmp_path: Path) -> None:
    zero, other = tmp_path / "zero", tmp_path / "other"
    assert train(schedule, 0, zero, "--variant", "no-text") == 0
    assert train(schedule, 1, other, "--variant", "segment=64", "--start", str(zero)) == 0
    before, after = (load_file(folder / "model.safetensors") for folder in (zero, other))
    same, new = "decoder.enter.weight", "quantizers.0.codebooks"
    assert (after[same] - before[same]).abs().max() < 0.05
    assert after[new].shape != before[new].shape
    assert "alignments.0.film.weight" in after


def test_phase_one_wants_to_know_where_it_begins(
    schedule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(schedule, 1, tmp_path / "out", "--start", str(tmp_path / "none")) == 2
    assert "train phase 0, or name its folder" in capsys.readouterr().err


def test_an_interrupted_phase_goes_on_where_it_was(
    schedule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 0.0)
    zero, first, whole, cut = (tmp_path / name for name in ("zero", "one", "whole", "cut"))
    begin = ("--variant", "no-text", "--start", str(first))
    assert train(schedule, 0, zero, *begin[:2]) == 0
    assert train(schedule, 1, first, *begin[:2], "--start", str(zero)) == 0
    assert train(schedule, 2, whole, *begin) == 0
    plain = UoIscRecipe.loss

    def interrupted(self: UoIscRecipe, batch: object, step: int) -> object:
        if step == 2:
            raise KeyboardInterrupt
        return plain(self, batch, step)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(UoIscRecipe, "loss", interrupted)
        assert train(schedule, 2, cut, *begin) == 130
    assert train(schedule, 2, cut, *begin, "--resume") == 0
    resumed, undisturbed = (load_file(f / "model.safetensors") for f in (cut, whole))
    assert all(torch.equal(resumed[name], undisturbed[name]) for name in undisturbed)
    assert not (cut / "checkpoint.safetensors").exists()


def test_trained_weights_are_not_overwritten(
    schedule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "CARD.md").write_text("trained")
    assert train(schedule, 0, tmp_path) == 2
    assert "holds trained weights already" in capsys.readouterr().err


def test_a_head_learns_what_is_needed_and_is_loaded_with_the_codec(
    schedule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = model_folder("weights:embedded/uo_isc", load_preset("embedded"))
    out = tmp_path / "embedded/uo_isc"
    assert train(schedule, 3, out, "--start", str(shipped)) == 0
    assert "A head tells which tokens a question needs" in (out / "CARD.md").read_text()
    before, after = (load_file(folder / "model.safetensors") for folder in (shipped, out))
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
    preset = load_preset("embedded", tmp_path)
    images, questions = torch.rand(2, 3, 64, 64), ["is there a dog?", "how many cats are there?"]
    sent = {}
    for name in ("tokens=8", "tokens=8,need=head", "tokens=8,need=llava"):
        codec = load_codec(f"uo_isc:{name}", preset, torch.device("cpu"))
        assert isinstance(codec, UoIscCodec)
        assert (codec.judge is not None) == name.endswith("llava")
        sent[name] = codec.encode(images, questions).values
    assert torch.equal(sent["tokens=8"], sent["tokens=8,need=head"])
    assert not torch.equal(sent["tokens=8"], sent["tokens=8,need=llava"])


def test_a_schedule_may_be_without_a_head(
    schedule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = Path(schedule)
    short.write_text(short.read_text().partition("[phase-3]")[0])
    assert train(schedule, 3, tmp_path / "out") == 2
    assert "has no table [phase-3]" in capsys.readouterr().err
