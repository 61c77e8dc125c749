"""Channels of a user's own: what is refused, and what is native around them."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from linksim.phy import (
    Channel,
    ChannelSpec,
    CodeSpec,
    Frames,
    Mapper,
    Modulation,
    PhysicalLayer,
    PhySpec,
    Refused,
    SymbolChannel,
)
from linksim.phy.analogue import AnalogueLayer
from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockFormat
from linksim.phy.engines import load_engine

from .test_own_code import Repeated


class Plain:
    """linksim's AWGN, which the receiver may know by another scale and phase."""

    def __init__(self, gain: complex = 1.0) -> None:
        self.gain = gain
        self.calls: set[tuple[int, ...]] = set()

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        self.calls.add(symbols.shape)
        received = symbols + np.sqrt(frames.n0) * frames.noise()
        if self.gain == 1:
            return received, None, frames.n0
        return self.gain * received, self.gain, abs(self.gain) ** 2 * frames.n0


def layer(
    code: CodeSpec, channel: SymbolChannel | None, modulation: str = "16qam", bits: int = 120
) -> PhysicalLayer:
    spec = ChannelSpec() if channel is None else ChannelSpec.of(channel)
    parts = PhySpec(code, Modulation.named(modulation), spec)
    return PhysicalLayer(bits, parts, seed=3, threads=1, engine="native")


CODES = {
    "none": CodeSpec.parse("none"),
    "conv": CodeSpec.parse("conv"),
    "own": CodeSpec.of(Repeated()),
}


@pytest.mark.parametrize("gain", [1.0, 2j], ids=["plain", "turned"])
@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_what_lies_around_it_is_the_native_chain(code: CodeSpec, gain: complex) -> None:
    """A channel that does what linksim's does leaves what that leaves."""
    bits = np.random.default_rng(1).integers(0, 2, (50, 120))
    ours = layer(code, Plain(gain)).transmit(bits, 5.0)
    native = layer(code, None).transmit(bits, 5.0)
    np.testing.assert_allclose(ours.llr, native.llr, rtol=1e-3, atol=1e-3)
    assert np.array_equal(ours.bit_errors, native.bit_errors)
    assert 0 < ours.raw_errors.sum() == native.raw_errors.sum()
    counts = layer(code, Plain(gain)).count(5.0, range(50))
    expected = layer(code, None).count(5.0, range(50))
    assert np.array_equal(counts.bit_errors, expected.bit_errors)
    assert np.array_equal(counts.raw_errors, expected.raw_errors)


def test_it_is_called_with_as_many_frames_whatever_the_batch() -> None:
    channel = Plain()
    link = layer(CODES["conv"], channel)
    channel.calls.clear()
    bits = np.random.default_rng(2).integers(0, 2, (600, 120))
    whole = link.transmit(bits, 2.0)
    single = link.transmit(bits[599:], 2.0, [599])
    assert len(channel.calls) == 1
    assert np.array_equal(whole.llr[599:], single.llr)
    assert link.transmit(bits[:0], 2.0).bits.shape == (0, 120)


def test_a_frame_is_all_of_its_blocks() -> None:
    """Of a message of many blocks the channel sees one row."""

    class Seen(Plain):
        def send(self, symbols: np.ndarray, frames: Frames) -> Any:
            assert symbols.shape == (len(frames.numbers), frames.symbols)
            return super().send(symbols, frames)

    channel = Seen()
    link = layer(CODES["own"], channel)
    assert link.segmentation.blocks == 6
    channel.calls.clear()
    link.count(5.0, range(7))
    assert {width for _, width in channel.calls} == {link.symbols}


def test_its_draws_are_of_frame_seed_snr_and_purpose() -> None:
    def drawn(seed: int = 1, snr_db: float = 3.0, frame: int = 5, purpose: int = 0) -> np.ndarray:
        frames = Frames(seed, snr_db, np.array([frame], dtype=np.uint64), 4, 1)
        (generator,) = frames.generators(purpose)
        return generator.random(1000)

    assert np.array_equal(drawn(), drawn())
    others = [drawn(seed=2), drawn(snr_db=3.001), drawn(frame=2**63), drawn(purpose=1)]
    for other in others:
        assert abs(stats.pearsonr(drawn(), other).statistic) < 0.2
    low = [drawn(snr_db=-3.0), drawn(seed=2**64 - 1)]
    assert all(np.isfinite(each).all() for each in low)


