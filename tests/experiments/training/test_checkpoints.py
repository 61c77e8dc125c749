"""Checkpoints: of this training or refused, and never of weights that are no numbers."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.training import trainer
from linksim.experiments.training.deepjscc import DeepJsccRecipe
from linksim.experiments.training.saving import in_half, save_half
from linksim.experiments.training.trainer import Run, train

OPTIONS = {"model": "line", "seed": 0, "steps": 4}
Tensors = dict[str, torch.Tensor]


class Line:
    """Learns the slope of a line, until its loss or its slope is made to be no number."""

    learning_rate = 0.1

    def __init__(self, spoilt: int = -1, spoil: str = "loss") -> None:
        self.model = nn.Linear(1, 1)
        self._spoilt, self._spoil = spoilt, spoil

    def draw(self, step: int) -> torch.Tensor:
        return torch.ones(2, 1)

    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        loss = (self.model(batch) - 2).square().mean()
        if step != self._spoilt:
            return loss, {}
        if self._spoil == "loss":
            return loss * math.nan, {}
        if self._spoil == "slope":  # at 0 the root has a value, but no slope
            return loss + (0 * self.model.weight).sum().sqrt(), {}
        nn.init.constant_(self.model.bias, math.inf)
        return (0 * self.model.weight).sum(), {}


def begun(folder: Path) -> Path:
    train(Line(), Run(4, folder, options=OPTIONS))
    return folder / "checkpoint.safetensors"


def refused(folder: Path, **options: object) -> str:
    """Return why a checkpoint is not gone on from."""
    with pytest.raises(Fault) as fault:
        train(Line(), Run(4, folder, resume=True, options={**OPTIONS, **options}))
    assert "\n" not in str(fault.value)
    return str(fault.value)


def test_a_checkpoint_of_other_options_is_not_gone_on_from(tmp_path: Path) -> None:
    begun(tmp_path)
    line = refused(tmp_path, seed=5, steps=9)
    assert "--seed 0 (now 5)" in line
    assert "--steps 4 (now 9)" in line
    assert "is of a training of line" in refused(tmp_path, model="circle")
    assert "--variant not given (now x)" in refused(tmp_path, variant="x")
    train(Line(), Run(4, tmp_path, resume=True, options=OPTIONS))


def _changed(change: Callable[[Tensors], object], **about: str) -> Callable[[Path], None]:
    def spoil(file: Path) -> None:
        tensors = load_file(file)
        change(tensors)
        options = '{"model": "line", "seed": 0, "steps": 4}'
        save_file(tensors, file, metadata={"step": "2", "options": options, **about})

    return spoil


SPOILT: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-7]),
    "cut in its header": lambda file: file.write_bytes(file.read_bytes()[:50]),
    "text": lambda file: file.write_text("checkpoint"),
    "without options": lambda file: save_file(load_file(file), file, metadata={"step": "2"}),
    "without metadata": lambda file: save_file(load_file(file), file),
    "of no step": _changed(len, step="two"),
    "of a step beyond": _changed(len, step="5"),
    "of a step before": _changed(len, step="-1"),
    "options that are none": _changed(len, options="[]"),
    "of another module": _changed(lambda t: t.pop("model.weight")),
    "of another size": _changed(lambda t: t.update({"model.weight": torch.zeros(1, 3)})),
    "of another optimizer": _changed(lambda t: t.pop("model-optimizer.0.exp_avg")),
    "of an optimizer's other size": _changed(
        lambda t: t.update({"model-optimizer.0.exp_avg": torch.zeros(1, 3)})
    ),
    "of more parameters": _changed(lambda t: t.update({"model-optimizer.7.step": torch.ones(())})),
    "no number": _changed(lambda t: t["model.weight"].fill_(math.nan)),
    "infinite": _changed(lambda t: t["model-optimizer.0.exp_avg"].fill_(math.inf)),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_checkpoint_that_is_none_is_one_line(how: str, tmp_path: Path) -> None:
    SPOILT[how](begun(tmp_path))
    assert refused(tmp_path).startswith("--resume: ")


def test_a_mutated_checkpoint_is_one_line_or_sound(tmp_path: Path, fuzz: int) -> None:
    whole, rng = begun(tmp_path).read_bytes(), np.random.default_rng(0)
    for _ in range(40 * fuzz):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)):
            content[place] = rng.integers(0, 256)
        (tmp_path / "checkpoint.safetensors").write_bytes(content)
        recipe, said = Line(), ""
        try:
            train(recipe, Run(4, tmp_path, resume=True, options=OPTIONS))
        except Fault as fault:
            said = str(fault)
        assert said or all(p.isfinite().all() for p in recipe.model.parameters())
        assert "\n" not in said


@pytest.mark.parametrize("spoil", ["loss", "slope", "weights"])
def test_a_training_that_diverges_stops_and_keeps_the_checkpoint_before(
    spoil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 0.0)
    recipe = Line(spoilt=2, spoil=spoil)
    with pytest.raises(Fault, match=r"has diverged: .*checkpoint\.safetensors is from before"):
        train(recipe, Run(4, tmp_path, options=OPTIONS))
    kept = load_file(tmp_path / "checkpoint.safetensors")
    assert all(tensor.isfinite().all() for tensor in kept.values())


def test_weights_too_large_for_half_precision_are_not_written(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    nn.init.constant_(model.weight, 1e5)
    with pytest.raises(Fault, match="weight holds weights that are infinite"):
        save_half(model, tmp_path / "w.safetensors")
    assert not (tmp_path / "w.safetensors").exists()
    with pytest.raises(Fault, match="diverged"):
        in_half(model)


def test_the_command_goes_on_with_the_options_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 0.0)
    plain = DeepJsccRecipe.loss

    def interrupted(self: DeepJsccRecipe, batch: object, step: int) -> object:
        if step == 1:
            raise KeyboardInterrupt
        return plain(self, batch, step)  # type: ignore[arg-type]

    monkeypatch.setattr(DeepJsccRecipe, "loss", interrupted)
    again = ["train", "deepjscc", "--device", "cpu", "--out", str(tmp_path / "out")]
    assert run([*again, "--steps", "3"]) == 130
    file = tmp_path / "out/checkpoint.safetensors"
    kept = file.read_bytes()
    for more, said in (
        (["--steps", "3"], "holds the checkpoint of a training; --resume goes on from it"),
        (["--resume", "--steps", "3", "--seed", "5"], "--seed 0 (now 5)"),
        (["--resume"], "--steps 3 (now 9000)"),
        (["--resume", "--steps", "3", "--models", str(tmp_path)], "--models"),
    ):
        capsys.readouterr()
        assert run([*again, *more]) == 2
        line = capsys.readouterr().err
        assert said in line
        assert line.count("\n") == 1
    assert file.read_bytes() == kept
    assert run([*again, "--resume", "--steps", "3"]) == 130
