"""Picture files as codecs: their budgets, and what a receiver sees."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.data.scenes import images_of
from linksim.source import Codec, Received, UnknownCodec, load_codec
from linksim.source.scenes import draw_scene
from linksim.source.stills import jpeg2000, png
from linksim.source.stills.formats import STILLS
from linksim.source.zoo.preset import load_preset

PRESET, CPU = load_preset("embedded"), torch.device("cpu")
DEFAULT_BITS = dict.fromkeys(STILLS, 6144) | {"png": 65536}
LEAST = {"jpeg": 21.0, "jpegxl": 20.0, "webp": 24.0, "png": 100.0}  # PSNR in dB of scenes
NAMES = sorted(STILLS)


def load(text: str) -> Codec:
    if needed := STILLS[text.partition(":")[0]].needs:
        pytest.importorskip(needed)
    return load_codec(text, PRESET, CPU)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of([draw_scene(2**33, number) for number in range(4)])


def arrived(values: torch.Tensor) -> Received:
    erased, llr = torch.zeros_like(values, dtype=torch.bool), torch.zeros(*values.shape, 8)
    return Received(values, 8, erased, llr)


def psnr(received: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    return -10 * (received - images).square().mean(dim=(1, 2, 3)).clamp(min=1e-10).log10()


@pytest.mark.parametrize("name", NAMES)
def test_a_clean_channel_shows_the_picture(name: str, images: torch.Tensor) -> None:
    least = LEAST.get(name, 24.0)
    codec = load(name)
    message = codec.encode(images, [""] * 4)
    assert codec.format.bits == DEFAULT_BITS[name]
    assert message.width == 8
    received = codec.decode(arrived(message.values))
    assert received.shape == images.shape
    assert received.dtype == torch.float32
    assert (psnr(received, images) >= least).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_can_not_be_decoded_is_grey_and_harms_no_other(
    name: str, images: torch.Tensor
) -> None:
    codec = load(name)
    values = codec.encode(images, [""] * 4).values
    values[1] = 255 - values[1]
    received = codec.decode(arrived(values))
    assert (received[1] == 0.5).all()
    assert (psnr(received[[0, 2, 3]], images[[0, 2, 3]]) > LEAST.get(name, 24.0) - 2).all()


@pytest.mark.parametrize("name", NAMES)
def test_more_bits_show_more(name: str, images: torch.Tensor) -> None:
    quality = []
    for bits in (4096, 8192, 16384):
        codec = load(f"{name}:bits={bits}")
        message = codec.encode(images, [""] * 4)
        assert codec.format.bits == bits
        quality.append(float(psnr(codec.decode(arrived(message.values)), images).mean()))
    assert quality == sorted(quality)
    assert len(set(quality)) == 3


def shown(stream: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(stream)), dtype=float)


def fidelity(picture: np.ndarray, most: int) -> float:
    """Return the PSNR in dB of what a budget shows; grey if it shows nothing."""
    stream = jpeg2000.compress(picture, most)
    error = np.square((shown(stream) if stream else 127.5) - picture).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-4)))


def test_jpeg2000_spends_few_bits_well() -> None:
    found = [fidelity(draw_scene(2**32, number).image, 128) for number in range(16)]
    assert found[0] >= 16
    assert np.mean(found) >= 15.4


@pytest.mark.parametrize("side", [40, 64])
def test_a_larger_budget_never_shows_a_worse_picture(side: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    scenes = [Image.fromarray(draw_scene(5, number).image) for number in range(2)]
    for picture in (noise, *(np.array(scene.resize((side, side))) for scene in scenes)):
        found = [fidelity(picture, most) for most in (*range(96, 256, 32), 384, 512, 768, 1100)]
        assert found == sorted(found)


def test_equal_pictures_give_equal_streams() -> None:
    picture = draw_scene(5, 0).image
    assert jpeg2000.compress(picture, 256) == jpeg2000.compress(picture.copy(), 256)


def test_jpeg2000_uses_its_budget() -> None:
    for number in range(8):
        stream = jpeg2000.compress(draw_scene(5, number).image, 768)
        assert 0.9 * 768 < len(stream) <= 768


def test_jpeg2000_transforms_colours_and_says_nothing_needless() -> None:
    stream = jpeg2000.codestream(Image.fromarray(draw_scene(5, 0).image), 30.0, 3, False)
    style = stream.index(b"\xff\x52")  # COD: length, Scod, progression, layers, transform
    assert stream[style + 8] == 1
    assert b"OpenJPEG" not in stream
    assert stream.endswith(b"\xff\xd9")


def test_a_picture_too_rich_for_its_budget_loses_colours_then_is_not_sent() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert 3000 < len(png.compress(noise, 8192)) <= 8192
    assert png.compress(noise, 100) == b""
    assert jpeg2000.compress(noise, 60) == b""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jpeg2000:bits=many", "jpeg2000:bits=many: give the bits of a picture, 1024 to"),
        ("jpeg2000:bits=-8", "jpeg2000:bits=-8: give the bits"),
        ("png:bits=8", "png:bits=8: give the bits"),
        ("png:bits=" + "9" * 30, "give the bits"),
        ("jpeg2000:bits=", "jpeg2000:bits=: give bits one value"),
        ("jpeg2000:bits=2048,bits=4096", "give bits one value"),
        ("jpeg2000:rate=2", "jpeg2000 has no option 'rate'; it has bits, bpp"),
        ("jpeg:bpp=0", "jpeg:bpp=0: give bits per pixel, 0.001 to 64"),
        ("webp:bpp=nan", "webp:bpp=nan: give bits per pixel"),
        ("avif:bits=4096,bpp=1", "give bits or bpp, one of them"),
    ],
)
def test_options_that_make_no_sense_are_one_line(text: str, says: str) -> None:
    with pytest.raises(UnknownCodec) as refused:
        load(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
