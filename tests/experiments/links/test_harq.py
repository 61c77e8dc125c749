"""Messages that are sent again, from the command line to the file and back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.links.curves import curves_of
from linksim.experiments.links.results import LinkResults, estimate, load_link_results, tally
from linksim.experiments.links.tables import link_table
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.phy import HarqCounts

from ..configurations import link_configuration
from .test_simulation import simulate

CONFIGURATION = link_configuration(
    snr="-6:2:2", code=("nr:mcs=4",), modulation=(), harq="ir:rounds=3", max_blocks=400
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinkResults, Path]:
    out = tmp_path_factory.mktemp("harq")
    return simulate(CONFIGURATION, out), out / RESULTS_FILE


def test_error_rates_fall_and_throughput_grows_with_what_arrives(
    finished: tuple[LinkResults, Path],
) -> None:
    (curve,) = load_link_results(finished[1]).curves
    assert (curve.about["harq"], curve.about["rounds"]) == ("ir:rounds=3", 3)
    first, second, last = (curve.rate(f"tb_bler_{number}") for number in (1, 2, 3))
    assert last == curve.rate("tb_bler")
    values = np.array([[e.value for e in found] for found in (first, second, last)])
    assert (np.diff(values, axis=0) <= 0).all()
    assert (values[0, 0], values[0, -1]) == (1, 0)
    throughput, sent = curve.rate("throughput"), curve.rate("transmissions")
    per_symbol = curve.about["information_bits_per_symbol"]
    for point, (bits, times) in enumerate(zip(throughput, sent, strict=True)):
        failed = values[:, point]
        assert times.value == pytest.approx(1 + failed[0] + failed[1])
        assert bits.value == pytest.approx(per_symbol * (1 - failed[2]) / times.value)
        assert bits.low <= bits.value <= bits.high <= per_symbol * (1 + 1e-9)
    assert throughput[-1].value == pytest.approx(per_symbol)


def test_the_first_transmission_is_counted_as_without_sending_again(
    finished: tuple[LinkResults, Path], tmp_path: Path
) -> None:
    (again,) = finished[0].curves
    (once,) = simulate(replace(CONFIGURATION, harq=None), tmp_path).curves
    points = min(len(again.tallies), len(once.tallies))
    for first, alone in zip(again.tallies[:points], once.tallies, strict=False):
        if first["messages"] == alone["messages"]:
            assert first["message_errors_1"] == alone["message_errors"]
            assert first["raw_errors"] == alone["raw_errors"]
    assert points > 2


def test_tables_and_curves_have_every_transmission(finished: tuple[LinkResults, Path]) -> None:
    table = link_table(finished[0])
    for column in (
        "TB BLER after 1",
        "TB BLER after 2",
        "TB BLER ",
        "transmissions",
        "bits/symbol",
    ):
        assert column in table
    assert "after 3" not in table
    (curve,) = curves_of(finished[0]).values()
    assert curve.curve("throughput")[-1].value > 0.5
    assert np.isnan(curve.curve("psnr")[0].value)


def test_throughput_is_the_messages_that_came_through_over_the_symbols_sent() -> None:
    # Three messages of two blocks: through at once, at the second transmission, never.
    errors = np.array([[0, 0], [0, 0], [5, 0], [0, 0], [2, 1], [7, 3]], dtype=np.int32)
    sums = tally(HarqCounts(errors, errors[:, 0]), 2, whole=True)
    assert (sums["message_errors_1"], sums["message_errors_2"]) == (2, 1)
    assert (sums["block_errors"], sums["bit_errors"], sums["messages"]) == (2, 4, 3)
    about = {"rounds": 2, "information_bits_per_symbol": 1.5}
    assert estimate(sums, "throughput", about).value == pytest.approx(1.5 * 2 / 5)
    assert estimate(sums, "transmissions", about).value == pytest.approx(5 / 3)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--harq", "arq"], "--harq arq: unknown; one of chase, ir"),
        (["--harq", "ir:rounds=9"], "--harq ir:rounds=9: a message is sent 1 to 4 times"),
        (["--harq", "ir", "--code", "polar"], "--harq ir: polar has no redundancy versions"),
        (["--harq", "ir", "--engine", "sionna"], "--engine sionna: sends nothing again; use nat"),
    ],
)
def test_what_cannot_be_sent_again_is_refused_in_one_line(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["link", *arguments, f"--out={tmp_path}"]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
