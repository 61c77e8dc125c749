"""Hybrid ARQ beside closed forms, long blocks and links that send once."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from linksim.phy import (
    ChannelSpec,
    CodeSpec,
    HarqLayer,
    HarqSpec,
    Modulation,
    PhysicalLayer,
    PhySpec,
    Refused,
)
from linksim.phy.retransmissions import retransmissions
from linksim.phy.segmentation import segment

FADING = ChannelSpec.parse("rayleigh", "block")


def spec(code: str, modulation: str = "qpsk", channel: ChannelSpec | None = None) -> PhySpec:
    parsed = CodeSpec.parse(code)
    shape = Modulation.named(parsed.modulation or modulation)
    return PhySpec(parsed, shape, channel or ChannelSpec())


def uncoded_failures(bits: int, snr: float, rounds: int) -> list[float]:
    """Return P(a block of uncoded BPSK fails in each of the first t transmissions), by t.

    The sum of t received values is t plus noise of variance t / (2 SNR); sums of different
    transmissions share their noise. A block fails in all of them: inclusion and exclusion over
    those in which it comes through, each bit with the probability of an orthant.
    """

    def all_through(numbers: tuple[int, ...]) -> float:
        times = np.array(numbers) + 1.0
        covariance = np.minimum.outer(times, times) / (2 * snr)
        orthant = stats.multivariate_normal(mean=-times, cov=covariance).cdf(np.zeros(len(times)))
        return float(orthant**bits)

    return [
        1
        + sum(
            (-1) ** size * all_through(numbers)
            for size in range(1, count + 1)
            for numbers in combinations(range(count), size)
        )
        for count in range(1, rounds + 1)
    ]


def test_chase_combining_of_uncoded_bpsk_is_where_theory_puts_it() -> None:
    layer = HarqLayer(12, spec("none", "bpsk"), HarqSpec("chase", rounds=3), seed=3, threads=1)
    messages = 20_000
    failed = (layer.count(-2.0, range(messages)).bit_errors > 0).sum(axis=0)
    theory = uncoded_failures(12, 10**-0.2, 3)
    assert 0.002 < theory[2] < theory[0] < 0.95
    for count, expected in zip(failed, theory, strict=True):
        low, high = stats.binom.ppf([1e-4, 1 - 1e-4], messages, expected)
        assert low <= count <= high


@pytest.mark.parametrize(
    ("code", "harq"),
    [
        ("ldpc:rate=3/4", "ir"),
        ("ldpc:rate=1/8", "ir"),  # which repeats already
        ("nr:mcs=7", "ir"),
        ("turbo:rate=3/4", "ir"),
        ("polar", "chase"),
    ],
)
def test_the_first_transmission_is_a_link_that_sends_once(code: str, harq: str) -> None:
    parts = spec(code, channel=FADING)
    snr_db = -7.0 if "1/8" in code else 3.0
    again = HarqLayer(400, parts, HarqSpec.parse(harq), seed=5, threads=1)
    once = PhysicalLayer(400, parts, seed=5, engine="native", threads=1)
    counts, expected = again.count(snr_db, range(40)), once.count(snr_db, range(40))
    assert np.array_equal(counts.bit_errors[:, 0], expected.bit_errors)
    assert np.array_equal(counts.raw_errors, expected.raw_errors)
    assert (counts.bit_errors[:, -1] > 0).sum() < (expected.bit_errors > 0).sum()


def test_redundancy_that_fills_the_buffer_is_one_long_block() -> None:
    # A block so long that it ends where redundancy version 2 begins.
    code = CodeSpec.parse("ldpc:crc=0,rate=20/59")
    plan = segment(code, 200, 1)
    start, _ = code.family.ring(code, plan.sizes, 2)
    assert plan.coded_bits == start == 590
    long = CodeSpec.parse("ldpc:crc=0,rate=10/59")
    assert segment(long, 200, 1).coded_bits == 2 * start
    snr_db, messages = -7.5, 3000
    again = HarqLayer(200, spec(str(code), "bpsk"), HarqSpec("ir", 2), seed=1, threads=1)
    once = PhysicalLayer(200, spec(str(long), "bpsk"), seed=2, engine="native", threads=1)
    found = (again.count(snr_db, range(messages)).bit_errors[:, 1] > 0).sum()
    expected = (once.count(snr_db, range(messages)).bit_errors > 0).sum()
    assert 100 < expected < 2000
    # Twice a binomial's deviation of either, four times over.
    assert abs(int(found) - int(expected)) < 4 * np.sqrt(2 * expected)


@pytest.mark.parametrize("code", ["ldpc:rate=1/2", "ldpc:rate=8/9", "turbo:rate=1/2", "nr:mcs=20"])
def test_every_bit_of_the_buffer_is_sent_before_any_is_left_out(code: str) -> None:
    parsed = CodeSpec.parse(code)
    plan = segment(parsed, 600, spec(code).modulation.bits_per_symbol)
    again = retransmissions(parsed, plan, HarqSpec())
    assert list(again.lengths) == sorted(again.lengths)
    for number, length in enumerate(again.lengths):
        assert again.places[: number + 1].max() == length - 1
    _, ring = parsed.family.ring(parsed, plan.sizes, 0)
    if 4 * plan.coded_bits > 2 * ring:
        assert np.unique(again.places).size == ring
    steps = np.diff(again.places, axis=1) % ring
    assert (steps == 1).all()


def test_incremental_redundancy_needs_fewer_transmissions_than_chase_combining() -> None:
    parts = spec("nr:mcs=9")
    later = {
        name: (HarqLayer(800, parts, HarqSpec(name, 2), threads=1).count(-0.8, range(150)))
        for name in ("chase", "ir")
    }
    wrong = {name: (counts.bit_errors[:, 1] > 0).mean() for name, counts in later.items()}
    assert wrong["ir"] < wrong["chase"] / 2


def test_messages_are_sent_until_every_crc_holds() -> None:
    layer = HarqLayer(9000, spec("nr:mcs=20", channel=FADING), HarqSpec("ir", 3), threads=1)
    assert layer.segmentation.blocks == 2
    bits = np.random.default_rng(0).integers(0, 2, (30, 9000))
    found = layer.transmit(bits, 14.0)
    assert set(found.transmissions) == {1, 2, 3}
    assert found.message_passed[found.transmissions < 3].all()
    assert (found.bits == bits).all(axis=1)[found.message_passed].all()
    again = layer.transmit(bits[7:9], 14.0, [7, 8])  # whatever else travels
    assert np.array_equal(again.llr, found.llr[7:9])
    assert again.transmissions.tolist() == found.transmissions[7:9].tolist()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("arq", "harq arq: unknown; one of chase, ir"),
        ("ir:rounds=5", "harq ir:rounds=5: a message is sent 1 to 4 times"),
        ("ir:rounds=0", "harq ir:rounds=0: a message is sent 1 to 4 times"),
        ("ir:delay=3", "harq ir:delay=3: ir has no option 'delay'; it has rounds"),
        ("ir:need=3", "harq ir:need=3: ir has no option 'need'; it has rounds"),
        ("semantic:rounds=9", "harq semantic:rounds=9: a message is sent 1 to 4 times"),
        ("semantic:need=-1", "harq semantic:need=-1: give a number of units"),
        ("semantic:order=best", "harq semantic:order=best: unknown; one of ranked, random"),
    ],
)
def test_what_is_no_hybrid_arq_is_refused(text: str, line: str) -> None:
    with pytest.raises(Refused, match=line):
        HarqSpec.parse(text)


@pytest.mark.parametrize(
    ("code", "options", "line"),
    [
        ("polar", {}, "harq ir: polar has no redundancy versions to send; combine by chase"),
        ("ldpc:rate=1/3,rv=2", {}, "harq ir: begins with rv=0; leave out rv=2 of ldpc"),
        ("ldpc", {"engine": "sionna"}, "engine sionna: sends nothing again; use native"),
    ],
)
def test_what_cannot_be_sent_again_says_what_can(
    code: str, options: dict[str, str], line: str
) -> None:
    with pytest.raises(Refused, match=line):
        HarqLayer(100, spec(code), HarqSpec(), **options)


def test_without_a_crc_nobody_knows_what_to_send_again() -> None:
    layer = HarqLayer(20, spec("conv:crc=0"), HarqSpec("chase"), threads=1)
    with pytest.raises(Refused, match="add crc=16 to conv"):
        layer.transmit(np.zeros((1, 20), dtype=np.uint8), 0.0)
