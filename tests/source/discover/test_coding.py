"""Elements to bytes and back: exact, each on its own, whatever arrives."""

import numpy as np
import pytest
import torch

from linksim.source.discover.coding import ElementCoder
from linksim.source.discover.elements import partition
from linksim.source.discover.exact import exact, rounded
from linksim.source.discover.exact_entropy import ExactEntropy
from linksim.source.discover.model import Elements
from linksim.source.message import ReceivedUnit

from .small import CONFIG, small_latent, small_model, small_side

GOLDEN_IDENTITY = 41659
GOLDEN_SIDE = "197dbe32dfb44c8e629a0e"
GOLDEN_PAYLOAD = (
    "2ecc99bbef95613e11df90611d33ce9138e0683eed8038653a07336ac77ac485101587dad6b2c228"
    "f8b0925c87ff04297d39cb006430beecd8db2817d766df487a2d5c0f23d71292f5c7fa20bb4768fe"
    "b1b6b573ee2ef7231d80a783b8d76b3bed85b9ba"
)

BOXES = [(0.0, 0.0, 0.5, 0.6), (0.3, 0.3, 0.9, 0.9)]


@pytest.fixture(scope="module")
def coder() -> ElementCoder:
    return ElementCoder(small_model())


def whole(payloads: list[bytes]) -> list[ReceivedUnit]:
    return [ReceivedUnit(payload, True) for payload in payloads]


def coded(
    coder: ElementCoder, y: torch.Tensor, side: torch.Tensor, cells: torch.Tensor
) -> tuple[list[bytes], torch.Tensor]:
    payloads, latents = zip(*coder.encode(y, side, cells), strict=True)
    return list(payloads), torch.stack(latents)


def decoded(
    coder: ElementCoder, payloads: list[ReceivedUnit], side: torch.Tensor, cells: torch.Tensor
) -> torch.Tensor:
    return torch.stack(list(coder.decode(payloads, side, cells)))


def test_what_is_coded_is_decoded(coder: ElementCoder) -> None:
    cells = partition(BOXES, CONFIG.grid)
    data, side = coder.encode_side(small_side())
    payloads, latents = coded(coder, small_latent(), side, cells)
    assert torch.equal(coder.decode_side(data), side)
    assert torch.equal(decoded(coder, whole(payloads), side, cells), latents)
    for latent, cell in zip(latents, cells, strict=True):
        assert not latent[:, ~cell].any()
        assert (latent - small_latent())[:, cell].abs().max() <= 0.5


def test_an_element_decodes_without_the_others(coder: ElementCoder) -> None:
    cells = partition(BOXES, CONFIG.grid)
    _, side = coder.encode_side(small_side())
    payloads, latents = coded(coder, small_latent(), side, cells)
    for place in range(len(cells)):
        alone = decoded(coder, whole(payloads[place : place + 1]), side, cells[place : place + 1])
        assert torch.equal(alone[0], latents[place])


def test_threads_make_no_difference() -> None:
    """Encoded by one thread, decoded by two, by a coder of its own."""
    cells = partition(BOXES, CONFIG.grid)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = ElementCoder(small_model())
        data, side = one.encode_side(small_side())
        payloads, latents = coded(one, small_latent(), side, cells)
        torch.set_num_threads(2)
        two = ElementCoder(small_model())
        assert torch.equal(decoded(two, whole(payloads), two.decode_side(data), cells), latents)
    finally:
        torch.set_num_threads(threads)


def test_golden_payloads(coder: ElementCoder) -> None:
    """A change of these bytes makes every stream unreadable that was ever written."""
    cells = partition([(0.2, 0.2, 0.5, 0.4)], CONFIG.grid)[:1]
    data, side = coder.encode_side(small_side())
    payloads, _ = coded(coder, small_latent(), side, cells)
    assert coder.identity() == GOLDEN_IDENTITY
    assert data.hex() == GOLDEN_SIDE
    assert payloads[0].hex() == GOLDEN_PAYLOAD


def test_training_counts_the_bits_that_are_sent(coder: ElementCoder) -> None:
    model, cells = small_model(), partition(BOXES, CONFIG.grid)
    y = small_latent()[None]
    _, side = coder.encode_side(small_side())
    payloads, _ = coded(coder, small_latent(), side, cells)
    torch.manual_seed(0)
    owner = torch.zeros(len(cells), dtype=torch.long)
    counted = [
        model.latent_of(y, side[None].float(), Elements(cells, owner))[1].item() for _ in range(20)
    ]
    sent = 8 * sum(map(len, payloads))
    assert sent == pytest.approx(np.mean(counted), rel=0.1)


def test_a_beginning_gives_the_first_numbers_and_zeros(coder: ElementCoder) -> None:
    cells = partition([], CONFIG.grid)
    _, side = coder.encode_side(small_side())
    (payload,), latents = coded(coder, small_latent(), side, cells)
    known = []
    for length in range(0, len(payload), 40):
        cut = decoded(coder, [ReceivedUnit(payload[:length], False)], side, cells)
        wrong = cut != latents
        assert not cut[wrong].any()
        known.append(int((cut != 0).sum()))
    assert known == sorted(known)
    assert known[0] == 0
    assert known[-1] > known[0]


def test_any_bytes_give_a_latent(coder: ElementCoder) -> None:
    rng = np.random.default_rng(0)
    cells = partition(BOXES, CONFIG.grid)
    for number in range(60):
        side = coder.decode_side(rng.bytes(int(rng.integers(0, 40))))
        payloads = [
            ReceivedUnit(rng.bytes(int(rng.integers(0, 200))), bool(rng.integers(2))) for _ in cells
        ]
        latents = decoded(coder, payloads, side, cells)
        assert torch.isfinite(latents).all(), number


def test_an_element_costs_what_it_covers_and_says_what_the_whole_map_would(
    coder: ElementCoder,
) -> None:
    """The networks over the whole map, as training runs them, against the places alone."""
    model, cells = exact(small_model().entropy), partition(BOXES, CONFIG.grid)
    at_places, (_, side) = ExactEntropy(small_model().entropy), coder.encode_side(small_side())
    psi = model.begin(side.double().expand(len(cells), -1, -1, -1), cells.double())
    assert torch.equal(at_places.begin(at_places.told(side), cells), psi)
    known = rounded(small_latent() * cells[:, None])
    for step in model.steps():
        seen = known.clone()
        seen[:, step.channels, model.checkerboard(True)] = 0  # what is not decoded yet
        seen[:, step.channels.stop :] = 0
        here = at_places.places(step, cells)
        ours = at_places.predict(step, psi, seen, here)
        for mine, wide in zip(ours, model.predict(step, psi, seen), strict=True):
            assert torch.equal(mine, wide.permute(0, 2, 3, 1)[tuple(here)])


def test_another_model_has_another_identity(coder: ElementCoder) -> None:
    assert ElementCoder(small_model(seed=5)).identity() != coder.identity()
