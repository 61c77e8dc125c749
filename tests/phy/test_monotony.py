"""Of one code, no lower rate is clearly worse than a higher one, whatever the rate."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest
from scipy import stats

from linksim.phy import CODES, ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec

FALSE_ALARM = 1e-6
COMPARED = 4
"""Lower rates that every rate is compared with."""
SNR_STEP_DB = 0.25
LARGEST_DENOMINATOR = 11
JUST_BELOW = Fraction(249, 250)


def rates(code: str, largest_denominator: int) -> list[Fraction]:
    """Return the simple fractions that a code can have, and a rate just below each, ascending."""
    low, high = CODES[code].rates
    simple = {Fraction(a, b) for b in range(2, largest_denominator + 1) for a in range(1, b + 1)}
    both = simple | {rate * JUST_BELOW for rate in simple}
    return sorted(rate for rate in both if max(low, Fraction(1, 8)) <= rate <= high)


def layers(
    code: str, options: str, bits: int, fuzz: int
) -> Iterator[tuple[Fraction, PhysicalLayer]]:
    for rate in rates(code, round(LARGEST_DENOMINATOR * math.sqrt(fuzz))):
        parts = CodeSpec.parse(f"{code}:rate={rate}{options}"), Modulation.named("bpsk")
        try:
            yield rate, PhysicalLayer(bits, PhySpec(*parts, ChannelSpec()), engine="native")
        except ValueError:  # too few coded bits for so short a block
            assert rate > Fraction(3, 4)
            return


@pytest.mark.parametrize(
    ("code", "options", "bits", "blocks"),
    [
        ("ldpc", "", 60, 200),
        ("ldpc", "", 1500, 60),
        ("ldpc", "", 8000, 40),
        ("polar", "", 60, 200),
        ("polar", "", 400, 60),
        ("turbo", "", 40, 200),
        ("turbo", "", 3048, 40),
        ("repetition", "", 100, 200),
        *[("conv", f",constraint={c},crc=0", 60, 200) for c in range(3, 9)],
        *[("conv", f",constraint={c},crc=0", 1024, 60) for c in range(3, 9)],
    ],
)
def test_no_lower_rate_is_clearly_worse(
    code: str, options: str, bits: int, blocks: int, fuzz: int
) -> None:
    snr_db = -10.0
    lower: list[tuple[Fraction, PhysicalLayer]] = []

    @cache
    def failures(chain: PhysicalLayer, snr_db: float) -> int:
        return int((chain.count(snr_db, range(blocks)).bit_errors > 0).sum())

    for rate, layer in layers(code, options, bits, fuzz):
        while failures(layer, snr_db) > blocks / 2:
            snr_db += SNR_STEP_DB
        ours = failures(layer, snr_db)
        for other_rate, other in lower[-COMPARED:]:
            theirs = failures(other, snr_db)
            table = [[theirs, blocks - theirs], [ours, blocks - ours]]
            chance = stats.fisher_exact(table, alternative="greater").pvalue
            assert chance > FALSE_ALARM, f"{other_rate}: {theirs}, {rate}: {ours} at {snr_db} dB"
        lower.append((rate, layer))
    assert len(lower) > 20
