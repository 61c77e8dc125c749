"""Sweeps of pictures that keep their own sizes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import PIXELS, SweepResults, load_results
from linksim.experiments.sweeps.canvas import canvas_for, on_canvas

SIZES = {"a.png": (60, 90), "b.png": (64, 64), "c.png": (90, 60), "d/e.png": (64, 64)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("photographs")
    (made / "d").mkdir()
    y, x = np.mgrid[:90, :90]
    waves = np.stack([np.sin(x / a + y / b) for a, b in ((5, 9), (7, 4), (11, 6))], axis=2)
    for number, (name, (height, width)) in enumerate(SIZES.items()):
        pixels = (waves[:height, :width] * 80 + 128 + 3 * number).astype(np.uint8)
        Image.fromarray(pixels).save(made / name)
    return made


def swept(folder: Path, out: Path, codec: str, *more: str) -> SweepResults:
    words = ["sweep", "--data", str(folder), "--codec", codec, "--snr", "-6,12", "--device", "cpu"]
    link = ["--modulation", "qpsk", "--engine", "native", "--threads", "1", "--out", str(out)]
    assert run([*words, *link, *more]) == 0
    (results,) = load_results(out / "results.h5").values()
    return results


def test_every_picture_has_its_size_its_symbols_and_its_place(folder: Path, tmp_path: Path) -> None:
    how = ("--size", "original", "--cbr", "1/4")
    results = swept(folder, tmp_path / "out", "jpeg", *how)
    names = list(SIZES)
    assert list(results.questions["name"]) == names
    pixels = np.array([height * width for height, width in SIZES.values()])
    assert np.array_equal(results.costs[PIXELS], pixels)
    ratio = results.costs["symbols"] / (3 * pixels)
    assert ((ratio > 0.24) & (ratio <= 0.25)).all()
    assert results.curve("bpp")[0].value == pytest.approx(np.mean(results.costs["bits"] / pixels))
    low, high = results.pictures["psnr"]
    assert (high > low + 5).all()
    for shown, name in zip(results.shown["original"], names, strict=True):
        height, width = SIZES[name]
        original = np.asarray(Image.open(folder / name))
        assert np.array_equal(shown[:height, :width], original)
        assert (shown[height:] == 255).all()
    again = swept(folder, tmp_path / "again", "jpeg", *how, "--batch-size", "1")
    for name, values in results.pictures.items():
        same = again.pictures[name]
        assert np.array_equal(same, values, equal_nan=values.dtype.kind == "f"), name


def test_networks_see_groups_of_one_size_in_the_order_of_the_pictures(
    folder: Path, tmp_path: Path
) -> None:
    together = swept(folder, tmp_path / "out", "deepjscc", "--size", "original")
    assert list(together.questions["name"]) == list(SIZES)
    assert list(together.costs["symbols"]) == [
        (height // 4 * 4) * (width // 4 * 4) for height, width in SIZES.values()
    ]
    few = swept(folder, tmp_path / "few", "deepjscc", "--size", "original", "--images", "2")
    assert np.array_equal(few.pictures["psnr"], together.pictures["psnr"][:, :2])


def test_pictures_of_several_sizes_share_a_canvas() -> None:
    assert canvas_for([(2, 9), (5, 3)]) == (5, 9)
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(1, 2, 3, 3)
    shown = on_canvas(picture, (4, 5))
    assert np.array_equal(shown[:, :2, :3], picture)
    assert (shown[:, 2:] == 255).all()
    large = np.repeat(np.arange(2050, dtype=np.uint16)[None, :, None, None] % 251, 3, axis=3)
    assert on_canvas(np.empty((0, 9, 9, 3), dtype=np.uint8), (4, 5)).shape == (0, 4, 5, 3)
    reduced = on_canvas(np.broadcast_to(large, (1, 2050, 6, 3)).astype(np.uint8), (683, 2))
    assert reduced[0, :3, 0, 0].tolist() == [1, 4, 7]


def test_pictures_keep_their_size_where_every_codec_takes_any(folder: Path, tmp_path: Path) -> None:
    alone = swept(folder, tmp_path / "alone", "jpeg")
    assert alone.configuration["size"] == "original"
    assert list(alone.costs[PIXELS]) == [height * width for height, width in SIZES.values()]
    query = ("--query", "which is it?", "--judge", "none")
    mixed = ("sweep", "--data", str(folder), "--codec", "jpeg,uo_isc", "--snr", "12")
    assert run([*mixed, *query, "--device", "cpu", "--out", str(tmp_path / "mixed")]) == 0
    for results in load_results(tmp_path / "mixed" / "results.h5").values():
        assert results.configuration["size"] == ""
        assert results.shown["original"].shape[1:3] == (64, 64)
