import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.source.pictures import (
    Framing,
    UnreadablePicture,
    check_picture,
    given_picture,
    load_picture,
    parse_size,
)
from linksim.source.sizes import Sizes, UnfitPicture


def gradient(width: int = 40, height: int = 30) -> Image.Image:
    x = np.linspace(0, 255, width, dtype=np.uint8)
    pixels = np.broadcast_to(x[None, :, None], (height, width, 3))
    return Image.fromarray(np.ascontiguousarray(pixels))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "P", "RGBA", "1", "LA"])
def test_every_colour_space_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    gradient().convert(mode).save(path)
    picture = load_picture(path, 16)
    assert picture.shape == (3, 16, 16)
    assert picture.dtype == torch.float32
    assert picture[:, :, 0].mean() < 0.3 < 0.7 < picture[:, :, -1].mean()


def test_sixteen_bits_a_pixel_keep_their_brightness(tmp_path: Path) -> None:
    values = np.full((20, 20), 32768, dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    assert load_picture(tmp_path / "deep.png", 8).mean() == pytest.approx(0.5, abs=0.01)


NUMBERS = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (30, 1))


@pytest.mark.parametrize("white", [1.0, 1.2, 255.0, 65535.0])
def test_white_of_numbers_follows_from_their_range(white: float, tmp_path: Path) -> None:
    Image.fromarray(NUMBERS * np.float32(white)).save(tmp_path / "float.tif")
    wanted = NUMBERS * (1.2 if white == 1.2 else 1)
    Image.fromarray((wanted * 255).clip(0, 255).astype(np.uint8)).save(tmp_path / "bytes.png")
    shown, plain = (load_picture(tmp_path / name, 16) for name in ("float.tif", "bytes.png"))
    assert (shown - plain).abs().max() < 2 / 255


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_integers_are_taken_as_numbers_are(white: int, tmp_path: Path) -> None:
    Image.fromarray((NUMBERS * white).round().astype(np.int32)).save(tmp_path / "whole.tif")
    shown = load_picture(tmp_path / "whole.tif", 16)
    assert shown[:, :, 0].mean() < 0.2  # the middle square begins at an eighth
    assert shown[:, :, -1].mean() > 0.8


@pytest.mark.parametrize(
    ("worst", "says"), [(np.nan, "no numbers"), (np.inf, "no numbers"), (1e6, "go up to 1e")]
)
def test_numbers_without_a_white_are_refused(worst: float, says: str, tmp_path: Path) -> None:
    values = NUMBERS.copy()
    values[3, 4] = worst
    Image.fromarray(values).save(tmp_path / "wild.tif")
    for read in (check_picture, lambda path: load_picture(path, 16)):
        with pytest.raises(UnreadablePicture, match=f"wild.tif.*{says}"):
            read(tmp_path / "wild.tif")


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_mean_the_same_in_either_order(order: str, tmp_path: Path) -> None:
    values = (NUMBERS * 65535).astype(f"{order}u2")
    mode = "I;16" if order == "<" else "I;16B"
    Image.frombytes(mode, (40, 30), values.tobytes()).save(tmp_path / "deep.tif")
    shown = load_picture(tmp_path / "deep.tif", 16)[0].mean(dim=0)
    assert shown[0] == pytest.approx(0.14, abs=0.03)  # the middle square begins at an eighth
    assert shown[-1] == pytest.approx(0.86, abs=0.03)
    assert (shown.diff() > 0).all()


def test_lab_is_shown_in_its_colours(tmp_path: Path) -> None:
    values = np.zeros((20, 20, 3), dtype=np.uint8)
    values[...] = (136, 81, 70)  # L* 53.2, a* 80.1, b* 67.2: sRGB's red, under D65 nearly
    Image.frombytes("LAB", (20, 20), values.tobytes()).save(tmp_path / "red.tif")
    red, green, blue = load_picture(tmp_path / "red.tif", 8).mean(dim=(1, 2)).tolist()
    assert red > 0.95
    assert green < 0.2
    assert blue < 0.2


def test_a_transparent_colour_is_white(tmp_path: Path) -> None:
    for mode, colour in (("L", 0), ("RGB", (0, 0, 0)), ("P", 0)):
        picture = Image.new(mode, (20, 20), 0)
        picture.save(tmp_path / "clear.png", transparency=colour)
        assert load_picture(tmp_path / "clear.png", 8).min() > 0.99


def test_other_formats_are_not_even_tried(tmp_path: Path) -> None:
    gradient().save(tmp_path / "drawing.eps")
    (tmp_path / "drawing.eps").rename(tmp_path / "drawing.png")
    with pytest.raises(UnreadablePicture, match=r"not a picture .PNG, JPEG"):
        check_picture(tmp_path / "drawing.png")


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    picture = load_picture(tmp_path / "moving.gif", 8)
    assert picture[0].mean() > 0.9
    assert picture[2].mean() < 0.1


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_picture(tmp_path / "clear.png", 8).min() > 0.99


def test_the_middle_square_is_kept(tmp_path: Path) -> None:
    wide = Image.new("RGB", (90, 30), "black")
    wide.paste("white", (30, 0, 60, 30))
    wide.save(tmp_path / "wide.png")
    assert load_picture(tmp_path / "wide.png", 30).min() > 0.9


def test_an_orientation_tag_is_obeyed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180°
    gradient(30, 30).save(tmp_path / "turned.jpg", exif=exif)
    picture = load_picture(tmp_path / "turned.jpg", 8)
    assert picture[:, :, 0].mean() > picture[:, :, -1].mean()


