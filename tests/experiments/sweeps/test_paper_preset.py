"""The paper preset at its real sizes, with random weights: encode, link, decode on a CPU."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from linksim.experiments.cli.main import run
from linksim.experiments.training.saving import save_half
from linksim.link import connect
from linksim.phy import PhySetup, PhySpec
from linksim.source import load_codec
from linksim.source.uo_isc.codec import UoIscCodec, build, weights_file
from linksim.source.zoo.loading import CLIP_WEIGHTS
from linksim.source.zoo.preset import Preset, load_preset

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    """Write random weights where the published ones go."""
    models = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    preset = load_preset("paper", models)
    untrained = build(load_preset("paper"), CPU, "no-vlm")  # which asks for no weights of CLIP
    clip = models / "ViT-B-16-quickgelu--openai"
    clip.mkdir()
    tensors = untrained.clip.model.state_dict()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, clip / CLIP_WEIGHTS)
    codec = build(preset, CPU)
    (models / "uo_isc").mkdir()
    save_half(codec.model, weights_file(models / "uo_isc", "model"))
    return preset


def test_the_whole_link_runs_at_the_papers_sizes(preset: Preset) -> None:
    codec = load_codec("uo_isc", preset, CPU)
    assert isinstance(codec, UoIscCodec)
    config = codec.model.config
    assert (codec.side, config.grid, config.index_bits) == (224, 14, 10)
    assert config.indices == 4 * 14 * 14 * 256 // 32
    activation = codec.clip.model.visual.transformer.resblocks[0].mlp.gelu
    assert type(activation).__name__ == "QuickGELU"
    image = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    message = codec.encode(image, ["is there a bus?"])
    link = connect(codec, PhySetup(PhySpec(), 0, "native", 1))
    clean, noisy = (link.deliver(message, snr_db, [0]) for snr_db in (30.0, -5.0))
    assert clean.images.shape == (1, 3, 224, 224)
    assert clean.bit_errors.sum() == 0
    assert noisy.index_errors.sum() > 0
    assert not torch.equal(clean.images, noisy.images)


@pytest.mark.parametrize("command", ["sweep --codec png", "evaluate llava"])
def test_code_that_comes_with_weights_asks_for_trust(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [] if command.startswith("evaluate") else ["--out", str(tmp_path / "out")]
    nano = ["--preset", "paper-nanollava", "--models", str(tmp_path), "--device", "cpu", *out]
    assert run([*command.split(), *nano]) == 2
    said = capsys.readouterr().err
    assert said.startswith("linksim: --preset paper-nanollava: LLaVA hub:qnguyen3/nanoLLaVA runs")
    assert "give --trust-remote-code" in said
    assert run([*command.split(), *nano, "--trust-remote-code"]) == 2
    assert "is not in the hub's cache" in capsys.readouterr().err
