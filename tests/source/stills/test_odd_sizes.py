"""Still codecs at every size: whole through a clean link, and damaged by the thousand."""

import gc

import numpy as np
import pytest
import torch

from linksim.link import connect
from linksim.phy import PhySetup, PhySpec
from linksim.source import BudgetCodec, Codec, Message, Received, SizedCodec, load_codec
from linksim.source.sizes import Sizes, UnfitPicture
from linksim.source.stills.formats import STILLS
from linksim.source.stills.ladder import Ladder
from linksim.source.zoo.preset import load_preset

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PRESET, CPU = load_preset("embedded"), torch.device("cpu")
NAMES = sorted(STILLS)
MOST_SIDE, MOST_MEMORY = 70, 2**30
FAILING, NEAR_THRESHOLD_DB = PhySetup(PhySpec(), threads=1), 3.5


@pytest.fixture(scope="module", params=NAMES)
def codec(request: pytest.FixtureRequest) -> BudgetCodec:
    return _loaded(request.param)


def smooth(rng: np.random.Generator, height: int, width: int) -> torch.Tensor:
    """Draw a picture of slopes with some noise, ``[1, 3, height, width]``."""
    y, x = np.mgrid[:height, :width] / 70
    planes = [a * x + b * y + c for a, b, c in rng.random((3, 3))]
    drawn = np.clip(np.stack(planes) + rng.normal(0, 0.02, (3, height, width)), 0, 1)
    return torch.from_numpy(drawn.astype(np.float32))[None]


def arrived(values: torch.Tensor) -> Received:
    erased, llr = torch.zeros_like(values, dtype=torch.bool), torch.zeros(*values.shape, 8)
    return Received(values, 8, erased, llr)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (17, 2), (37, 53), (64, 64), (70, 9)])
def test_a_picture_of_any_size_arrives_as_it_was_sent(
    codec: BudgetCodec, size: tuple[int, int]
) -> None:
    image = smooth(np.random.default_rng(1), *size)
    fitted: Codec = codec.within(*size, 64_000)
    message = fitted.encode(image, [""])
    assert message.values.shape == (1, fitted.format.count)
    received = fitted.decode(arrived(message.values))
    assert received.shape == image.shape
    least = 12 if codec.name == "jpegxl" else 30  # its colours want more than a few pixels
    error = float((received - image).square().mean())
    assert error < 10 ** (-least / 10)


def test_bytes_do_not_depend_on_what_was_sent_before(codec: BudgetCodec) -> None:
    rng = np.random.default_rng(2)
    images = [smooth(rng, 40, 56) for _ in range(3)]
    afresh = [_loaded(codec.name).within(40, 56, 4096).encode(one, [""]).values for one in images]
    together = codec.within(40, 56, 4096).encode(torch.cat(images[::-1]), [""] * 3).values
    assert torch.equal(torch.cat(afresh[::-1]), together)
    for bits in (16_000, 2048, 8192, 4096):  # what was learnt at other budgets changes nothing
        codec.within(40, 56, bits).encode(images[0], [""])
    assert torch.equal(codec.within(40, 56, 4096).encode(images[0], [""]).values, afresh[0])


def _loaded(name: str) -> BudgetCodec:
    if STILLS[name].needs:
        pytest.importorskip(STILLS[name].needs)
    codec = load_codec(name, PRESET, CPU)
    assert isinstance(codec, SizedCodec)
    assert isinstance(codec, BudgetCodec)
    return codec


@pytest.mark.parametrize("name", NAMES)
def test_damaged_pictures_of_odd_sizes_are_pictures_all_the_same(name: str, fuzz: int) -> None:
    rng = np.random.default_rng(3)
    before, held = most_of_children(), most_of_this_process()
    codec, wrong = _loaded(name), 0
    for turn in range(15 * fuzz):
        height, width = (int(side) for side in rng.integers(1, MOST_SIDE + 1, 2))
        fitted = codec.within(height, width, int(rng.integers(64, 16_000)))
        values = fitted.encode(smooth(rng, height, width), [""]).values
        harmed = torch.cat([damaged(values, rng, number) for number in range(5)])
        link = connect(fitted, FAILING)
        sent = Message(values.repeat(5, 1), 8)
        over = link.deliver(sent, NEAR_THRESHOLD_DB, range(5 * turn, 5 * turn + 5))
        wrong += int((over.bit_errors > 0).sum())
        received = torch.cat([fitted.decode(arrived(harmed)), over.images])
        assert received.shape == (10, 3, height, width)
        assert ((received >= 0) & (received <= 1)).all()
    del link, over
    assert wrong > 30 * fuzz
    del codec, fitted
    gc.collect()  # ends the process that decodes, which is counted from then on
    # A child counts as having had what this process had when it was started.
    assert most_of_children() <= max(before, MOST_MEMORY, most_of_this_process())
    assert most_of_this_process() - held < MOST_MEMORY


def most_of_children() -> int:
    """Return the most bytes that an ended child of this process had; 0 where nobody counts them."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 if resource else 0


def most_of_this_process() -> int:
    """Return the most bytes that this process had; 0 where nobody counts them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 if resource else 0


def damaged(values: torch.Tensor, rng: np.random.Generator, number: int) -> torch.Tensor:
    """Return bytes as a failing link leaves them: blocks of noise, or single wrong bits."""
    harmed = values.clone()
    length = values.shape[1]
    if number % 2:
        at = torch.from_numpy(rng.integers(0, length, int(rng.integers(1, 20))))
        harmed[:, at] ^= 1 << int(rng.integers(8))
    else:
        first, last = sorted(int(at) for at in rng.integers(0, length + 1, 2))
        harmed[:, first:last] = torch.from_numpy(rng.integers(0, 256, (1, last - first)))
    return harmed


def test_a_size_that_is_not_taken_is_refused_and_says_which_are() -> None:
    sizes = Sizes(multiple=16, least=32, most=512)
    assert sizes.within((70, 100)) == (64, 96)
    for size in ((31, 64), (64, 1000)):
        with pytest.raises(UnfitPicture, match="sides that 16 divides from 32 pixels to 512"):
            sizes.within(size)
    with pytest.raises(UnfitPicture, match="100×70: not taken"):
        sizes.check((70, 100))
    with pytest.raises(UnfitPicture, match="any size"):
        _loaded("webp").within(20_000, 4, 4096)


@pytest.mark.parametrize("falls", [0.9, 0.99, 0.5])
def test_the_finest_rung_that_fits_is_found_with_few_encodings(falls: float) -> None:
    made: list[int] = []

    def encode(picture: np.ndarray, rung: int) -> bytes:
        made.append(rung)
        return bytes(1 + int(10_000 * falls**rung))

    ladder = Ladder(encode, 100)
    picture = np.zeros((1, 1, 3), dtype=np.uint8)
    for most in (20_000, 5000, 700, 5, 1, 0):
        made.clear()
        found = ladder.best(picture, b"a", most)
        finest = next((r for r in range(100) if 1 + int(10_000 * falls**r) <= most), None)
        assert len(found) == (0 if finest is None else 1 + int(10_000 * falls**finest))
        assert len(made) <= 12
