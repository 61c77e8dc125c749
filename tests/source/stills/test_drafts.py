"""AVIF's quick encoder, which tells where to look for the quality that fits."""

import numpy as np
import pytest
import torch

from linksim.source.codec import load_codec
from linksim.source.message import Received
from linksim.source.stills.codec import Budget, StillCodec
from linksim.source.stills.formats import AVIF, JPEG
from linksim.source.stills.ladder import Ladder
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    y, x = np.mgrid[:48, :64]
    waves = np.stack([np.sin(x / a + y / b) for a, b in ((2, 9), (7, 3), (4, 6))], axis=2)
    noise = np.random.default_rng(4).normal(0, 9, waves.shape)
    return (waves * 80 + 128 + noise).clip(0, 255).astype(np.uint8)


def test_what_is_sent_is_what_a_search_without_drafts_finds(picture: np.ndarray) -> None:
    assert AVIF.encode
    for most in (150, 600):
        codec = AVIF.codec((48, 64), Budget(8 * most), CPU)
        searched = Ladder(AVIF.encode, AVIF.rungs).best(picture, b"", most)
        assert codec.stream(picture) == searched


def test_drafts_are_read_as_what_they_stand_for(picture: np.ndarray) -> None:
    codec = load_codec("avif:bpp=1.5", load_preset("embedded"), CPU)
    assert isinstance(codec, StillCodec)
    codec = codec.fitted(48, 64)
    draft = codec.drafting
    image = torch.from_numpy(picture).permute(2, 0, 1)[None] / 255
    shown = []
    for one in (codec, draft):
        values = one.encode(image, [""]).values
        nothing = torch.zeros_like(values, dtype=torch.bool)
        shown.append(one.decode(Received(values, 8, nothing, torch.zeros(0))))
    assert draft.format == codec.format
    assert (shown[0] - shown[1]).square().mean() < 0.05**2
    jpeg = JPEG.codec((48, 64), Budget(4096), CPU)
    assert jpeg.drafting is jpeg
