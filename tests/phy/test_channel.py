import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from linksim.phy import Channel, ChannelSpec, CodeSpec, PhysicalLayer, PhySpec, Refused
from linksim.phy.channel import BLOCK, IMAGE, ChannelUse
from linksim.phy.snr import ebno_db_from_snr_db, n0_from_snr_db, snr_db_from_ebno_db


def use(
    channel: ChannelSpec | None = None,
    symbols: int = 100,
    frames: tuple[int, ...] = (0,),
    seed: int = 3,
    snr_db: float = 5.0,
    blocks: int = 1,
) -> ChannelUse:
    return ChannelUse(channel or ChannelSpec(), seed, snr_db, frames, blocks, symbols)


def test_noise_is_circular_gaussian_of_variance_one() -> None:
    noise = use(symbols=50_000, frames=(0, 1, 2, 3)).noise().ravel()
    for part in (noise.real, noise.imag):
        assert stats.kstest(part * np.sqrt(2), "norm").pvalue > 1e-4
    assert abs(np.mean(noise.real * noise.imag)) < 0.005
    assert abs(np.mean(noise[:-1] * noise[1:].conj())) < 0.005
    # The tails matter most to a simulation of rare errors.
    far = np.abs(noise) ** 2 > 9
    low, high = stats.binom.interval(1 - 1e-5, noise.size, np.exp(-9))
    assert low <= far.sum() <= high


def test_rayleigh_gain_is_exponential_with_mean_one() -> None:
    gains, known, _ = use(ChannelSpec("rayleigh"), 20_000, (0, 1, 2, 3)).gains()
    assert stats.kstest(np.abs(gains.ravel()) ** 2, "expon").pvalue > 1e-4
    assert np.array_equal(gains, known)


@pytest.mark.parametrize("k", [0.0, 1.0, 8.0])
def test_rician_gain_has_its_two_powers(k: float) -> None:
    gains, _, _ = use(ChannelSpec("rician", rician_k=k), 20_000, (0, 1, 2, 3)).gains()
    # |h|² (k + 1) is non-central chi-squared: twice it has 2 degrees of freedom, non-centrality 2k.
    power = 2 * (k + 1) * np.abs(gains.ravel()) ** 2
    expected = stats.chi2(2) if k == 0 else stats.ncx2(2, 2 * k)
    assert stats.kstest(power, expected.cdf).pvalue > 1e-4


@pytest.mark.parametrize(("coherence", "distinct"), [(1, 1000), (10, 100), (300, 4), (IMAGE, 1)])
def test_fading_stays_the_same_over_the_coherence_length(coherence: int, distinct: int) -> None:
    gains, _, _ = use(ChannelSpec("rayleigh", coherence), 1000, (7,)).gains()
    span = coherence or 1000
    assert len(np.unique(gains)) == distinct
    assert np.array_equal(gains[0], np.repeat(gains[0, ::span], span)[:1000])


@pytest.mark.parametrize(("coherence", "distinct"), [(BLOCK, 4), (IMAGE, 1)])
def test_fading_knows_blocks_and_images(coherence: int, distinct: int) -> None:
    gains, _, _ = use(ChannelSpec("rayleigh", coherence), 55, (7,), blocks=4).gains()
    assert gains.shape == (4, 55)
    assert len(np.unique(gains)) == distinct
    assert all(len(np.unique(block)) == 1 for block in gains)


@pytest.mark.parametrize("every", [4, 10, 40])
def test_a_pilot_estimate_errs_as_its_pilots_say(every: int) -> None:
    channel = ChannelSpec("rayleigh", 40, pilot_every=every)
    meeting = use(channel, 400, tuple(range(500)))
    true, known, n0 = meeting.gains()
    pilots = 40 / every
    # Least squares over P pilots: an error of variance N0/P, which the receiver counts as noise.
    error = np.abs(known - true)[:, ::40].ravel() ** 2 / (meeting.n0 / pilots)
    assert stats.kstest(error, "expon").pvalue > 1e-4
    assert n0 == pytest.approx(meeting.n0 * (1 + 1 / pilots), rel=1e-5)
    assert channel.pilots(400) == 400 / every


