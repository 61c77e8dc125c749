"""Networks whose sums have no rounding errors."""

import pytest
import torch
from torch import nn

from linksim.source.discover.exact import exact, rounded


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(40, 64, 5, padding=2),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 5, stride=2, padding=2, output_padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 8, 1),
    )


@pytest.fixture
def inputs() -> torch.Tensor:
    return rounded(20 * torch.randn(12, 40, 8, 8, generator=torch.Generator().manual_seed(4)))


def test_neither_order_nor_batch_nor_threads_make_a_difference(inputs: torch.Tensor) -> None:
    plain, turned = exact(network()), network()
    # The same sums in another order: input channels the other way round.
    turned[0].weight.data = turned[0].weight.data.flip(1)
    backwards = exact(turned)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        whole = plain(inputs)
        torch.set_num_threads(2)
        assert torch.equal(plain(inputs), whole)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(backwards(inputs.flip(1)), whole)
    assert torch.equal(torch.cat([plain(row[None]) for row in inputs]), whole)


def test_float32_does_differ_with_the_order(inputs: torch.Tensor) -> None:
    plain, turned = network(), network()
    turned[0].weight.data = turned[0].weight.data.flip(1)
    assert not torch.equal(turned(inputs.float().flip(1)), plain(inputs.float()))


def test_outputs_are_close_to_the_plain_network_and_on_the_grid(inputs: torch.Tensor) -> None:
    made = exact(network())(inputs)
    assert torch.equal(made, rounded(made))
    assert (made - network().double()(inputs)).abs().max() < 0.1


def test_what_cannot_be_exact_is_refused() -> None:
    with pytest.raises(ValueError, match="Sigmoid can't be computed exactly"):
        exact(nn.Sequential(nn.Conv2d(1, 1, 1), nn.Sigmoid()))
    large = nn.Sequential(nn.Conv2d(64, 64, 5))
    nn.init.constant_(large[0].weight, 1e6)
    with pytest.raises(ValueError, match="too large"):
        exact(large)
