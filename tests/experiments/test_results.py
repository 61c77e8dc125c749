import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results import CURVES, SweepResults, load_results
from linksim.experiments.statistics import clopper_pearson
from linksim.experiments.tables import sweep_table

COUNTS = ("bit_errors", "block_errors", "raw_errors", "index_errors")


@pytest.fixture
def results() -> SweepResults:
    rng = np.random.default_rng(0)
    pictures = {name: rng.integers(0, 3, (2, 5)) for name in COUNTS}
    pictures |= {name: rng.random((2, 5)) for name in ("psnr", "ssim", "relevance")}
    pictures["answers"] = np.array([["red", "two", "no", "left", "sea"]] * 2)
    texts = {
        "wanted": np.array(["red", "one", "no", "left", "sea"]),
        "truth": np.array(["red", "two", "", "top", ""]),
    }
    shown = {"original": rng.integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)}
    of_each = {
        "bits": 100,
        "indices": 20,
        "blocks": 2,
        "coded_bits": 200,
        "symbols": 67,
        "units": 0,
    }
    costs = {name: np.full(5, count) for name, count in of_each.items()}
    axes = np.array([0.0, 5.0]), np.array([-2.0, 3.0])
    return SweepResults({"bits_per_picture": 100.0}, *axes, pictures, texts, shown, costs)


@pytest.fixture
def streams(results: SweepResults) -> SweepResults:
    """Return results of messages whose lengths differ."""
    costs = {
        "bits": np.array([800, 1600, 80, 400, 0]),
        "blocks": np.array([4, 9, 1, 2, 0]),
        "symbols": np.array([700, 1400, 90, 310, 0]),
        "units": np.array([3, 4, 1, 2, 0]),
    }
    lost = {
        "packets_lost": np.array([[4, 2, 0, 1, 0], [0, 0, 0, 0, 0]]),
        "units_lost": np.array([[2, 3, 0, 1, 0], [0, 0, 0, 0, 0]]),
    }
    return replace(results, costs=results.costs | costs, pictures=results.pictures | lost)


def test_a_file_gives_back_what_was_saved(results: SweepResults, tmp_path: Path) -> None:
    results.save(tmp_path / "r.h5")
    loaded = load_results(tmp_path / "r.h5")
    assert loaded.attributes == results.attributes
    for group in ("pictures", "questions", "shown", "costs"):
        for name, values in getattr(results, group).items():
            assert np.array_equal(getattr(loaded, group)[name], values), name


def test_plain_h5py_reads_curves_with_their_intervals(
    results: SweepResults, tmp_path: Path
) -> None:
    results.save(tmp_path / "r.h5")
    with h5py.File(tmp_path / "r.h5") as file:
        assert set(file["curves"]) == set(CURVES)
        ber = file["curves/ber"]
        errors = results.pictures["bit_errors"]
        assert np.allclose(ber["value"], errors.sum(axis=1) / 500)
        assert (ber["low"][:] <= ber["value"][:]).all()
        assert (ber["value"][:] <= ber["high"][:]).all()


def test_equal_results_are_equal_bytes_at_any_time(results: SweepResults, tmp_path: Path) -> None:
    results.save(tmp_path / "a.h5")
    time.sleep(1.1)  # HDF5 can store times, in seconds
    results.save(tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_match_counts_against_the_original_and_accuracy_against_the_truth(
    results: SweepResults,
) -> None:
    assert results.curve("answer_match")[0].value == pytest.approx(4 / 5)
    assert results.curve("accuracy")[0].value == pytest.approx(2 / 3)


def test_rates_of_streams_are_all_that_was_lost_over_all_that_was_sent(
    streams: SweepResults,
) -> None:
    assert streams.of_streams
    packets, units = streams.curve("packet_loss"), streams.curve("units_lost")
    assert packets[0].value == pytest.approx(7 / 16)
    assert units[0].value == pytest.approx(6 / 10)
    # Variance of a ratio, by hand, over the four pictures that sent anything.
    lost, sent = np.array([4, 2, 0, 1]), np.array([4, 9, 1, 2])
    variance = 4 / 3 * np.square(lost - 7 / 16 * sent).sum() / 16**2
    worth = (9 / 16) * (7 / 16) / variance
    assert packets[0].low == pytest.approx(clopper_pearson(7 / 16 * worth, worth).low)
    assert packets[0].high == pytest.approx(clopper_pearson(7 / 16 * worth, worth).high)
    # Without errors the counts are worth as many of the largest picture as make up them all.
    assert packets[1].high == pytest.approx(clopper_pearson(0, 16 / 9).high)


def test_costs_are_means_over_pictures(streams: SweepResults) -> None:
    assert streams.curve("bpp")[1].value == pytest.approx(2880 / 5 / 64)
    assert streams.curve("symbols")[0].value == pytest.approx(500)
    assert streams.curve("symbols")[0].low < 500


def test_only_streams_have_a_table_of_their_own(
    results: SweepResults, streams: SweepResults
) -> None:
    results.attributes["ssim"] = "SSIM"
    plain, full = sweep_table(results), sweep_table(streams)
    assert "Streams" not in plain
    assert "lost" not in plain
    assert "Streams" in full
    for title in ("packets lost", "units lost", "bits per pixel", "channel symbols"):
        assert title in full
    assert np.isnan(results.curve("packet_loss")[0].value)


def test_files_that_are_no_results_are_refused(results: SweepResults, tmp_path: Path) -> None:
    results.save(tmp_path / "r.h5")
    content = (tmp_path / "r.h5").read_bytes()
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1, 2]
    (tmp_path / "text.h5").write_text("text")
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    for name in ("other.h5", "text.h5", "cut.h5", "absent.h5"):
        with pytest.raises(Fault, match=name):
            load_results(tmp_path / name)


def test_a_file_that_claims_more_than_it_holds_is_refused(
    results: SweepResults, tmp_path: Path
) -> None:
    path = tmp_path / "r.h5"
    results.save(path)
    with h5py.File(path, "a") as file:
        del file["pictures/psnr"]
        file.create_dataset("pictures/psnr", shape=(10**6, 10**6), chunks=(1000, 1000))
    with pytest.raises(Fault, match="claims more"):
        load_results(path)
