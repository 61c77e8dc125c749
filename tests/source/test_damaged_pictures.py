"""Damaged picture files of every format: a picture or a refusal, in bounded memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.source.pictures import UnreadablePicture, check_picture, load_picture

CASES = 150
MOST_GROWTH = 700 * 2**20
"""Bytes that the largest picture may take: 50 million pixels, in RGB and as they are shown."""


def gradient(mode: str) -> Image.Image:
    x = np.linspace(0, 255, 64, dtype=np.uint8)
    pixels = np.dstack([np.tile(x, (48, 1)), np.tile(x[::-1], (48, 1)), np.full((48, 64), 90)])
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def whole_files() -> dict[str, bytes]:
    """Return small files of many kinds, by name."""
    rgb, exif = gradient("RGB"), Image.Exif()
    exif[0x0112] = 6
    numbers = np.asarray(gradient("L"), dtype=np.float32) / 255
    return {
        "jpeg": saved(rgb, "JPEG", exif=exif),
        "progressive": saved(rgb, "JPEG", progressive=True),
        "cmyk": saved(gradient("CMYK"), "JPEG"),
        "png": saved(gradient("RGBA"), "PNG"),
        "palette": saved(gradient("P"), "PNG", transparency=3),
        "deep": saved(Image.fromarray((numbers * 65535).astype(np.uint16)), "PNG"),
        "gif": saved(rgb, "GIF", save_all=True, append_images=[gradient("L")]),
        "bmp": saved(rgb, "BMP"),
        "webp": saved(gradient("RGBA"), "WEBP", lossless=True),
        "lossy": saved(rgb, "WEBP"),
        "tiff": saved(rgb, "TIFF", exif=exif),
        "packed": saved(rgb, "TIFF", compression="tiff_lzw"),
        "float": saved(Image.fromarray(numbers), "TIFF"),
    }


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with bytes changed, mostly near its beginning, cut off or put in."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        reach = len(changed) if rng.random() < 0.4 else min(len(changed), 200)
        at = int(rng.integers(reach))
        changed[at] = rng.choice([0, 255, 127, changed[at] ^ 1 << rng.integers(8)])
    where = int(rng.integers(len(changed)))
    match rng.integers(4):
        case 0:
            del changed[where:]
        case 1:
            changed[where:where] = rng.bytes(int(rng.integers(1, 40)))
        case 2:
            del changed[where : where + int(rng.integers(1, 40))]
    return bytes(changed)


def send_all(folder: Path, cases: int) -> dict[str, int]:
    """Read damaged files; return how many were taken and refused, and the bytes memory grew by."""
    import resource

    file = folder / "picture.png"
    counts = {"taken": 0, "refused": 0}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, content in enumerate(whole_files().values()):
        rng = np.random.default_rng(number)
        for _ in range(cases):
            file.write_bytes(damaged(content, rng))
            said = ""
            try:
                check_picture(file)
                shown = load_picture(file, 16)
            except UnreadablePicture as refused:
                said = str(refused)
                counts["refused"] += 1
            else:
                assert shown.shape == (3, 16, 16)
                assert torch.isfinite(shown).all()
                assert 0 <= shown.min() <= shown.max() <= 1
                counts["taken"] += 1
            assert not said or said.startswith(str(file)), said
            assert "\n" not in said, said
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return counts | {"growth": (after - before) * 1024}


def test_damaged_files_are_pictures_or_refused(tmp_path: Path, fuzz: int) -> None:
    command = [sys.executable, __file__, str(tmp_path), str(CASES * fuzz)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600 * fuzz)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["taken"] > 50
    assert counts["refused"] > 50
    assert counts["growth"] < MOST_GROWTH


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_a_file_that_ends_early_is_found_out_by_checking(form: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    content, file = saved(Image.fromarray(noise), form), tmp_path / "a.png"
    for share in (0.5, 0.8, 0.95):
        file.write_bytes(content[: int(share * len(content))])
        with pytest.raises(UnreadablePicture, match=r"a\.png: "):
            check_picture(file)


def test_what_checking_lets_through_can_be_read(tmp_path: Path) -> None:
    for name, content in whole_files().items():
        file = tmp_path / name
        file.write_bytes(content)
        assert sorted(check_picture(file)) == [48, 64]
        assert load_picture(file, 16).shape == (3, 16, 16)


if __name__ == "__main__":
    print(json.dumps(send_all(Path(sys.argv[1]), int(sys.argv[2]))))
