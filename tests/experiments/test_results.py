import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results import CURVES, SweepResults, load_results

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
    attributes = {
        "bits_per_picture": 100,
        "coded_bits_per_picture": 200,
        "blocks_per_picture": 2,
        "indices_per_picture": 20,
    }
    return SweepResults(
        attributes, np.array([0.0, 5.0]), np.array([-2.0, 3.0]), pictures, texts, shown
    )


def test_a_file_gives_back_what_was_saved(results: SweepResults, tmp_path: Path) -> None:
    results.save(tmp_path / "r.h5")
    loaded = load_results(tmp_path / "r.h5")
    assert loaded.attributes == results.attributes
    for group in ("pictures", "questions", "shown"):
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
