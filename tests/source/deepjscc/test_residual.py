import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from linksim.link import connect
from linksim.phy import PhySetup
from linksim.source import Draft, Symbols, load_codec
from linksim.source.deepjscc.codec import WEIGHTS_FILE, residual_codec
from linksim.source.deepjscc.residual import CONFIG_FILE, ResidualConfig, ResidualJscc
from linksim.source.refused import Refused
from linksim.source.zoo.preset import ModelUnavailable, load_preset

CONFIG = ResidualConfig.of(Fraction(1, 16), (0.0, 20.0))
PRESET, CPU = load_preset("embedded"), torch.device("cpu")


@pytest.fixture(scope="module")
def model() -> ResidualJscc:
    """Return networks with something to say, whose attention weighs by the SNR."""
    torch.manual_seed(0)
    made = ResidualJscc(CONFIG).eval().requires_grad_(False)
    for layer in (made.encoder.layers[-1], made.decoder.layers[-1]):
        for parameter in layer.parameters():
            torch.nn.init.normal_(parameter, std=0.05)
    return made


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    """Return waves, as slow as what pictures are made of."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    waves = [torch.sin(rows / 25), torch.cos(columns / 35), torch.sin((rows + columns) / 45)]
    return (0.5 + 0.3 * torch.stack(waves))[None]


@pytest.mark.parametrize("size", [(64, 64), (64, 96), (8, 104)])
@pytest.mark.parametrize("cbr", [Fraction(1, 192), Fraction(1, 16), Fraction(1, 3)])
def test_a_picture_of_any_size_becomes_the_symbols_that_the_ratio_says(
    size: tuple[int, int], cbr: Fraction
) -> None:
    made = ResidualJscc(ResidualConfig.of(cbr, (10.0, 10.0))).eval().requires_grad_(False)
    sent = made.encode(torch.rand(2, 3, *size), torch.full((2,), 10.0))
    assert sent.shape == (2, cbr * 3 * size[0] * size[1])
    assert sent.abs().square().mean(dim=1).tolist() == pytest.approx([1, 1], rel=1e-4)
    assert made.decode(sent, torch.full(sent.shape, 0.1), size).shape == (2, 3, *size)


@pytest.mark.parametrize(("cbr", "offer"), [(Fraction(1, 7), "9/64"), (Fraction(1, 1000), "1/192")])
def test_a_ratio_that_leaves_no_whole_symbols_names_the_nearest_that_does(
    cbr: Fraction, offer: str
) -> None:
    with pytest.raises(Refused, match=f"give {offer}"):
        ResidualConfig.of(cbr, (0.0, 20.0))


def test_untrained_networks_are_a_linear_transform_and_its_inverse(picture: torch.Tensor) -> None:
    """Slow waves lie within the functions that are sent, however strong they are."""
    made = ResidualJscc(CONFIG).eval().requires_grad_(False)
    for shown in (picture, 0.5 + 0.2 * (picture - 0.5)):
        sent = made.encode(shown, torch.tensor([20.0]))
        received = made.decode(sent, torch.zeros(sent.shape), (64, 96))
        assert (received - shown).square().mean() < 1e-4


def test_the_receiver_needs_not_be_told_how_strong_a_picture_is(
    model: ResidualJscc, picture: torch.Tensor
) -> None:
    """The pilot says it: symbols that all fade alike show the same."""
    sent = model.encode(picture, torch.tensor([10.0]))
    n0 = torch.full(sent.shape, 0.1)
    shown, weaker = (model.decode(values, n0, (64, 96)) for values in (sent, sent / 2))
    torch.testing.assert_close(weaker, shown, rtol=0, atol=1e-4)


def test_the_sender_goes_by_the_snr_that_it_was_trained_at(
    model: ResidualJscc, picture: torch.Tensor
) -> None:
    told = {x: model.encode(picture, torch.tensor([x])) for x in (-30.0, 0.0, 10.0, 20.0, 40.0)}
    assert not torch.allclose(told[0.0], told[10.0], atol=1e-3)
    assert torch.equal(told[-30.0], told[0.0])
    assert torch.equal(told[40.0], told[20.0])


def test_a_link_tells_the_sender_the_snr_and_pictures_are_encoded_once(
    model: ResidualJscc, picture: torch.Tensor
) -> None:
    codec = residual_codec(model, (64, 96))
    message, link = codec.encode(picture, [""]), connect(codec, PhySetup())
    assert isinstance(message, Draft)
    assert link.sender_knows == "mean SNR"
    assert link.account(message).symbols.tolist() == [64 * 96 * 3 // 16]
    for snr_db in (0.0, 20.0):
        arrived = link.send(message, snr_db, [3]).received.values
        sent = model.encode(picture, torch.tensor([snr_db]))
        noise = (arrived - sent).abs().square().mean()
        assert noise == pytest.approx(10 ** (-snr_db / 10), rel=0.1)


def test_networks_for_one_snr_are_told_nothing(picture: torch.Tensor) -> None:
    made = ResidualJscc(ResidualConfig.of(Fraction(1, 16), (7.0, 7.0)))
    codec = residual_codec(made, (64, 96))
    assert isinstance(codec.encode(picture, [""]), Symbols)
    assert connect(codec, PhySetup()).sender_knows == ""
    assert not len(made.encoder.attentions)


def test_weights_with_their_configuration_are_read(tmp_path: Path, model: ResidualJscc) -> None:
    save_file({n: t.half() for n, t in model.state_dict().items()}, tmp_path / WEIGHTS_FILE)
    (tmp_path / CONFIG_FILE).write_text(json.dumps(CONFIG.to_json()))
    codec = load_codec(f"deepjscc:weights={tmp_path}", PRESET, CPU)
    assert codec.fitted(32, 40).format.count == 32 * 40 * 3 // 16  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "said",
    [
        "[]",
        '{"channels": 24}',
        '{"channels": 25, "snr_db": [0, 20], "adaptive": true}',
        '{"channels": 1000000, "snr_db": [0, 20], "adaptive": true}',
        '{"channels": 24.0, "snr_db": [0, 20], "adaptive": true}',
        '{"channels": 24, "snr_db": [20, 0], "adaptive": true}',
        '{"channels": 24, "snr_db": [0, 1e999], "adaptive": true}',
        '{"channels": 24, "snr_db": "ab", "adaptive": true}',
        '{"channels": 24, "snr_db": [0, 20], "adaptive": 1}',
    ],
)
def test_configurations_that_are_none_are_one_line(tmp_path: Path, said: str) -> None:
    (tmp_path / CONFIG_FILE).write_text(said)
    with pytest.raises(ModelUnavailable, match=r"channels|snr_db") as refused:
        load_codec(f"deepjscc:weights={tmp_path}", PRESET, CPU)
    assert "\n" not in str(refused.value)


def test_weights_of_other_networks_are_one_line(tmp_path: Path, model: ResidualJscc) -> None:
    save_file(dict(model.state_dict()), tmp_path / WEIGHTS_FILE)
    other = replace(CONFIG, channels=32).to_json()
    (tmp_path / CONFIG_FILE).write_text(json.dumps(other))
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_codec(f"deepjscc:weights={tmp_path}", PRESET, CPU)