def test_other_paths_to_the_channel_lead_to_it_too() -> None:
    spec, plain = ChannelSpec.of(Plain(2j)), ChannelSpec()
    sent = Mapper(Modulation.named("qpsk"))(np.random.default_rng(3).integers(0, 2, (6, 80)))
    ours, native = (Channel(each, seed=4)(sent, 6.0, blocks=2) for each in (spec, plain))
    np.testing.assert_allclose(ours.equalised, native.equalised, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.n0, native.n0, rtol=1e-5)
    found, expected = (AnalogueLayer(40, each, 4).transmit(sent, 6.0) for each in (spec, plain))
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.n0, expected.n0, rtol=1e-5)


def test_a_channel_of_pytorch_will_do() -> None:
    torch = pytest.importorskip("torch")

    class Torch:
        def send(self, symbols: np.ndarray, frames: Frames) -> Any:
            noise = torch.from_numpy(frames.noise())
            received = torch.from_numpy(symbols) + frames.n0**0.5 * noise
            return received, torch.ones(frames.symbols), torch.full((len(symbols), 1), frames.n0)

    ours, native = (layer(CODES["none"], each).count(8.0, range(20)) for each in (Torch(), None))
    assert np.array_equal(ours.raw_errors, native.raw_errors)


class Answers:
    """A channel that answers with whatever it is given."""

    def __init__(self, *answer: Any) -> None:
        self.answer = answer

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        return tuple(each(symbols) if callable(each) else each for each in self.answer)


class Restless:
    """A channel that draws from a state of its own."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        return symbols + self.rng.normal(size=symbols.shape), None, frames.n0


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        (3, "give an object with send"),
        (Plain, "give an object with send"),
        (Answers(abs, None, 1.0), "received: give an array of complex, not of float32"),
        (Answers(np.copy, None), "gave no three things"),
        (Answers(lambda x: x[:, 1:], None, 1.0), "received of the shape"),
        (Answers(lambda x: x[:1], None, 1.0), "received of the shape"),
        (Answers(lambda x: np.nan * x, None, 1.0), "received that are not finite"),
        (Answers(np.copy, np.ones(5), 1.0), "gains of the shape"),
        (Answers(np.copy, np.inf, 1.0), "gains that are not finite"),
        (Answers(np.copy, None, 0.0), "an n0 below"),
        (Answers(np.copy, None, -1.0), "an n0 below"),
        (Answers(np.copy, None, None), "n0: give an array"),
        (Restless(), "draw from frames.noise"),
    ],
)
def test_answers_that_are_none_are_refused(channel: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        ChannelSpec.of(channel, "mine")


def test_a_fault_inside_it_is_its_own() -> None:
    class Faulty:
        def send(self, symbols: np.ndarray, frames: Frames) -> Any:
            raise ValueError("inside")

    with pytest.raises(RuntimeError, match="faulty: its send failed") as raised:
        ChannelSpec.of(Faulty())
    assert "inside" in str(raised.value.__cause__)


def test_no_gradients_pass_through_it() -> None:
    pytest.importorskip("torch")
    from linksim.link import TorchChannel

    with pytest.raises(Refused, match="passes gradients"):
        TorchChannel(8, ChannelSpec.of(Plain()))


def test_what_cannot_run_it_refuses_it() -> None:
    own = ChannelSpec.of(Plain())
    parts = CodeSpec.parse("ldpc"), Modulation.named("qpsk"), own
    for engine in ("sionna", "hybrid"):
        with pytest.raises(Refused, match=f"engine {engine}: has linksim's own channels"):
            PhysicalLayer(120, PhySpec(*parts), engine=engine)
    with pytest.raises(Refused, match="says itself what the receiver knows"):
        ChannelSpec("plain", pilot_every=4, own=own.own)
    with pytest.raises(Refused, match="awgn: is linksim's; give yours"):
        ChannelSpec.of(Plain(), "awgn")
    plan = PhysicalLayer(120, PhySpec(*parts)).segmentation
    block = BlockFormat(*parts[:2], "app", plan)
    use = ChannelUse(own, 0, 3.0, range(2), plan.blocks, plan.block_symbols)
    with pytest.raises(Refused, match="plain: draws by itself"):
        load_engine("native", block).count(use)
    with pytest.raises(ValueError, match="awgn: is no channel of a user's own"):
        load_engine("native", block, own_channel=True).count(
            ChannelUse(ChannelSpec(), 0, 3.0, range(2), plan.blocks, plan.block_symbols)
        )