def bomb(path: Path, side: int) -> None:
    """Write a PNG that claims an absurd size in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = (
        chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def test_bad_files_are_refused_in_one_line(tmp_path: Path) -> None:
    gradient().save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    cases = {
        "empty.png": b"",
        "text.png": b"this is no picture",
        "cut.png": whole[: len(whole) // 2],
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
    bomb(tmp_path / "bomb.png", 50_000)
    bomb(tmp_path / "claim.png", 9_000)
    Image.new("RGB", (3, 2000)).save(tmp_path / "thread.png")
    names = [*cases, "bomb.png", "claim.png", "thread.png", "absent.png"]
    for name in names:
        with pytest.raises(UnreadablePicture, match=name) as refused:
            load_picture(tmp_path / name, 16)
        assert "\n" not in str(refused.value)


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match="can't be read"):
        load_picture(tmp_path, 16)


def some_picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_given_picture_is_what_its_file_would_be(tmp_path: Path) -> None:
    values = some_picture(60, 80)
    Image.fromarray(values).save(tmp_path / "a.png")
    wanted = load_picture(tmp_path / "a.png", 32)
    planes = torch.from_numpy(values.transpose(2, 0, 1).copy())
    given: list[object] = [tmp_path / "a.png", str(tmp_path / "a.png"), values, planes]
    given += [Image.fromarray(values), values / 255, planes.float() / 255]
    for picture in given:
        assert torch.equal(given_picture(picture, 32), wanted)


def test_numbers_of_the_right_size_are_not_rounded() -> None:
    exact = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(given_picture(exact, 32), exact)
    assert given_picture(exact, 16).shape == (3, 16, 16)


def test_grey_is_a_picture_of_equal_colours() -> None:
    shown = given_picture(np.full((40, 40), 128, dtype=np.uint8), 16)
    assert torch.allclose(shown, torch.full((3, 16, 16), 128 / 255))


@pytest.mark.parametrize(
    ("picture", "kind", "says"),
    [
        (3, TypeError, "not int"),
        (np.zeros((8, 8, 3), dtype=np.int64), TypeError, "int64"),
        (np.full((8, 8, 3), 2.0), ValueError, r"in 0\.\.1"),
        (np.full((8, 8, 3), np.nan), ValueError, r"in 0\.\.1"),
        (np.zeros((8, 8, 4), dtype=np.uint8), ValueError, "shape"),
        (np.zeros((4, 4, 3), dtype=np.uint8), UnreadablePicture, "too small"),
    ],
)
def test_what_is_no_picture_is_refused(picture: object, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        given_picture(picture, 32)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4000, 1), (1, 4000), (37, 53)])
def test_a_picture_may_keep_its_own_size(width: int, height: int, tmp_path: Path) -> None:
    values = some_picture(height, width)
    Image.fromarray(values).save(tmp_path / "own.png")
    assert check_picture(tmp_path / "own.png", 1) == (height, width)
    shown = load_picture(tmp_path / "own.png", Framing())
    assert torch.equal(shown, torch.from_numpy(values.transpose(2, 0, 1).copy()).float() / 255)


def test_what_a_codec_can_not_take_is_cut_off_all_round(tmp_path: Path) -> None:
    values = some_picture(70, 100)
    Image.fromarray(values).save(tmp_path / "own.png")
    framing = Framing(None, Sizes(multiple=16, least=32))
    shown = load_picture(tmp_path / "own.png", framing)
    wanted = torch.from_numpy(values[3:67, 2:98].transpose(2, 0, 1).copy()).float() / 255
    assert torch.equal(shown, wanted)
    assert torch.equal(given_picture(values, framing), wanted)
    Image.fromarray(some_picture(20, 100)).save(tmp_path / "low.png")
    with pytest.raises(UnfitPicture, match="100×20: not taken; it takes sides that 16 divides"):
        load_picture(tmp_path / "low.png", framing)


def test_a_picture_is_scaled_to_a_shape(tmp_path: Path) -> None:
    wide = Image.new("RGB", (90, 30), "black")
    wide.paste("white", (30, 0, 60, 30))
    wide.save(tmp_path / "wide.png")
    assert load_picture(tmp_path / "wide.png", Framing((10, 10))).min() > 0.9
    shown = load_picture(tmp_path / "wide.png", Framing((10, 30)))
    assert shown.shape == (3, 10, 30)
    assert shown[:, :, 14:16].min() > 0.9
    assert shown[:, :, :5].max() < 0.1


@pytest.mark.parametrize("tag", range(1, 9))
def test_the_size_is_that_of_the_upright_picture(tag: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = tag
    gradient(40, 30).save(tmp_path / "turned.jpg", exif=exif)
    found = check_picture(tmp_path / "turned.jpg")
    assert load_picture(tmp_path / "turned.jpg", Framing()).shape[1:] == found
    assert found == ((30, 40) if tag < 5 else (40, 30))


@pytest.mark.parametrize("text", ["", "0", "7x", "x7", "1x2x3", "-4", "70000", "9999x9999", "big"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pixels"):
        parse_size(text)


def test_a_bug_of_ours_is_not_taken_for_a_bad_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradient().save(tmp_path / "a.png")
    broken = AttributeError("of a bug")

    def check(*_: object) -> None:
        raise broken

    monkeypatch.setattr("linksim.source.pictures._check_size", check)
    for read in (check_picture, lambda path: load_picture(path, 16)):
        with pytest.raises(AttributeError) as raised:
            read(tmp_path / "a.png")
        assert raised.value is broken
