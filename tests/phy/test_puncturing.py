"""Distances and block errors of the punctured convolutional codes."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.puncturing import FAMILIES

from .distance import minimum_distance

LINK_PAGE = Path(__file__).parents[2] / "docs" / "link.md"
PERIODS, PERIOD = 16, 12

# Largest free distances of known codes: Larsen 1973 (1/3, 1/2), Yasuda, Kashiki and Hirata 1984
# (2/3, 3/4), for patterns of one rate alone.
KNOWN = {
    3: {"1/3": 8, "1/2": 5, "2/3": 3, "3/4": 3},
    4: {"1/3": 10, "1/2": 6, "2/3": 4, "3/4": 4},
    5: {"1/3": 12, "1/2": 7, "2/3": 4, "3/4": 3},
    6: {"1/3": 13, "1/2": 8, "2/3": 6, "3/4": 4},
    7: {"1/3": 15, "1/2": 10, "2/3": 6, "3/4": 5},
    8: {"1/3": 16, "1/2": 10, "2/3": 7, "3/4": 6},
}
NESTING_COSTS = {(5, "1/3"), (8, "2/3"), (8, "3/4")}  # one of the distance each


def free_distance(constraint: int, sent: int) -> int:
    """Return the distance of the pattern that sends ``sent`` bits per period."""
    steps, coded = PERIODS * PERIOD, PERIODS * sent
    information = steps - constraint + 1
    rate = min(Fraction(PERIOD, sent), Fraction(9, 10))
    return minimum_distance(CodeSpec("conv", rate, constraint=constraint), information, coded)


@pytest.mark.parametrize("constraint", KNOWN)
def test_patterns_are_as_good_as_the_best_known(constraint: int) -> None:
    for rate, known in KNOWN[constraint].items():
        ours = free_distance(constraint, int(PERIOD / Fraction(rate)))
        assert ours >= known - ((constraint, rate) in NESTING_COSTS), rate


@pytest.mark.parametrize("constraint", FAMILIES)
def test_no_rate_has_less_than_the_next_higher_pattern(constraint: int) -> None:
    information = 120
    patterns = [1, *(free_distance(constraint, sent) for sent in range(PERIOD + 1, 37))]
    before = 0
    for rate in (Fraction(n, 120) for n in range(108, 19, -1)):
        code, coded = CodeSpec("conv", rate, constraint=constraint), int(information / rate)
        distance = minimum_distance(code, information, coded)
        whole = PERIOD * coded // (PERIOD * -(-(information + constraint - 1) // PERIOD))
        assert distance >= patterns[min(max(whole - PERIOD, 0), len(patterns) - 1)], rate
        assert distance >= before, rate
        before = distance


def test_free_distances_are_those_of_the_docs() -> None:
    lines = [line.split("|")[1:-1] for line in LINK_PAGE.read_text("utf-8").splitlines()]
    table = [[cell.strip() for cell in line] for line in lines if line]
    head = next(row for row in table if row[0] == "constraint")
    rows = [row for row in table if row[0].isdigit()]
    assert [int(row[0]) for row in rows] == list(FAMILIES)
    for constraint, *shown in rows:
        sent = [int(PERIOD / Fraction(rate)) for rate in head[1:]]
        assert [int(d) for d in shown] == [free_distance(int(constraint), n) for n in sent]


# --- Errors --------------------------------------------------------------------------------------


def layer(code: str, bits: int) -> PhysicalLayer:
    spec = PhySpec(CodeSpec.parse(code), Modulation.named("bpsk"), ChannelSpec())
    return PhysicalLayer(bits, spec, seed=2, engine="native")


@pytest.mark.parametrize(("ebno_db", "fewest", "most"), [(4.0, 0.04, 0.07), (5.0, 0.0015, 0.0055)])
def test_rate_three_quarters_errs_as_with_the_pattern_of_digital_television(
    ebno_db: float, fewest: float, most: float
) -> None:
    # (171, 133) with the pattern of EN 300 421 at 1000 bits: 0.049 and 0.003
    chain = layer("conv:rate=3/4,crc=0", 1000)
    snr_db = ebno_db + 10 * np.log10(chain.information_bits_per_symbol)
    wrong = chain.count(snr_db, range(4000)).bit_errors > 0
    assert fewest < wrong.mean() < most


@pytest.mark.parametrize("constraint", range(3, 9))
def test_a_rate_just_below_a_half_errs_as_one_half_does(constraint: int) -> None:
    halves = (f"conv:rate={rate},crc=0,constraint={constraint}" for rate in ("1024/2056", "1/2"))
    below, half = (layer(code, 1024).count(-1.53, range(200)).bit_errors.mean() for code in halves)
    assert below < 1.05 * half
    assert below / 1024 < 0.06
