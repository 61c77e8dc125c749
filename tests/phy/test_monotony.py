"""Of one code, no lower rate is clearly worse than a higher one, whatever the rate."""

import math
from collections.abc import Iterator
from fractions import Fraction

import pytest
from scipy import stats

from linksim.phy import CODES, ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec

FALSE_ALARM = 1e-6
COMPARED = 4
"""Higher rates that every rate is compared with."""
HIGHEST_SNR_DB, SNR_STEP_DB = 9.0, 0.25
LARGEST_DENOMINATOR = 11
JUST_BELOW = Fraction(249, 250)


def rates(code: str, largest_denominator: int) -> list[Fraction]:
    """Return the simple fractions that a code can have, and a rate just below each, descending."""
    low, high = CODES[code].rates
    simple = {Fraction(a, b) for b in range(2, largest_denominator + 1) for a in range(1, b + 1)}
    both = simple | {rate * JUST_BELOW for rate in simple}
    lowest = max(low, Fraction(1, 8))
    return sorted((rate for rate in both if lowest <= rate <= high), reverse=True)


def layers(
    code: str, options: str, bits: int, fuzz: int
) -> Iterator[tuple[Fraction, PhysicalLayer]]:
    for rate in rates(code, round(LARGEST_DENOMINATOR * math.sqrt(fuzz))):
        parts = CodeSpec.parse(f"{code}:rate={rate}{options}"), Modulation.named("bpsk")
        try:
            yield rate, PhysicalLayer(bits, PhySpec(*parts, ChannelSpec()), engine="native")
        except ValueError:  # too few coded bits for so short a block
            assert rate > Fraction(3, 4)


@pytest.mark.parametrize(
    ("code", "options", "bits", "blocks"),
    [
        ("ldpc", "", 60, 200),
        ("ldpc", "", 1500, 60),
        ("ldpc", "", 8000, 30),
        ("polar", "", 60, 200),
        ("polar", "", 400, 60),
        ("turbo", "", 40, 200),
        ("turbo", "", 3048, 30),
        ("repetition", "", 100, 200),
        *[("conv", f",constraint={c},crc=0", 60, 200) for c in range(3, 9)],
        *[("conv", f",constraint={c},crc=0", 1024, 60) for c in range(3, 9)],
    ],
)
def test_no_lower_rate_is_clearly_worse(
    code: str, options: str, bits: int, blocks: int, fuzz: int
) -> None:
    snr_db = HIGHEST_SNR_DB
    higher: list[tuple[Fraction, float, int]] = []

    def failures(layer: PhysicalLayer, snr_db: float) -> int:
        return int((layer.count(snr_db, range(blocks)).bit_errors > 0).sum())

    for rate, layer in layers(code, options, bits, fuzz):
        for other, at, theirs in higher[-COMPARED:]:
            ours = failures(layer, at)
            table = [[ours, blocks - ours], [theirs, blocks - theirs]]
            chance = stats.fisher_exact(table, alternative="greater").pvalue
            assert chance > FALSE_ALARM, f"{rate}: {ours}, {other}: {theirs} wrong at {at} dB"
        while failures(layer, snr_db - SNR_STEP_DB) < blocks / 3:
            snr_db -= SNR_STEP_DB
        higher.append((rate, snr_db, failures(layer, snr_db)))
    assert len(higher) > 20
