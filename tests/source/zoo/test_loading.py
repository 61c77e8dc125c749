"""Weights from disk: those that ship, and those that are missing, damaged or of another model."""

import shutil
from pathlib import Path

import pytest
import torch

from linksim.source.zoo.loading import (
    load_clip,
    load_llava,
    load_weights,
    model_folder,
)
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

CPU = torch.device("cpu")
EMBEDDED = load_preset("embedded")


def with_copy(tmp_path: Path, part: str) -> tuple[Preset, Path]:
    """Return a preset that reads ``part`` from a copy that a test may damage."""
    folder = tmp_path / part
    shutil.copytree(model_folder(getattr(EMBEDDED, part)["model"], EMBEDDED), folder)
    from dataclasses import replace

    table = {**getattr(EMBEDDED, part), "model": f"folder:{part}"}
    return replace(EMBEDDED, models=tmp_path, **{part: table}), folder


LOADERS = {
    "clip": (load_clip, "open_clip_model.safetensors"),
    "llava": (load_llava, "model.safetensors"),
}


@pytest.mark.parametrize("part", LOADERS)
def test_models_load_from_a_folder_of_ones_own(part: str, tmp_path: Path) -> None:
    preset, _ = with_copy(tmp_path, part)
    assert LOADERS[part][0](preset, CPU)


@pytest.mark.parametrize("part", LOADERS)
@pytest.mark.parametrize("damage", ["cut", "garbled", "empty", "absent"])
def test_damaged_weights_are_one_clear_line(part: str, damage: str, tmp_path: Path) -> None:
    preset, folder = with_copy(tmp_path, part)
    load, name = LOADERS[part]
    weights = folder / name
    content = weights.read_bytes()
    if damage == "absent":
        weights.unlink()
    else:
        spoilt = {"cut": content[:5000], "garbled": b"\xff" * 5000, "empty": b""}
        weights.write_bytes(spoilt[damage])
    with pytest.raises(
        ModelUnavailable, match=part.upper() if part == "clip" else "LLaVA"
    ) as fault:
        load(preset, CPU)
    assert "\n" not in str(fault.value)
    assert "--models" in str(fault.value)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(3, 3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelUnavailable, match=r"other\.safetensors"):
        load_weights(torch.nn.Linear(2, 2), tmp_path / "other.safetensors", EMBEDDED)


def test_pickled_weights_are_never_opened(tmp_path: Path) -> None:
    opened = tmp_path / "opened"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return open, (str(opened), "w")  # type: ignore[return-value]

    preset, folder = with_copy(tmp_path, "clip")
    (folder / "open_clip_model.safetensors").unlink()
    torch.save({"weights": Trap()}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(ModelUnavailable):
        load_clip(preset, CPU)
    assert not opened.exists()


@pytest.mark.parametrize("reference", ["folder:nowhere", "hub:some/model", "weights:embedded/none"])
def test_a_missing_folder_says_where_to_put_it(reference: str) -> None:
    with pytest.raises(ModelUnavailable, match="--models"):
        model_folder(reference, EMBEDDED)


def test_the_paper_preset_without_its_models_says_what_to_do() -> None:
    paper = load_preset("paper")
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE=0"):
        load_llava(paper, CPU)
