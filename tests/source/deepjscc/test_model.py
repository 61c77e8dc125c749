import pytest
import torch

from linksim.source.deepjscc.model import DeepJscc, symbols_of


@pytest.fixture(scope="module")
def model() -> DeepJscc:
    torch.manual_seed(0)
    return DeepJscc().eval().requires_grad_(False)


@pytest.mark.parametrize("side", [32, 64, 96])
def test_a_picture_becomes_a_sixth_as_many_symbols_as_numbers_and_a_picture_again(
    model: DeepJscc, side: int
) -> None:
    symbols = model.encode(torch.rand(2, 3, side, side))
    assert symbols.dtype == torch.complex64
    assert symbols.shape == (2, symbols_of((side, side)))
    assert symbols_of((side, side)) * 3 == side * side * 3
    picture = model.decode(symbols, torch.full(symbols.shape, 0.1), (side, side))
    assert picture.shape == (2, 3, side, side)
    assert ((picture >= 0) & (picture <= 1)).all()


def test_every_picture_is_sent_with_mean_energy_one(model: DeepJscc) -> None:
    images = torch.stack([torch.zeros(3, 32, 32), torch.ones(3, 32, 32), torch.rand(3, 32, 32)])
    energy = model.encode(images).abs().square().mean(dim=1)
    assert energy.tolist() == pytest.approx([1, 1, 1], rel=1e-4)


def test_a_symbol_lost_in_noise_changes_nothing(model: DeepJscc) -> None:
    symbols = model.encode(torch.rand(1, 3, 32, 32))
    n0 = torch.full(symbols.shape, 0.01)
    n0[:, 7] = 1e12
    other = symbols.clone()
    other[:, 7] = 100
    assert torch.allclose(
        model.decode(symbols, n0, (32, 32)), model.decode(other, n0, (32, 32)), atol=1e-6
    )
