import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import linksim.experiments.results.sweeps
from linksim.experiments.faults import Fault
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.estimates import clopper_pearson
from linksim.experiments.results.metrics import MACHINES, METRICS, in_group
from linksim.experiments.results.sweeps import SweepResults, load_results, save_results

from ..made_results import made_results


@pytest.fixture
def results() -> SweepResults:
    found = made_results()
    found.pictures["answers"] = np.array([["red", "two", "no", "left", "sea"]] * 2)
    return found


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
    save_results({"one": results}, tmp_path / "r.h5")
    loaded = load_results(tmp_path / "r.h5")["one"]
    assert loaded.attributes == results.attributes
    for group in ("pictures", "questions", "shown", "costs"):
        for name, values in getattr(results, group).items():
            assert np.array_equal(getattr(loaded, group)[name], values), name


def test_plain_h5py_reads_curves_with_their_intervals(
    results: SweepResults, tmp_path: Path
) -> None:
    save_results({"one": results}, tmp_path / "r.h5")
    with h5py.File(tmp_path / "r.h5") as file:
        sweep = file["sweeps/000"]
        assert sweep.attrs["label"] == "one"
        optional = {name for name, metric in METRICS.items() if metric.optional}
        assert set(sweep["curves"]) == set(METRICS) - set(in_group(MACHINES)) - optional
        assert sweep["questions/wanted"].asstr()[:].tolist() == results.questions["wanted"].tolist()
        ber = sweep["curves/ber"]
        errors = results.pictures["bit_errors"]
        assert np.allclose(ber["value"], errors.sum(axis=1) / 500)
        assert (ber["low"][:] <= ber["value"][:]).all()
        assert (ber["value"][:] <= ber["high"][:]).all()


def test_equal_results_are_equal_bytes_at_any_time(results: SweepResults, tmp_path: Path) -> None:
    save_results({"one": results}, tmp_path / "a.h5")
    time.sleep(1.1)  # HDF5 can store times, in seconds
    save_results({"one": results}, tmp_path / "b.h5")
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


def test_several_sweeps_keep_their_order_in_one_file(tmp_path: Path) -> None:
    several = {label: made_results(seed) for seed, label in enumerate(("z", "a, ü=1/2", "m"))}
    save_results(several, tmp_path / "r.h5")
    loaded = load_results(tmp_path / "r.h5")
    assert list(loaded) == list(several)
    for label, found in several.items():
        assert np.array_equal(loaded[label].pictures["psnr"], found.pictures["psnr"])
    with h5py.File(tmp_path / "r.h5") as file:
        assert file.attrs["command"] == "linksim sweep"
        assert [file[f"sweeps/{n:03d}"].attrs["label"] for n in range(3)] == list(several)


def test_sweeps_of_different_commands_are_no_file(tmp_path: Path) -> None:
    other = made_results()
    other.attributes["command"] = "linksim sweep --seed 1"
    with pytest.raises(ValueError, match="share linksim_version, command, versions"):
        save_results({"one": made_results(), "other": other}, tmp_path / "r.h5")
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_results_are_refused(results: SweepResults, tmp_path: Path) -> None:
    save_results({"one": results}, tmp_path / "r.h5")
    content = (tmp_path / "r.h5").read_bytes()
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1, 2]
    (tmp_path / "old.h5").write_bytes(content)
    with h5py.File(tmp_path / "old.h5", "a") as file:
        file.attrs["schema_version"] = 2
    (tmp_path / "text.h5").write_text("text")
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    for name in ("other.h5", "old.h5", "text.h5", "cut.h5", "absent.h5"):
        with pytest.raises(Fault, match=name):
            load_results(tmp_path / name)


def test_a_file_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    save_results({"one": made_results()}, path)
    content = path.read_bytes()
    for length in range(0, len(content) - 1, 997):
        path.write_bytes(content[:length])
        with pytest.raises(Fault, match=r"r\.h5"):
            load_results(path)


def test_a_damaged_file_loads_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    save_results({"one": made_results()}, path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    loaded = []
    for _ in range(300):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=4):
            damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with suppress(Fault):  # whatever else is raised fails the test
            loaded.append(load_results(path))
    assert 0 < len(loaded) < 300


def _claim(file: h5py.File) -> None:
    sweep = file["sweeps/000"]
    del sweep["pictures/psnr"]
    sweep.create_dataset("pictures/psnr", shape=(2, 10**12), dtype="f4")


def _cut_up(file: h5py.File) -> None:
    sweep = file["sweeps/000"]
    del sweep["pictures/psnr"]
    sweep.create_dataset("pictures/psnr", shape=(2, 5), chunks=(1, 5), compression="gzip")


def _elsewhere(file: h5py.File) -> None:
    sweep = file["sweeps/000"]
    del sweep["pictures/psnr"]
    sweep["pictures/psnr"] = h5py.ExternalLink("/dev/zero", "/psnr")


def _often(file: h5py.File) -> None:
    for number in range(1, 200):
        file[f"sweeps/{number:03d}"] = file["sweeps/000"]


def _of_any_length(file: h5py.File) -> None:
    sweep = file["sweeps/000"]
    del sweep["questions/text"]
    sweep["questions/text"] = np.array(["what?"] * 5, dtype=h5py.string_dtype())


def _of_another_shape(file: h5py.File) -> None:
    sweep = file["sweeps/000"]
    del sweep["pictures/psnr"]
    sweep["pictures/psnr"] = np.zeros((2, 4))


def _below_zero(file: h5py.File) -> None:
    file["sweeps/000/costs/bits"][0] = -1


def _unsaid(file: h5py.File) -> None:
    file["sweeps/000"].attrs["configuration"] = "[" * 100_000


def _computed_by_a_list(file: h5py.File) -> None:
    file.attrs["versions"] = "[1]"


def _twice_at_one_snr(file: h5py.File) -> None:
    file["sweeps/000/snr_db"][1] = file["sweeps/000/snr_db"][0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_claim, "psnr has the shape"),
        (_cut_up, "psnr is not stored as"),
        (_elsewhere, "psnr is a link"),
        (_often, "claims more than the file holds"),
        (_of_any_length, "text holds no texts"),
        (_of_another_shape, "psnr has the shape"),
        (_below_zero, "bits holds counts below 0"),
        (_unsaid, "can't be read as results"),
        (_computed_by_a_list, "does not say what computed it"),
        (_twice_at_one_snr, "has no pictures, or an SNR twice or none"),
    ],
)
def test_a_file_with_more_or_other_things_than_linksim_writes_is_refused(
    change: Callable[[h5py.File], None], says: str, results: SweepResults, tmp_path: Path
) -> None:
    path = tmp_path / "r.h5"
    save_results({"one": results}, path)
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(Fault, match=says):
        load_results(path)


def test_an_array_that_claims_more_than_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    save_results({"one": made_results()}, path)
    with h5py.File(path, "a") as file:
        sweep = file["sweeps/000"]
        del sweep["snr_db"]
        sweep.create_dataset("snr_db", shape=(10**12,), dtype="f8")  # nothing is written of it
    with pytest.raises(Fault, match="claims more"):
        load_results(path)


def test_the_layout_in_the_docs_is_that_of_the_code() -> None:
    shown = (Path(__file__).parents[3] / "docs" / "results.md").read_text(encoding="utf-8")
    layout = shown.partition("```text\n")[2].partition("\n```")[0]
    written = str(linksim.experiments.results.sweeps.__doc__).partition("::\n\n")[2]
    assert layout == textwrap.dedent(written.partition("\n\n")[0])
