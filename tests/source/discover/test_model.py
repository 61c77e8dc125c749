"""DISCOVER's base codec in training: shapes, gradients, what contexts may see."""

import torch

from linksim.source.discover.elements import partition
from linksim.source.discover.entropy_model import information, scale_table
from linksim.source.discover.layout import PLACES
from linksim.source.discover.model import DiscoverModel, Elements

from .small import CONFIG, small_latent, small_model, small_side


def elements(boxes: list[tuple[float, float, float, float]]) -> Elements:
    cells = partition(boxes, CONFIG.grid)
    return Elements(cells, torch.zeros(len(cells), dtype=torch.long))


def test_shapes_and_gradients() -> None:
    torch.manual_seed(0)
    model = DiscoverModel(CONFIG)
    images = torch.rand(2, 3, CONFIG.side, CONFIG.side)
    cells = partition([(0.1, 0.1, 0.6, 0.6)], CONFIG.grid)
    owner = torch.tensor([0, 0, 1, 1])
    latent, side, rate = model(images, Elements(cells.repeat(2, 1, 1), owner))
    drawn = torch.rand(2, CONFIG.text + PLACES, CONFIG.rows, CONFIG.rows)
    painted = model.synthesis(latent, side, drawn)
    assert latent.shape == (2, CONFIG.latent, CONFIG.grid, CONFIG.grid)
    assert side.shape == (2, CONFIG.hyper, CONFIG.hyper_grid, CONFIG.hyper_grid)
    assert painted.shape == (2, CONFIG.diffusion, 8, 8)
    assert rate.bits.shape == (2,)
    (painted.square().mean() + rate.bits.mean()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_an_elements_bits_do_not_depend_on_other_elements() -> None:
    model, y = small_model(), small_latent()[None]
    side = small_side()[None].round()
    parts = elements([(0.0, 0.0, 0.5, 0.5)])
    moved = torch.where(parts.cells[0], y, y + 5)
    first = Elements(parts.cells[:1], parts.owner[:1])
    bits = []
    for latent in (y, moved):
        torch.manual_seed(0)
        bits.append(model.latent_of(latent, side, first)[1].item())
    assert bits[0] == bits[1] > 0


def test_shared_cells_are_coded_twice_and_decoded_to_their_mean() -> None:
    model, y = small_model(), small_latent()[None]
    side = small_side()[None].round()
    boxes = [(0.0, 0.0, 0.6, 0.6), (0.4, 0.4, 1.0, 1.0)]
    latent, _ = model.latent_of(y, side, elements(boxes))
    assert (latent - y).abs().max() <= 0.5 + 1e-4


def test_information_is_that_of_a_normal_distribution() -> None:
    table = scale_table()
    place = torch.tensor(30.0, dtype=torch.float64)
    numbers = torch.arange(-13, 14, dtype=torch.float64)
    probability = 2 ** -information(numbers, place, table)
    assert abs(float(probability.sum()) - 1) < 1e-5
    spread = float((probability * numbers.square()).sum())
    assert abs(spread - (float(table[30]) ** 2 + 1 / 12)) < 1e-3  # of what is rounded


def test_no_place_in_the_table_is_beyond_its_ends() -> None:
    table = scale_table()
    zero = torch.zeros(1, dtype=torch.float64)
    for place, end in ((-50.0, 0.0), (500.0, 63.0)):
        costs = [
            information(zero, torch.tensor(p, dtype=torch.float64), table) for p in (place, end)
        ]
        assert torch.equal(*costs)
