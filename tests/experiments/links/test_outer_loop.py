"""Links that follow fading by old reports, without and with an outer loop."""

from pathlib import Path

import numpy as np
import pytest
from scipy import special

from linksim.experiments.cli.main import run
from linksim.experiments.links import kept_curves
from linksim.experiments.links.curves import curves_of
from linksim.experiments.links.outer_loop import COUNTED, Gains, Loop
from linksim.experiments.links.results import LinkResults, load_link_results
from linksim.experiments.links.tables import link_table
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.phy import ChannelSpec

from ..configurations import link_configuration
from .test_simulation import simulate

FADING = link_configuration(
    snr="10",
    code=tuple(f"nr:mcs={index}" for index in (0, 2, 4, 6, 8, 11, 14, 17, 20)),
    modulation=(),
    channel="rayleigh:doppler=6e-4",
    coherence="image",
    message_bits=120,
    adapt="bler=0.1,outer=0.5,delay=2",
    block_errors=300,
    max_blocks=3200,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinkResults, Path]:
    out = tmp_path_factory.mktemp("outer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_curves, "_KEPT_FOR", out / "kept" / "curves.py")
        return simulate(FADING, out), out / RESULTS_FILE


def test_the_outer_loop_reaches_the_target_that_the_table_misses(
    finished: tuple[LinkResults, Path],
) -> None:
    inner, outer = load_link_results(finished[1]).curves
    (alone,), (learnt,) = inner.rate("tb_bler"), outer.rate("tb_bler")
    assert alone.low > 0.15
    # An offset that drifts by d dB in 200 messages changes the share of failures by d / 100.
    assert learnt.low - 0.02 < 0.1 < learnt.high + 0.02
    assert learnt.high < alone.low


def test_curves_go_into_the_file_and_back(finished: tuple[LinkResults, Path]) -> None:
    results, file = finished
    again = load_link_results(file)
    assert list(curves_of(again)) == ["inner loop", "outer loop"]
    for curve, stored in zip(results.curves, again.curves, strict=True):
        assert stored.tallies == curve.tallies
        (counted,) = stored.tallies
        assert counted["messages"] == counted["runs"] * COUNTED
        (throughput,) = stored.rate("throughput")
        sent = counted["messages"] - counted["message_errors"]
        assert throughput.value == pytest.approx(120 * sent / counted["symbols"])
        assert throughput.low < throughput.value < throughput.high
    table = link_table(again)
    assert "outer loop" in table
    assert "TB BLER" in table
    assert (file.parent / "curves.png").stat().st_size > 10_000


def test_steps_balance_where_messages_fail_as_often_as_they_may() -> None:
    loop = Loop(target=0.02, step_db=0.5, delay=1)
    assert 0.02 * loop.step_db == pytest.approx(0.98 * loop.down_db)
    assert Loop(0.1, 0.0, 1).down_db == 0


@pytest.mark.parametrize(("name", "k"), [("rayleigh", 0.0), ("rician:k=3,", 3.0)])
def test_gains_are_correlated_as_jakes_has_it(name: str, k: float) -> None:
    text = f"{name}doppler=0.01" if k else f"{name}:doppler=0.01"
    gains = Gains(ChannelSpec.parse(text, "image"), 1, range(4000))
    first = gains.at(np.zeros(4000))
    assert np.square(np.abs(first)).mean() == pytest.approx(1, abs=0.06)
    direct = np.sqrt(k / (k + 1))
    for distance in (0.0, 10.0, 30.0, 60.0):
        later = gains.at(np.full(4000, distance))
        found = ((first - direct).conj() * (later - direct)).mean().real * (k + 1)
        assert found == pytest.approx(special.j0(2 * np.pi * 0.01 * distance), abs=0.08)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--channel", "awgn"], "reports age over --channel rayleigh:doppler=F; give that"),
        (["--channel", "rayleigh"], "reports age over --channel rayleigh:doppler=F; give that"),
        (
            ["--channel", "rayleigh:doppler=1e-4", "--coherence", "block"],
            "a message meets one gain, known; give --coherence image",
        ),
        (
            ["--channel", "rayleigh:doppler=1e-4", "--coherence", "image", "--harq", "ir"],
            "an outer loop counts messages that are sent once; leave out --harq",
        ),
    ],
)
def test_what_an_outer_loop_cannot_follow_is_refused(
    options: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["link", "--adapt", "bler=0.1,outer=0.5", *options, f"--out={tmp_path}"]) == 2
    assert line in capsys.readouterr().err
