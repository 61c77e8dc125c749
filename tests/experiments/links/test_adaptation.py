"""The best scheme at each SNR, from curves that were made by hand and from a simulation."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.links import kept_curves
from linksim.experiments.links.adaptation import Adaptation, adapted, schemes_of
from linksim.experiments.links.curves import curves_of, load_drawables
from linksim.experiments.links.results import Curve
from linksim.experiments.links.tables import link_table
from linksim.experiments.results.hdf5 import RESULTS_FILE

from ..configurations import link_configuration
from .test_simulation import simulate

MESSAGES = 1000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep curves in a folder of the test's own."""
    monkeypatch.setattr(kept_curves, "_KEPT_FOR", tmp_path / "kept" / "curves.py")


def scheme(index: int, efficiency: float, errors: list[int]) -> Curve:
    """Return a curve at 0, 1, 2 … dB with so many wrong ones of 1000 messages."""
    about = {
        "code": f"nr:mcs={index}",
        "modulation": "qpsk",
        "transport_block_bits": 100,
        "information_bits_per_symbol": efficiency,
        "blocks_per_message": 1,
    }
    axis = np.arange(float(len(errors)))
    tallies = [Counter(messages=MESSAGES, message_errors=wrong) for wrong in errors]
    return Curve(about, axis, axis, tallies)


def test_the_scheme_of_most_bits_that_fails_seldom_enough_is_taken() -> None:
    robust = scheme(0, 0.5, [400, 90, 0])
    middle = scheme(5, 1.0, [1000, 500, 100, 20])
    high = scheme(9, 2.0, [1000, 1000, 900, 101, 5])
    curve = adapted([high, robust, middle], 0.1)
    # At 0 dB nothing keeps to the target; at 3 dB the highest misses it by one message.
    assert curve.chosen == [f"nr:mcs={index}" for index in (0, 0, 5, 5, 9)]
    expected = [0.5 * 0.6, 0.5 * 0.91, 0.9, 0.98, 2.0 * 0.995]
    assert [each.value for each in curve.rate("throughput")] == pytest.approx(expected)
    assert [each.value for each in curve.rate("tb_bler")] == [0.4, 0.09, 0.1, 0.02, 0.005]
    assert curve.ebno_db[2] == pytest.approx(2.0)


def test_where_all_fail_the_most_robust_is_taken() -> None:
    curve = adapted([scheme(9, 2.0, [1000, 1000]), scheme(0, 0.5, [1000, 990])], 0.1)
    assert curve.chosen == ["nr:mcs=0", "nr:mcs=0"]


def test_the_envelope_goes_with_the_curves_it_is_made_of(tmp_path: Path) -> None:
    schemes = ("nr:mcs=1", "nr:mcs=5", "nr:mcs=11")
    configuration = link_configuration(
        snr="-4:8:4", code=schemes, modulation=(), adapt="bler=0.1", max_blocks=200
    )
    results = simulate(configuration, tmp_path)
    found = load_drawables([tmp_path / RESULTS_FILE])
    assert list(found) == list(curves_of(results)) == ["adapted", *schemes]
    best = [each.value for each in found["adapted"].curve("throughput")]
    assert best == sorted(best)
    for code in schemes:
        alone = [each.value for each in found[code].curve("throughput")]
        bler = [each.value for each in found[code].curve("tb_bler")]
        for gained, bits, failed in zip(best, alone, bler, strict=False):
            assert gained >= bits or failed > 0.1
    table = link_table(results)
    assert "scheme" in table
    assert "nr:mcs=11" in table
    assert (tmp_path / "curves.png").stat().st_size > 10_000
    same = replace(configuration, adapt=None, code=("nr:mcs=5",))
    (alone,) = simulate(same, tmp_path / "alone").curves
    assert alone.tallies == results.curves[1].tallies


def test_all_schemes_of_a_table_are_tried_unless_some_are_named() -> None:
    default = link_configuration().__class__.code
    assert len(schemes_of("bler=0.1", default)) == 29
    assert schemes_of("bler=0.01,table=256qam", default)[-1] == "nr:mcs=27,table=256qam"
    assert schemes_of("bler=0.1", ("nr:mcs=3",)) == ("nr:mcs=3",)
    assert Adaptation.parse("bler=0.01,table=256qam").target == 0.01


@pytest.mark.parametrize(
    ("text", "codes", "line"),
    [
        ("0.1", None, "--adapt 0.1: adapt has no option '0.1'; it has bler, table, outer, delay"),
        ("bler=2", None, "--adapt bler=2: give the block error rate to be kept to"),
        ("bler=x", None, "--adapt bler=x: 'x' is no value of bler"),
        ("table=256qam", None, "--adapt table=256qam: give the block error rate"),
        ("bler=0.1,outer=0", None, "outer is a step in dB, above 0 and at most 10"),
        ("bler=0.1,delay=2", None, "delay is the outer loop's; give outer=0.5 too"),
        ("bler=0.1,outer=1,delay=0", None, "delay is a number of messages, 1 to 50"),
        ("bler=0.1", ("polar:rate=1/2",), "--code polar:rate=1/2 is no scheme; give nr:mcs="),
        ("bler=0.1,table=256qam", ("nr:mcs=1",), "give a table, or schemes by --code"),
    ],
)
def test_what_is_no_target_is_refused(text: str, codes: tuple[str, ...] | None, line: str) -> None:
    with pytest.raises(Fault, match=line):
        schemes_of(text, codes or link_configuration().__class__.code)


def test_schemes_are_not_compared_at_eb_n0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["link", "--adapt", "bler=0.1", "--ebno", f"--out={tmp_path}"]) == 2
    assert "--ebno: schemes of --adapt differ in Eb/N0" in capsys.readouterr().err
