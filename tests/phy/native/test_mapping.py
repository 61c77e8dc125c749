import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from linksim.phy import MODULATIONS, Modulation
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.elementary import exponential, logarithm, sine_and_cosine
from linksim.phy.kernels.vectors import LANES, aligned_zeros, load, store
from linksim.phy.native.mapping import constellation, demap_symbols, map_symbols

SIZES = st.integers(1, 70)


def planes(values: np.ndarray, room: int = LANES) -> np.ndarray:
    plane = aligned_zeros(values.size + room, np.float32)
    plane[: values.size] = values
    return plane


def mapped(modulation: Modulation, bits: np.ndarray) -> np.ndarray:
    symbols = bits.size // modulation.bits_per_symbol
    real, imaginary = (
        aligned_zeros(symbols + 16, np.float32),
        aligned_zeros(symbols + 16, np.float32),
    )
    padded = aligned_zeros(bits.size + 64, np.uint8)
    padded[: bits.size] = bits
    map_symbols(constellation(modulation), padded, symbols, real, imaginary)
    return (real + 1j * imaginary)[:symbols]


@pytest.mark.parametrize("name", MODULATIONS)
@given(SIZES)
def test_bit_b_of_symbol_j_is_bit_b_times_symbols_plus_j(name: str, symbols: int) -> None:
    modulation = Modulation.named(name)
    m = modulation.bits_per_symbol
    bits = np.random.default_rng(symbols).integers(0, 2, m * symbols, dtype=np.uint8)
    labels = (1 << np.arange(m - 1, -1, -1)) @ bits.reshape(m, symbols)
    assert np.array_equal(mapped(modulation, bits), modulation.points[labels])


def oracle_llrs(
    modulation: Modulation, received: np.ndarray, n0: np.ndarray, gain: np.ndarray, exact: bool
) -> np.ndarray:
    """log p(1)/p(0) from Gaussian densities in double precision, ``[bits, symbols]``."""
    points = modulation.points.astype(complex)
    distance = np.abs(received[:, None] - gain[:, None] * points) ** 2 / n0[:, None]
    m = modulation.bits_per_symbol
    one = (np.arange(points.size)[None, :] >> np.arange(m - 1, -1, -1)[:, None]) & 1
    combine = logsumexp if exact else np.max
    return np.array(
        [
            combine(-distance[:, ones == 1], axis=1) - combine(-distance[:, ones == 0], axis=1)
            for ones in one
        ]
    )


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", MODULATIONS)
def test_llrs_are_those_of_gaussian_densities(name: str, exact: bool) -> None:
    modulation, symbols = Modulation.named(name), 301
    rng = np.random.default_rng(5)
    sent = modulation.points[rng.integers(0, modulation.points.size, symbols)]
    gain = rng.normal(size=symbols) + 1j * rng.normal(size=symbols)
    n0 = rng.uniform(0.02, 2, symbols)
    noise = np.sqrt(n0 / 2) * (rng.normal(size=symbols) + 1j * rng.normal(size=symbols))
    received = gain * sent + noise
    turned = received * gain.conj()
    llr = aligned_zeros(symbols * modulation.bits_per_symbol + 16, np.float32)
    demap_symbols(
        constellation(modulation),
        planes(turned.real),
        planes(turned.imag),
        planes(np.abs(gain) ** 2),
        planes(1 / n0),
        symbols,
        exact,
        llr,
    )
    expected = oracle_llrs(modulation, received, n0, gain, exact).ravel()
    assert llr[: expected.size] == pytest.approx(expected, abs=1e-4, rel=1e-4)


@kernel
def _evaluate(which, x, y, z):  # type: ignore[no-untyped-def]
    for i in range(0, x.size - LANES + 1, LANES):
        if which == 0:
            store(y, i, logarithm(load(x, i)))
        elif which == 1:
            store(y, i, exponential(load(x, i)))
        else:
            sine, cosine = sine_and_cosine(load(x, i))
            store(y, i, sine)
            store(z, i, cosine)


def evaluate(which: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, z = np.zeros((2, x.size), dtype=np.float32)
    _evaluate(which, x, y, z)
    return y, z


def test_elementary_functions_are_accurate() -> None:
    positive = np.geomspace(1e-37, 1e37, 16 * 4000).astype(np.float32)
    assert np.allclose(evaluate(0, positive)[0], np.log(positive.astype(float)), 2e-7, 2e-7)
    any_number = np.linspace(-87, 87, 16 * 4000).astype(np.float32)
    assert np.allclose(evaluate(1, any_number)[0], np.exp(any_number.astype(float)), 1e-5, 0)
    turns = np.linspace(-0.25, 0.25, 16 * 4000).astype(np.float32)
    sine, cosine = evaluate(2, turns)
    assert np.allclose(sine, np.sin(2 * np.pi * turns.astype(float)), 0, 3e-7)
    assert np.allclose(cosine, np.cos(2 * np.pi * turns.astype(float)), 0, 3e-7)
