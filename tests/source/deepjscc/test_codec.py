from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from linksim.source import ReceivedSymbols, UnknownCodec, load_codec
from linksim.source.deepjscc.codec import WEIGHTS_FILE
from linksim.source.deepjscc.model import DeepJscc
from linksim.source.zoo.preset import ModelUnavailable, load_preset

PRESET, CPU = load_preset("embedded"), torch.device("cpu")


def test_weights_of_ones_own_are_used(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = DeepJscc()
    save_file({n: t.half() for n, t in model.state_dict().items()}, tmp_path / WEIGHTS_FILE)
    codec = load_codec(f"deepjscc:weights={tmp_path}", PRESET, CPU)
    images = torch.rand(2, 3, codec.side, codec.side)
    sent = codec.encode(images, ["", ""])
    assert torch.allclose(sent.values, model.encode(images), atol=0.02)  # type: ignore[union-attr]
    received = ReceivedSymbols(sent.values, torch.zeros(sent.values.shape))
    assert codec.decode(received).shape == images.shape  # type: ignore[arg-type]


def test_weights_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="missing") as refused:
        load_codec(f"deepjscc:weights={tmp_path}", PRESET, CPU)
    assert "\n" not in str(refused.value)


def test_options_that_it_does_not_have_are_refused() -> None:
    with pytest.raises(UnknownCodec, match="deepjscc has no option 'bits'; it has weights"):
        load_codec("deepjscc:bits=4096", PRESET, CPU)
