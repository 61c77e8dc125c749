"""The channel that gradients pass: the numbers of the layer that measures, and their slopes."""

from typing import Any

import numpy as np
import pytest
import torch

from linksim.link import TorchChannel
from linksim.link.torch_channel import _draws
from linksim.phy import ChannelSpec
from linksim.phy.analogue import AnalogueLayer
from linksim.phy.channel import BLOCK, ChannelUse
from linksim.phy.sionna import torch_draws

CHANNELS = {
    "awgn": ChannelSpec(),
    "rayleigh": ChannelSpec("rayleigh"),
    "rician": ChannelSpec("rician", BLOCK, 4.0),
    "pilots": ChannelSpec("rayleigh", 16, pilot_every=8),
}
FRAMES = [3, 0, 2**40, 3]


def symbols(count: int = 50) -> torch.Tensor:
    drawn = torch.randn(4, count, dtype=torch.complex64, generator=torch.Generator().manual_seed(1))
    return drawn / drawn.abs().square().mean(dim=1, keepdim=True).sqrt()


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_it_is_the_channel_that_codecs_are_measured_on(channel: ChannelSpec) -> None:
    sent = symbols()
    ours = TorchChannel(50, channel, seed=5)(sent, 7.0, FRAMES)
    expected = AnalogueLayer(50, channel, seed=5).transmit(sent.numpy(), 7.0, FRAMES)
    np.testing.assert_allclose(ours.values.numpy(), expected.values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.n0.numpy(), expected.n0, rtol=1e-6)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_what_a_gpu_draws_is_the_same(channel: ChannelSpec) -> None:
    use = ChannelUse(channel, 5, 7.0, FRAMES, 1, 50)
    noise = use.n0**0.5 * torch_draws.noise(use, "cpu")
    drawn = noise, *torch_draws.gains(use, "cpu")
    for there, here in zip(drawn, _draws(use, torch.device("cpu")), strict=True):
        assert there.dtype == here.dtype
        torch.testing.assert_close(there, here, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_rows_may_have_each_its_own_snr(channel: ChannelSpec) -> None:
    sent, several = symbols(), [7.0, -3.5, 7.0, 12.0]
    together = TorchChannel(50, channel, seed=5)(sent, several, FRAMES)
    for row, snr_db in enumerate(several):
        alone = TorchChannel(50, channel, seed=5)(sent, snr_db, FRAMES)
        assert torch.equal(together.values[row], alone.values[row])
        assert torch.equal(together.n0[row], alone.n0[row])


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_the_gradient_is_the_gain_over_what_it_is_taken_for(channel: ChannelSpec) -> None:
    sent = symbols().requires_grad_()
    received = TorchChannel(50, channel, seed=5)(sent, 7.0, FRAMES)
    received.values.real.sum().backward()
    true, known, _ = ChannelUse(channel, 5, 7.0, FRAMES, 1, 50).gains()
    assert sent.grad is not None
    # PyTorch's gradient of a real number by a complex one is the conjugate of the factor.
    np.testing.assert_allclose(sent.grad.numpy(), (true / known).conj(), rtol=1e-4, atol=1e-5)
    assert not received.n0.requires_grad


def test_one_learns_through_it() -> None:
    """A gain for the receiver, by gradient descent alone: the MMSE's, 1 / (1 + N0)."""
    channel, scale = TorchChannel(50, ChannelSpec()), torch.zeros(1, requires_grad=True)
    sent = symbols()
    optimizer = torch.optim.SGD([scale], lr=0.2)
    for step in range(60):
        received = channel(sent, 0.0, range(4 * step, 4 * step + 4))
        optimizer.zero_grad()
        (scale * received.values - sent).abs().square().mean().backward()
        optimizer.step()
    assert scale.item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.ones((2, 50), dtype=np.complex64), "values: give a tensor of complex64"),
        (torch.ones(2, 50), "values: give a tensor of complex64"),
        (torch.ones(2, 49, dtype=torch.complex64), "give B rows of 50"),
        (torch.ones(50, dtype=torch.complex64), "give B rows of 50"),
        (2 * torch.ones(2, 50, dtype=torch.complex64), "mean energy one"),
        (torch.nan * torch.ones(2, 50, dtype=torch.complex64), "mean energy one"),
    ],
)
def test_other_values_are_refused(values: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        TorchChannel(50, ChannelSpec())(values, 3.0)


def test_other_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="send pilots at least as often"):
        TorchChannel(4, ChannelSpec("rayleigh", BLOCK, pilot_every=8))
    with pytest.raises(ValueError, match="frames: 3 numbers for 4 rows"):
        TorchChannel(50, ChannelSpec())(symbols(), 3.0, range(3))
    with pytest.raises(ValueError, match="snr_db: 3 for 4 rows"):
        TorchChannel(50, ChannelSpec())(symbols(), [1.0, 2.0, 3.0])
