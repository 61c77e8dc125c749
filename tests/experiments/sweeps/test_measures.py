"""Metrics that are asked for: luma's against its definition, and files that have them or not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.calls.sweeping import sweep
from linksim.experiments.faults import Fault
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.comparison import figures
from linksim.experiments.results.sweeps import SweepResults, load_results
from linksim.experiments.sweeps.measures import load_measures, ms_ssim_of_luma, psnr_of_luma
from linksim.source.pictures import Framing, load_picture
from linksim.source.zoo.preset import ModelUnavailable, load_preset

from ..machine_tasks.perceptual_weights import write_perceptual_weights

CPU = torch.device("cpu")
ASKED = "psnr_y,ms_ssim_y,lpips,dists"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for name, size in (("a", (176, 184)), ("b", (24, 40))):
        coarse = Image.fromarray(rng.integers(0, 256, (7, 8, 3), dtype=np.uint8))
        coarse.resize(size[::-1], Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_perceptual_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def found(
    photographs: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> SweepResults:
    out = tmp_path_factory.mktemp("sweep")
    plain = {"data": photographs, "device": "cpu", "progress": False}
    sweep("jpeg:bpp=1", [-10, 30], metrics=ASKED, models=weights, out=out, **plain)
    (read,) = load_results(out / "results.h5").values()
    return read


def test_luma_is_what_pillow_makes_grey(photographs: Path) -> None:
    """Pillow's mode L is BT.601's luma, rounded to a byte."""
    one, other = (Image.open(photographs / "a.png"), Image.new("RGB", (184, 176), (120, 120, 120)))
    images = [torch.from_numpy(np.array(p)).permute(2, 0, 1)[None] / 255 for p in (one, other)]
    greys = [np.array(picture.convert("L"), dtype=float) / 255 for picture in (one, other)]
    wanted = -10 * np.log10(np.mean((greys[0] - greys[1]) ** 2))
    assert float(psnr_of_luma(*images)) == pytest.approx(wanted, abs=0.02)
    assert float(ms_ssim_of_luma(images[0], images[0])) == pytest.approx(1)


def test_a_change_of_colour_alone_is_none_of_luma(photographs: Path) -> None:
    image = 0.25 + 0.5 * load_picture(photographs / "a.png", Framing())[None]
    tinted = image + torch.tensor([0.114, 0.0, -0.299])[:, None, None] * 0.5
    assert float(psnr_of_luma(image, tinted)) > 100
    assert float(ms_ssim_of_luma(image, tinted)) == pytest.approx(1, abs=1e-4)


def test_what_was_asked_for_is_in_file_table_and_comparisons(found: SweepResults) -> None:
    lost, whole = ({name: found.curve(name)[point].value for name in ASKED.split(",")}
                   for point in (0, 1))  # fmt: skip
    assert whole["psnr_y"] > lost["psnr_y"] + 6
    assert whole["ms_ssim_y"] > lost["ms_ssim_y"]
    assert whole["lpips"] < lost["lpips"]
    assert whole["dists"] < lost["dists"]
    for heading in ("PSNR Y dB", "MS-SSIM Y", "LPIPS", "DISTS"):
        assert heading in sweep_table(found)
    assert np.isfinite(figures(found, "psnr_y")[0]).all()


def test_of_small_pictures_only_what_can_be_measured_is_known(found: SweepResults) -> None:
    names = [Path(name).stem for name in found.questions["name"]]
    small = found.pictures["ms_ssim_y"][1][names.index("b")]
    assert np.isnan(small)
    assert np.isnan(found.pictures["lpips"][1][names.index("b")])
    assert np.isfinite(found.pictures["psnr_y"][1]).all()


def test_a_sweep_that_asks_for_none_knows_none(photographs: Path) -> None:
    (plain,) = sweep("jpeg", 30, data=photographs, device="cpu", progress=False).values()
    assert "PSNR Y dB" not in sweep_table(plain)
    assert np.isnan(plain.curve("lpips")[0].value)
    assert np.isnan(figures(plain, "dists")[0]).all()


def test_what_can_not_be_measured_is_said_in_a_line(tmp_path: Path) -> None:
    preset = load_preset("embedded", tmp_path)
    with pytest.raises(Fault, match="--metrics vmaf: 'vmaf' is none of psnr_y, ms_ssim_y, lpips"):
        load_measures("vmaf", preset, CPU)
    with pytest.raises(ModelUnavailable, match=r"lpips\.safetensors is missing; put the published"):
        load_measures("psnr_y,lpips", preset, CPU)