def test_the_estimate_is_independent_of_gain_and_noise() -> None:
    meeting = use(ChannelSpec("rayleigh", 1, pilot_every=1), 20_000)
    true, known, _ = meeting.gains()
    for other in (true, meeting.noise()):
        assert abs(np.mean((known - true) * other.conj())) < 0.02


def test_draws_depend_on_frame_snr_and_seed_alone() -> None:
    channel = ChannelSpec("rayleigh")
    together = use(channel, frames=(0, 1, 2)).noise()
    assert np.array_equal(use(channel, frames=(2,)).noise()[0], together[2])
    for other in (
        use(channel, frames=(3,)).noise(),
        use(channel, frames=(2,), snr_db=5.5).noise(),
        use(channel, frames=(2,), seed=4).noise(),
        use(channel, frames=(2,)).gains()[0],
        use(channel, frames=(2 + 2**32,)).noise(),
        use(channel, frames=(2,), seed=3 + 2**32).noise(),
    ):
        assert not np.array_equal(other[0], together[2])


@given(st.integers(1, 200), st.integers(1, 8))
def test_draws_do_not_know_of_blocks(symbols: int, blocks: int) -> None:
    channel = ChannelSpec("rayleigh", 7, pilot_every=7)
    whole, cut = use(channel, symbols * blocks), use(channel, symbols, blocks=blocks)
    assert np.array_equal(whole.noise().ravel(), cut.noise().ravel())
    for one, other in zip(whole.gains(), cut.gains(), strict=True):
        assert np.array_equal(one.ravel(), other.ravel())


@pytest.mark.filterwarnings("error")
def test_every_snr_draws_apart_also_below_zero() -> None:
    snrs_db = [-5.0, -4.999, -0.001, 0.0, 0.001, 5.0]
    first = {complex(use(snr_db=snr_db, symbols=1).noise()[0, 0]) for snr_db in snrs_db}
    assert len(first) == len(snrs_db)


def test_random_payload_is_fair_and_each_block_has_its_own() -> None:
    bits = use(frames=tuple(range(20)), blocks=3).random_payload(1001)
    assert bits.shape == (60, 1001)
    assert bits.max() == 1
    assert len(np.unique(bits, axis=0)) == 60
    for count in (bits.sum(), (bits[:, 1:] ^ bits[:, :-1]).sum()):
        low, high = stats.binom.interval(1 - 1e-5, bits.size, 0.5)
        assert low - 60 <= count <= high


def test_a_channel_is_read_as_users_write_it() -> None:
    assert ChannelSpec.parse("awgn") == ChannelSpec()
    assert ChannelSpec.parse("rician:k=4", "block").rician_k == 4
    assert ChannelSpec.parse("rayleigh", "image").coherence == IMAGE
    assert ChannelSpec.parse("rayleigh", "32", "pilot:every=8").pilot_every == 8


