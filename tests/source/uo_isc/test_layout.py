import pytest
import torch

from linksim.source.uo_isc.layout import Layout

ORDER = torch.tensor([2, 0, 5, 1, 4, 3])


def bits_of(numbers: torch.Tensor, width: int) -> torch.Tensor:
    return (numbers[..., None] >> torch.arange(width - 1, -1, -1)) & 1


def indices() -> torch.Tensor:
    """Return indices that say where they are from: 10 · group + token."""
    return (10 * torch.arange(6)[:, None] + torch.arange(9)).expand(2, -1, -1)


def test_the_most_important_group_leads() -> None:
    layout = Layout(ORDER, tokens=9, sent=9, width=6)
    everywhere = torch.arange(9).expand(2, -1)
    numbers = layout.pack(indices(), everywhere)
    assert numbers[0, :18].tolist() == [*range(20, 29), *range(9)]
    assert layout.format.parts == (("strong", 18), ("weak", 36))
    assert torch.equal(layout.unpack(numbers), indices())
    assert torch.equal(layout.places(bits_of(numbers, 6)), everywhere)


def test_some_tokens_go_with_a_mask_that_says_which() -> None:
    layout = Layout(ORDER, tokens=9, sent=2, width=6)
    places = torch.tensor([[0, 7], [3, 8]])
    numbers = layout.pack(indices(), places)
    assert numbers[:, :2].tolist() == [[0b100000, 0b010000], [0b000100, 0b001000]]
    assert layout.format.parts == (("mask", 2), ("strong", 4), ("weak", 8))
    assert numbers.shape == (2, 14)
    assert torch.equal(layout.places(bits_of(numbers, 6)), places)
    assert layout.unpack(numbers)[1].tolist() == [[10 * g + 3, 10 * g + 8] for g in range(6)]


@pytest.mark.parametrize("seed", range(20))
def test_any_mask_names_as_many_tokens_as_are_sent(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    layout = Layout(ORDER, tokens=9, sent=4, width=6)
    numbers = torch.randint(64, (3, 2 + 24), generator=generator)
    for belief in (bits_of(numbers, 6), torch.randn(3, 26, 6, generator=generator)):
        places = layout.places(belief)
        assert places.shape == (3, 4)
        assert (places.diff(dim=1) > 0).all()
        assert places.min() >= 0
        assert places.max() < 9


def test_llrs_of_a_mask_are_weighed() -> None:
    layout = Layout(ORDER, tokens=9, sent=2, width=6)
    llr = torch.full((1, 14, 6), -5.0)
    llr[0, 0, 2], llr[0, 1, 1], llr[0, 0, 4] = 3.0, -0.5, -0.2
    assert layout.places(llr).tolist() == [[2, 4]]
