"""Simulations of the link for real: short messages, few of them, but through every part."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import stats

from linksim.experiments.cli.main import run
from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.links.curves import curves_of
from linksim.experiments.links.results import (
    RATES,
    Curve,
    LinkResults,
    Tally,
    load_link_results,
    tally,
)
from linksim.experiments.links.simulation import Place, run_link
from linksim.experiments.links.tables import link_table
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.phy import BlockCounts

from ..configurations import link_configuration

UNCODED = link_configuration(snr="8,2,5")
TWO_CURVES = replace(
    UNCODED, snr="0:6", code=("ldpc:rate=1/2", "none"), message_bits=200, max_blocks=2000
)


def ignore(place: Place, counted: Tally, finished: bool) -> None:
    pass


def simulate(configuration: LinkConfiguration, out: Path, **options: object) -> LinkResults:
    return run_link(
        configuration, out, **{"threads": 1, "resume": False, **options}, progress=ignore
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinkResults, Path]:
    out = tmp_path_factory.mktemp("link")
    return simulate(TWO_CURVES, out), out / RESULTS_FILE


def test_uncoded_qpsk_is_where_theory_puts_it(tmp_path: Path) -> None:
    (curve,) = simulate(UNCODED, tmp_path).curves
    assert curve.snr_db.tolist() == [2, 5, 8]
    bits = stats.norm.sf(np.sqrt(10 ** (curve.snr_db / 10)))
    for name, theory in (("ber", bits), ("raw_ber", bits), ("bler", 1 - (1 - bits) ** 100)):
        for estimate, expected in zip(curve.rate(name), theory, strict=True):
            reach = 2 * (estimate.high - estimate.low)
            assert estimate.value == pytest.approx(expected, abs=reach)


def test_a_point_stops_at_its_block_errors_or_its_blocks(tmp_path: Path) -> None:
    configuration = replace(UNCODED, snr="2,20", block_errors=900, max_blocks=2500)
    (curve,) = simulate(configuration, tmp_path).curves
    noisy, clean = curve.tallies
    assert 900 <= noisy["block_errors"] < 2 * 900
    assert noisy["blocks"] < 2500
    assert (clean["block_errors"], clean["blocks"]) == (0, 2500)


def test_blocks_are_counted_in_whole_messages(tmp_path: Path) -> None:
    configuration = replace(
        UNCODED, snr="30", code=("repetition:rate=1/2",), message_bits=20_000, max_blocks=100
    )
    (curve,) = simulate(configuration, tmp_path).curves
    assert curve.about["blocks_per_message"] == 3
    assert (curve.tallies[0]["messages"], curve.tallies[0]["blocks"]) == (34, 102)


@pytest.mark.parametrize(("target", "last"), [(0.0, 12), (0.1, 8)])
def test_a_curve_ends_where_it_is_surely_below_its_target(
    target: float, last: float, tmp_path: Path
) -> None:
    # Of 8 bits: BLER 0.17 at 6 dB, 0.05 at 8 dB.
    configuration = replace(UNCODED, snr="4:12:2", message_bits=8, target_bler=target)
    (curve,) = simulate(configuration, tmp_path).curves
    assert curve.snr_db[-1] == last


def test_a_curve_ends_with_the_first_point_without_errors(tmp_path: Path) -> None:
    configuration = replace(UNCODED, snr="0,30,40", target_bler=1e-9)
    (curve,) = simulate(configuration, tmp_path).curves
    assert curve.snr_db.tolist() == [0, 30]
    assert 0 < curve.rate("bler")[-1].high < 2e-3


def test_every_code_with_every_modulation_is_a_curve_of_one_file(tmp_path: Path) -> None:
    codes, modulations = ("repetition:rate=1/2", "none"), ("bpsk", "8qam")
    configuration = replace(UNCODED, snr="0", code=codes, modulation=modulations)
    results = simulate(configuration, tmp_path)
    names = [(curve.about["code"], curve.about["modulation"]) for curve in results.curves]
    assert names == [(code, modulation) for code in codes for modulation in modulations]


def test_any_number_of_threads_gives_the_same_bytes(
    finished: tuple[LinkResults, Path], tmp_path: Path
) -> None:
    simulate(TWO_CURVES, tmp_path, threads=2)
    assert (tmp_path / RESULTS_FILE).read_bytes() == finished[1].read_bytes()


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    # So many blocks that there is time to kill it; the command runs as a user's would.
    options = ["--snr=0:7", "--code=none", "--code=repetition:rate=1/2", "--modulation=qpsk"]
    options += ["--engine=native", "--message-bits=200", "--block-errors=50000"]
    options += ["--max-blocks=50000", "--target-bler=0"]
    whole, out = tmp_path / "whole", tmp_path / "killed"
    assert run(["link", *options, f"--out={whole}"]) == 0
    command = [sys.executable, "-m", "linksim.experiments", "link", *options, f"--out={out}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list((out / "parts").glob("*.npz"))) < 3:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / RESULTS_FILE).exists()
    assert run(["link", *options, f"--out={out}"]) == 2
    assert run(["link", *options, f"--out={out}", "--resume", "--threads=1"]) == 0
    assert (out / RESULTS_FILE).read_bytes() == (whole / RESULTS_FILE).read_bytes()
    assert sorted(p.name for p in out.iterdir()) == ["curves.png", RESULTS_FILE]


def test_points_that_are_done_are_not_done_again(tmp_path: Path) -> None:
    class Interruption(Exception):
        pass

    def interrupt(place: Place, counted: Tally, done: bool) -> None:
        if place.done == 2 and not done:
            raise Interruption

    with pytest.raises(Interruption):
        run_link(TWO_CURVES, tmp_path, 1, False, interrupt)
    rounds = []
    run_link(
        TWO_CURVES, tmp_path, 1, True, lambda place, _, done: rounds.append((place.done, done))
    )
    assert rounds[:3] == [(0, True), (1, True), (2, False)]


def test_the_file_holds_what_was_found(finished: tuple[LinkResults, Path]) -> None:
    results, path = finished
    loaded = load_link_results(path)
    assert loaded.attributes == results.attributes
    for kept, found in zip(loaded.curves, results.curves, strict=True):
        assert kept.about == found.about
        assert kept.tallies == found.tallies
        for name in RATES:
            assert kept.rate(name) == found.rate(name)


def test_plain_h5py_reads_counts_intervals_and_where_they_come_from(
    finished: tuple[LinkResults, Path],
) -> None:
    with h5py.File(finished[1]) as file:
        assert file.attrs["command"].startswith("linksim link --snr 0:6 --code ldpc:rate=1/2")
        assert file.attrs["processor"]
        assert "numpy" in file.attrs["versions"]
        assert "threads" not in file.attrs["configuration"]
        curve = file["curves/0"]
        assert (
            dict(curve.attrs).items()
            >= {
                "code": "ldpc:rate=1/2",
                "modulation": "qpsk",
                "channel": "awgn",
                "engine": "native",
                "seed": 0,
            }.items()
        )
        bler = curve["block_errors"][:] / curve["blocks"][:]
        assert np.allclose(curve["bler/value"], bler)
        assert (curve["bler/low"][:] <= bler).all()
        assert (curve["bler/high"][:] >= bler).all()
        per_symbol = curve.attrs["information_bits_per_symbol"]
        assert per_symbol == curve.attrs["message_bits"] / curve.attrs["symbols_per_message"]
        assert np.allclose(curve["ebno_db"], curve["snr_db"] - 10 * np.log10(per_symbol))


def test_the_ebno_axis_puts_codes_of_all_rates_on_one_scale(tmp_path: Path) -> None:
    codes = ("repetition:rate=1/2", "none")
    results = simulate(replace(UNCODED, snr="4", ebno=True, code=codes), tmp_path)
    assert [curve.ebno_db[0] for curve in results.curves] == pytest.approx([4, 4])
    repeated, plain = (curve.rate("ber")[0] for curve in results.curves)
    # Repetition gains nothing at equal Eb/N0.
    assert repeated.low < plain.high
    assert plain.low < repeated.high


def test_pilots_cost_energy(tmp_path: Path) -> None:
    configuration = replace(
        UNCODED, snr="10", channel="rayleigh", coherence="block", csi="pilot:every=10"
    )
    about = simulate(configuration, tmp_path).curves[0].about
    assert about["symbols_per_message"] == 55


def test_a_message_of_one_block_has_clopper_and_pearsons_interval() -> None:
    counts = BlockCounts(np.array([3, 0, 0, 1] * 10, np.int32), np.ones(40, np.int32))
    about = {"blocks_per_message": 1, "bits_per_message": 10, "coded_bits_per_message": 20}
    (bler,) = Curve(about, np.zeros(1), np.zeros(1), [tally(counts, 1)]).rate("bler")
    exact = stats.binomtest(20, 40).proportion_ci()
    assert (bler.value, bler.low, bler.high) == pytest.approx((0.5, exact.low, exact.high))


def test_blocks_of_one_message_that_fail_together_count_as_one() -> None:
    together = BlockCounts(np.repeat([1, 0, 0, 0], 5).astype(np.int32), np.zeros(20, np.int32))
    about = {"blocks_per_message": 5, "bits_per_message": 50, "coded_bits_per_message": 100}
    (bler,) = Curve(about, np.zeros(1), np.zeros(1), [tally(together, 5)]).rate("bler")
    exact = stats.binomtest(1, 4).proportion_ci()
    assert (bler.low, bler.high) == pytest.approx((exact.low, exact.high), abs=0.02)


def test_results_are_never_overwritten(finished: tuple[LinkResults, Path]) -> None:
    before = finished[1].read_bytes()
    with pytest.raises(Fault, match="holds results already"):
        simulate(TWO_CURVES, finished[1].parent)
    assert finished[1].read_bytes() == before


def test_files_that_are_no_results_are_refused(
    finished: tuple[LinkResults, Path], tmp_path: Path
) -> None:
    content = finished[1].read_bytes()
    (tmp_path / "text.h5").write_text("text")
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1, 2]
    for name in ("text.h5", "cut.h5", "other.h5", "absent.h5"):
        with pytest.raises(Fault, match=name):
            load_link_results(tmp_path / name)


TRANSPORT = replace(
    UNCODED,
    snr="0.8,1,1.2",
    code=("nr:mcs=7", "ldpc:rate=1/2"),
    message_bits=10_000,
    block_errors=30,
    max_blocks=120,
)


def test_transport_blocks_are_counted_beside_their_code_blocks(tmp_path: Path) -> None:
    results = simulate(TRANSPORT, tmp_path)
    transport, plain = load_link_results(tmp_path / RESULTS_FILE).curves
    assert (transport.about["code"], transport.about["modulation"]) == ("nr:mcs=7", "qpsk")
    assert transport.about["transport_block_bits"] == 10_248
    assert transport.about["blocks_per_message"] == 2
    for counted, bler, whole in zip(
        transport.tallies, transport.rate("bler"), transport.rate("tb_bler"), strict=True
    ):
        wrong, blocks = counted["message_errors"], counted["block_errors"]
        assert blocks / 2 <= wrong <= blocks
        assert whole.value == wrong / counted["messages"]
        assert bler.value <= whole.value <= 1 - (1 - bler.value) ** 2 + 0.1
    assert 0 < transport.rate("tb_bler")[1].value < 1
    assert "message_errors" not in plain.tallies[0]
    assert "TB BLER" in link_table(results)
    assert list(curves_of(results)) == ["nr:mcs=7", "ldpc:rate=1/2"]


def test_a_code_that_brings_its_modulation_is_one_curve(tmp_path: Path) -> None:
    codes, modulations = ("nr:mcs=12", "none"), ("bpsk", "qpsk")
    configuration = replace(UNCODED, snr="20", code=codes, modulation=modulations, max_blocks=50)
    names = [
        (c.about["code"], c.about["modulation"]) for c in simulate(configuration, tmp_path).curves
    ]
    assert names == [("nr:mcs=12", "16qam"), ("none", "bpsk"), ("none", "qpsk")]
    alone = replace(configuration, code=codes[:1], modulation=())
    assert "--modulation" not in alone.command()
