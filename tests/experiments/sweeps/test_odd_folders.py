"""Folders of photographs as users have them, from a single pixel to what a telephone makes."""

from pathlib import Path
from typing import Any

import numpy as np
import piq
import pytest
import torch
from PIL import Image

import linksim
from linksim.experiments.cli.main import run
from linksim.experiments.sweeps import similarity
from linksim.experiments.sweeps.measurement import Measurement
from linksim.source.stills.formats import STILLS

JPEG: dict[str, Any] = {
    "codec": "jpeg:bits=2097152",
    "snr": 20,
    "modulation": "qpsk",
    "size": "original",
}


def sky(width: int, height: int) -> Image.Image:
    """Return a picture that is quick to encode, however large."""
    rows = np.linspace(40, 220, height, dtype=np.uint8)[:, None, None]
    return Image.fromarray(np.broadcast_to(rows, (height, width, 3)).copy())


def test_a_dot_and_a_line_are_sent_as_they_are(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    Image.new("RGB", (4000, 1), "blue").save(tmp_path / "line.png")
    Image.new("RGB", (1, 4000), "blue").save(tmp_path / "post.png")
    small: dict[str, Any] = {**JPEG, "codec": "jpeg:bits=16384"}
    (found,) = linksim.sweep(data=tmp_path, progress=False, **small).values()
    assert found.costs["pixels"].tolist() == [1, 4000, 4000]
    assert (found.pictures["psnr"] > 25).all()
    assert np.isnan(found.pictures["ssim"]).all()


@pytest.mark.parametrize("codec", sorted(STILLS))
def test_a_dot_and_a_line_are_transmitted_by_every_codec(codec: str, tmp_path: Path) -> None:
    if STILLS[codec].needs:
        pytest.importorskip(STILLS[codec].needs)
    for width, height in ((1, 1), (4000, 1), (1, 4000)):
        Image.new("RGB", (width, height), (200, 90, 40)).save(tmp_path / "small.png")
        how: dict[str, Any] = {**JPEG, "codec": f"{codec}:bits=32768"}
        sent = linksim.transmit(tmp_path / "small.png", **how)
        assert sent.picture.shape == (height, width, 3)
        assert sent.psnr_db > (10 if codec == "jpegxl" else 25)


def test_twenty_megapixels_are_sent_whole(tmp_path: Path) -> None:
    sky(5184, 3888).save(tmp_path / "large.jpg", quality=95)
    sent = linksim.transmit(tmp_path / "large.jpg", **JPEG)
    assert sent.original.shape == (3888, 5184, 3)
    assert sent.psnr_db > 30
    (found,) = linksim.sweep(data=tmp_path, progress=False, **JPEG).values()
    assert found.costs["pixels"].tolist() == [5184 * 3888]
    assert found.pictures["psnr"][0, 0] == pytest.approx(sent.psnr_db, abs=1e-3)


@pytest.mark.parametrize("kind", ["broken", "text", "folder", "nothing"])
def test_what_is_no_picture_is_not_transmitted_but_named(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "z.jpg"
    sky(64, 48).save(picture)
    if kind == "broken":
        picture.write_bytes(picture.read_bytes()[:600])
    if kind == "text":
        picture.write_text("no picture")
    if kind in ("folder", "nothing"):
        picture.unlink()
    if kind == "folder":
        picture.mkdir()
    before = sorted(tmp_path.iterdir())
    assert run(["transmit", str(picture), "--codec", "jpeg", "--snr", "9"]) == 2
    said = capsys.readouterr().err
    assert said.strip().count("\n") == 0
    assert "z.jpg" in said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", ["broken", "empty", "text", "absurd"])
def test_what_is_no_folder_of_pictures_is_one_line_before_anything_is_sent(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    if kind != "empty":
        sky(64, 48).save(folder / "whole.jpg")
    if kind == "broken":
        whole = (folder / "whole.jpg").read_bytes()
        (folder / "z.jpg").write_bytes(whole[: len(whole) // 2])
    if kind == "text":
        (folder / "z.png").write_text("no picture")
    if kind == "absurd":
        Image.new("1", (60_000, 1000)).save(folder / "z.png")
    monkeypatch.setattr(Measurement, "prepare", lambda *_: pytest.fail("something was sent"))
    options = ["--codec", "jpeg", "--size", "original", "--snr", "9", "--out", str(tmp_path / "r")]
    assert run(["sweep", "--data", str(folder), *options]) == 2
    said = capsys.readouterr().err
    assert said.strip().count("\n") == 0
    wanted = {"empty": "no pictures in it", "absurd": "60000×1000 is too large; scale it down"}
    assert wanted.get(kind, "z.") in said


def test_similarity_of_large_pictures_is_that_of_all_colours_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = torch.Generator().manual_seed(1)
    image = torch.rand((2, 3, 180, 200), generator=drawn)
    shown = (image + 0.2 * torch.rand(image.shape, generator=drawn)).clamp(0, 1)
    monkeypatch.setattr(similarity, "_LARGE", 1000)
    wanted = piq.multi_scale_ssim(shown, image, data_range=1.0, reduction="none")
    torch.testing.assert_close(similarity.ssim(image, shown), wanted)