@pytest.mark.parametrize(
    ("channel", "coherence", "csi", "problem"),
    [
        ("rain", "1", "perfect", "unknown; one of awgn, rayleigh, rician"),
        ("rayleigh", "-1", "perfect", "coherence -1: give a number of symbols, block or image"),
        ("rayleigh", "0", "perfect", "coherence 0"),
        ("rayleigh", "x", "perfect", "coherence x"),
        ("rician:k=-1", "1", "perfect", "k is a ratio of powers"),
        ("rician:k=nan", "1", "perfect", "k is a ratio of powers"),
        ("rician:m=1", "1", "perfect", "no option 'm'; it has k"),
        ("awgn:k=1", "1", "perfect", "no option 'k'; use awgn"),
        ("awgn", "1", "guess", "unknown; one of perfect, pilot"),
        ("awgn", "1", "pilot:every=0", "every must be 1 or more"),
        ("rayleigh", "10", "pilot:every=4", "make the coherence a multiple of 4"),
    ],
)
def test_wrong_channels_say_what_is_possible(
    channel: str, coherence: str, csi: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        ChannelSpec.parse(channel, coherence, csi)


def test_snr_is_energy_over_n0() -> None:
    assert n0_from_snr_db(0) == 1
    assert n0_from_snr_db(20) == pytest.approx(0.01)


def test_eb_is_the_energy_of_an_information_bit() -> None:
    # 8-PSK at rate 1/2 carries 1.5 information bits per symbol: Eb = Es / 1.5.
    assert ebno_db_from_snr_db(10, 1.5) == pytest.approx(10 - 1.7609, abs=1e-4)
    assert snr_db_from_ebno_db(ebno_db_from_snr_db(3.3, 2.5), 2.5) == pytest.approx(3.3)


DOPPLER = 0.013


def faded(channel: str, coherence: str, frames: int, blocks: int, symbols: int) -> np.ndarray:
    """Return h of every symbol, complex64 ``[frames, blocks · symbols]``."""
    spec = ChannelSpec.parse(channel, coherence)
    use = ChannelUse(spec, 5, 10.0, range(frames), blocks, symbols)
    return use.gains()[0].reshape(frames, -1)


@pytest.mark.parametrize("coherence", [1, 4])
def test_correlated_fading_has_jakes_autocorrelation_and_rayleighs_distribution(
    coherence: int,
) -> None:
    frames = 6000
    h = faded(f"rayleigh:doppler={DOPPLER}", str(coherence), frames, 1, 160)
    assert np.array_equal(h[:, ::coherence], h[:, coherence - 1 :: coherence])
    lags = np.arange(0, 160, coherence)
    found = (h[:, :1].conj() * h[:, lags]).mean(axis=0)
    theory = special.j0(2 * np.pi * DOPPLER * lags)
    assert np.abs(found - theory).max() < 4.5 / np.sqrt(frames)  # deviation 1 / sqrt(frames)
    for at in (0, 80):
        assert stats.kstest(np.abs(h[:, at]) ** 2, "expon").pvalue > 1e-3
        assert stats.kstest(np.angle(h[:, at]) / np.pi, "uniform", (-1, 2)).pvalue > 1e-3
    assert abs(np.corrcoef(h[:-1, 0], h[1:, 0])[0, 1]) < 4.5 / np.sqrt(frames)


def test_correlated_fading_runs_on_through_the_blocks_of_a_frame() -> None:
    spec = ChannelSpec.parse("rician:k=2,doppler=0.01")
    sent = np.ones((3, 120), dtype=np.complex64)
    whole = Channel(spec, seed=4)(sent, 8.0)
    in_blocks = Channel(spec, seed=4)(sent.reshape(12, 30), 8.0, blocks=4)
    assert np.allclose(in_blocks.values.reshape(3, 120), whole.values, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("awgn:doppler=0.1", "awgn has no option 'doppler'"),
        ("rayleigh:doppler=0.5", "rayleigh:doppler=0.5: doppler is cycles per symbol, 0 to below"),
        ("rayleigh:doppler=nan", "rayleigh:doppler=nan: doppler is cycles per symbol"),
        ("rician:doppler=-1", "rician:doppler=-1: doppler is cycles per symbol"),
    ],
)
def test_what_is_no_doppler_frequency_is_refused(text: str, line: str) -> None:
    with pytest.raises(Refused, match=line):
        ChannelSpec.parse(text)


def test_other_engines_know_no_doppler() -> None:
    spec = PhySpec(CodeSpec("none"), channel=ChannelSpec.parse("rayleigh:doppler=0.1"))
    with pytest.raises(Refused, match="engine sionna: has no Doppler; use native"):
        PhysicalLayer(8, spec, engine="sionna")
    assert PhysicalLayer(8, spec).engine == "native"
