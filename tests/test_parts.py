"""The constellation, the codes and the channel of `examples/parts`, against theory."""

import importlib.util
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from linksim.phy import (
    DEMAPPERS,
    ChannelSpec,
    CodeSpec,
    Frames,
    Modulation,
    PhysicalLayer,
    PhySpec,
)

from .phy import uncoded_oracle as oracle
from .phy.test_uncoded import CHANNELS, assert_binomial, uncoded_errors

EXAMPLE = Path(__file__).parent.parent / "examples" / "parts"
BLOCKS = 40_000
FALSE_ALARM = 1e-5


@pytest.fixture(scope="module")
def example() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE))
        import linksim_parts

        yield linksim_parts
        for name in ("linksim_parts", "linksim_impulses", "linksim_bcjr", "linksim_tapped"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize("demapper", DEMAPPERS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_apsk_has_the_error_rates_that_theory_says(
    example: Any, channel: str, demapper: str
) -> None:
    modulation = example.apsk16()
    shape = (16, 20_000 * modulation.bits_per_symbol)
    bits = np.random.default_rng(5).integers(0, 2, shape, dtype=np.uint8)
    for snr_db in (4, 12):
        wrong = uncoded_errors(modulation, demapper, channel, snr_db, bits)
        receiver = oracle.RECEIVERS[demapper]
        read = CHANNELS[channel](modulation.points, 10 ** (-snr_db / 10), receiver)
        assert_binomial(wrong.sum(axis=0), len(wrong), oracle.bit_error_rates(read))
        symbol_errors = wrong.any(axis=1).sum(keepdims=True)
        assert_binomial(symbol_errors, len(wrong), np.array([oracle.symbol_error_rate(read)]))


def counted(code: Any, channel: str, snr_db: float) -> tuple[int, int]:
    """Return wrong bits and wrong blocks of `BLOCKS` blocks over BPSK."""
    spec = PhySpec(CodeSpec.of(code), Modulation.named("bpsk"), ChannelSpec(channel))
    counts = PhysicalLayer(4, spec, seed=2, threads=1).count(snr_db, range(BLOCKS))
    return int(counts.bit_errors.sum()), int((counts.bit_errors > 0).sum())


def hard_decision_rates(p: float) -> tuple[float, float]:
    """Return BER and BLER of a Hamming code that corrects one error, over all 2**7 patterns.

    It is written by its parity checks, which the example does not use.
    """
    checks = np.array([[1, 1, 0, 1, 1, 0, 0], [1, 0, 1, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0, 1]])
    ber = bler = 0.0
    for pattern in itertools.product((0, 1), repeat=7):
        left = np.array(pattern)
        syndrome = checks @ left % 2
        if syndrome.any():
            left[(syndrome == checks.T).all(axis=1).argmax()] ^= 1
        likelihood = p ** sum(pattern) * (1 - p) ** (7 - sum(pattern))
        ber += likelihood * left[:4].mean()
        bler += likelihood * left[:4].any()
    return ber, bler


@pytest.mark.parametrize("channel", ["awgn", "rayleigh"])
@pytest.mark.parametrize("snr_db", [0, 5])
def test_hamming_with_hard_decisions_is_where_enumeration_puts_it(
    example: Any, channel: str, snr_db: float
) -> None:
    class Hard(example.Hamming):  # type: ignore[misc, name-defined]
        def decode(self, llr: np.ndarray) -> Any:
            return super().decode(np.sign(llr))

    snr = 10 ** (snr_db / 10)
    p = stats.norm.sf(np.sqrt(2 * snr))
    if channel == "rayleigh":
        p = (1 - np.sqrt(snr / (1 + snr))) / 2
    ber, bler = hard_decision_rates(p)
    assert bler == pytest.approx(1 - (1 - p) ** 7 - 7 * p * (1 - p) ** 6)
    bit_errors, wrong = counted(Hard(), channel, snr_db)
    low, high = stats.binom.interval(1 - FALSE_ALARM, BLOCKS, bler)
    assert low <= wrong <= high
    assert bit_errors / wrong == pytest.approx(4 * ber / bler, rel=0.05)


def test_hamming_with_likelihoods_is_better_and_as_good_as_the_union_bound_says(
    example: Any,
) -> None:
    snr = 10 ** (5 / 10)
    pairs = {3: 7, 4: 7, 7: 1}  # codewords by weight
    union = sum(many * stats.norm.sf(np.sqrt(2 * d * snr)) for d, many in pairs.items())
    _, wrong = counted(example.Hamming(), "awgn", 5)
    # Nearest pairs alone are wrong more seldom than that, by little at this SNR.
    low, high = stats.binom.interval(1 - FALSE_ALARM, BLOCKS, [0.8 * union, union])
    assert low[0] <= wrong <= high[1]


def test_no_class_of_the_example_is_longer_than_the_page_says() -> None:
    lines = (EXAMPLE / "linksim_parts.py").read_text(encoding="utf-8").splitlines()
    start = lines.index("class Hamming:")
    assert len(lines) - start <= 25


@pytest.mark.parametrize(("share", "times"), [(0.01, 100.0), (0.2, 20.0)])
def test_impulses_have_the_error_rate_of_two_kinds_of_noise(
    example: Any, share: float, times: float
) -> None:
    import linksim_impulses

    snr_db = 6.0
    spec = PhySpec(
        CodeSpec.parse("none"),
        Modulation.named("bpsk"),
        ChannelSpec.of(linksim_impulses.Impulses(share, times)),
    )
    frames, bits = 1000, 200
    counts = PhysicalLayer(bits, spec, seed=2, threads=1).count(snr_db, range(frames))
    quiet = 10 ** (snr_db / 10) * (1 + share * (times - 1))  # Es/N0 where there is no impulse
    rates = stats.norm.sf(np.sqrt(2 * np.array([quiet, quiet / times])))
    ber = (1 - share) * rates[0] + share * rates[1]
    low, high = stats.binom.interval(1 - FALSE_ALARM, frames * bits, ber)
    assert low <= counts.bit_errors.sum() <= high


def test_impulses_no_louder_than_the_rest_are_linksims_own_channel(example: Any) -> None:
    import linksim_impulses

    channels = ChannelSpec.of(linksim_impulses.Impulses(times=1.0)), ChannelSpec()
    found = [
        PhysicalLayer(
            100, PhySpec(CodeSpec.parse("ldpc"), Modulation.named("8psk"), channel), threads=1
        ).count(3.0, range(200))
        for channel in channels
    ]
    assert np.array_equal(found[0].raw_errors, found[1].raw_errors)
    assert np.array_equal(found[0].bit_errors, found[1].bit_errors)


def test_sionnas_decoder_gives_the_llrs_of_all_codewords_added_up(example: Any) -> None:
    """Against every codeword's likelihood, the codewords by sliding the generators over bits."""
    # Only looked for: whoever imports it brings TensorFlow, which must find triton there.
    if importlib.util.find_spec("sionna") is None:
        pytest.skip("Sionna is not installed")
    import linksim_bcjr

    k, generators = 8, ("10011", "11101")
    messages = np.arange(1 << k)[:, None] >> np.arange(k) & 1
    slid = [
        np.apply_along_axis(np.convolve, 1, messages, [int(tap) for tap in polynomial]) % 2
        for polynomial in generators
    ]
    codewords = np.stack(slid, axis=2).reshape(len(messages), -1)
    code = CodeSpec.of(linksim_bcjr.Bcjr(k, generators)).own
    assert code is not None
    assert np.array_equal(code.encode(messages.astype(np.uint8)), codewords)
    llr = np.random.default_rng(1).normal(0, 2, (20, code.n)).astype(np.float32)
    likelihood = np.exp(llr @ codewords.T)
    ones = likelihood @ messages
    expected = np.log(ones / (likelihood.sum(axis=1, keepdims=True) - ones))
    np.testing.assert_allclose(code.decode(llr), expected, rtol=1e-3, atol=1e-3)
    spec = PhySpec(CodeSpec.of(linksim_bcjr.Bcjr()), Modulation.named("qpsk"))
    counts = PhysicalLayer(120, spec, threads=1).count(3.0, range(100))
    assert counts.bit_errors.mean() < 0.2 < counts.raw_errors.mean()


def test_echoes_are_gains_of_the_subcarriers(example: Any) -> None:
    from linksim_tapped import TappedDelayLine

    frames = Frames(3, 200.0, np.arange(4000, dtype=np.uint64), 100, 1)
    line = TappedDelayLine(delays=(0, 2, 5), powers_db=(0, -3, -6), subcarriers=32, prefix=5)
    sent = np.exp(2j * np.pi * np.random.default_rng(1).random((4000, 100)))
    received, gains, n0 = line.send(sent, frames)
    assert n0 == pytest.approx(1e-20)
    assert np.allclose(received, gains * sent, atol=1e-9)  # no echo of the symbol before
    assert np.mean(np.abs(gains[:, 7]) ** 2) == pytest.approx(1, abs=0.07)
    # Neighbours in frequency fade together as the profile's Fourier transform says.
    powers = 10 ** (-np.array([0, 3, 6]) / 10)
    phases = np.exp(2j * np.pi * 4 * np.array([0, 2, 5]) / 32)
    expected = (powers * phases).sum() / powers.sum()
    assert abs(np.mean(gains[:, 3] * gains[:, 7].conj()) - expected) < 0.07
    with pytest.raises(ValueError, match="prefix 4: shorter than the last echo, 5"):
        TappedDelayLine(delays=(0, 5), powers_db=(0, 0), prefix=4)
