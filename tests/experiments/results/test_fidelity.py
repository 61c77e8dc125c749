"""PSNR over pictures of which some are lossless."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from linksim.experiments.report.page.content import content
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.comparison import difference
from linksim.experiments.results.csv_lines import pictures_csv
from linksim.experiments.results.fidelity import AVERAGES, average
from linksim.experiments.results.sweeps import SweepResults, load_results, save_results
from linksim.experiments.sweeps.similarity import psnr

from ..made_results import made_results


def half_lossless() -> SweepResults:
    """Return a sweep that has all pictures at 10 dB, and at its second SNR some lossless."""
    results = made_results(pictures=4)
    results.pictures["psnr"] = np.array([[10.0] * 4, [10.0, np.inf, 20.0, np.inf]], dtype="f4")
    return results


def test_a_lossless_picture_has_infinite_psnr_and_no_other_has() -> None:
    image = torch.zeros(2, 3, 1000, 1000)
    received = image.clone()
    received[1, 0, 0, 0] = 1 / 255
    lossless, nearly = psnr(image, received).tolist()
    assert lossless == np.inf
    assert nearly == pytest.approx(10 * np.log10(3e6 * 255**2), abs=1e-3)  # above 100 dB


def test_lossless_pictures_are_told_apart_from_the_mean() -> None:
    results = half_lossless()
    means = {name: [e.value for e in results.curve(name)] for name in AVERAGES}
    assert means["psnr"] == [10.0, 15.0]
    assert means["lossless"] == [0.0, 0.5]
    assert means["psnr_of_mse"] == pytest.approx([10.0, -10 * np.log10((0.1 + 0.01) / 4)])
    spread = results.curve("psnr")[1]
    assert spread.high < 100
    table = sweep_table(results)
    assert "lossless" in table
    assert "PSNR of MSE" in table
    assert "inf" not in table


def test_a_codec_that_is_never_lossless_has_no_such_curve() -> None:
    results = made_results()
    assert np.isnan([e.value for e in results.curve("lossless")]).all()
    assert "lossless" not in sweep_table(results)


def test_where_all_are_lossless_no_psnr_is_known() -> None:
    every = np.full(3, np.inf)
    assert average("lossless", every).value == 1
    assert np.isnan([average(name, every).value for name in ("psnr", "psnr_of_mse")]).all()
    assert np.isnan([average(name, np.empty(0)).value for name in AVERAGES]).all()


def test_the_interval_of_the_mean_error_holds_it() -> None:
    rng, covered = np.random.default_rng(1), 0
    for _ in range(300):
        found = average("psnr_of_mse", -10 * np.log10(rng.gamma(4.0, 0.01, size=100)))
        covered += found.low < -10 * np.log10(0.04) < found.high
    assert 0.9 < covered / 300 < 0.99


def test_files_that_count_lossless_pictures_as_100_db_are_read_as_such(tmp_path: Path) -> None:
    results = half_lossless()
    save_results({"png": results}, tmp_path / "new.h5")
    save_results({"png": results}, tmp_path / "old.h5")
    with h5py.File(tmp_path / "old.h5", "r+") as file:
        stored = file["sweeps/000/pictures/psnr"]
        stored[...] = np.minimum(stored[...], np.float32(-10 * np.log10(np.float32(1e-10))))
        del file["sweeps/000/curves/psnr_of_mse"], file["sweeps/000/curves/lossless"]
    new, old = (load_results(tmp_path / f"{name}.h5")["png"] for name in ("new", "old"))
    assert np.array_equal(new.pictures["psnr"], results.pictures["psnr"])
    assert np.array_equal(old.pictures["psnr"], results.pictures["psnr"])
    assert old.curve("psnr") == new.curve("psnr") == results.curve("psnr")


def test_paired_differences_leave_lossless_pictures_out() -> None:
    better, other = half_lossless(), half_lossless()
    other.pictures["psnr"] = np.full((2, 4), 9.0, dtype="f4")
    found = difference(better, other, "psnr", 5.0)
    assert found.value == pytest.approx(((10 - 9) + (20 - 9)) / 2)
    assert difference(better, other, "lossless", 5.0).value == 0.5


def test_pages_and_csv_say_what_is_lossless() -> None:
    results = half_lossless()
    shown = content({"png": results})
    assert shown["cards"][0]["seen"][0]["notes"][0].startswith("PSNR 10.0 dB")
    names = [m["name"] for group in shown["groups"] for m in group["metrics"]]
    assert set(AVERAGES) <= set(names)
    assert ",inf," in pictures_csv({"png": results})
