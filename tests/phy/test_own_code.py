"""Codes of a user's own: what is refused, and what is native around them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec


class Repeated:
    """Every one of k bits three times, as linksim's own repetition code has it, in some order."""

    def __init__(self, k: int = 20) -> None:
        self.k, self.n = k, 3 * k
        self.calls: set[int] = set()

    def encode(self, bits: np.ndarray) -> Any:
        self.calls.add(len(bits))
        return np.tile(bits, 3)

    def decode(self, llr: np.ndarray) -> Any:
        return llr.reshape(len(llr), 3, self.k).sum(axis=1)


class Uncoded(Repeated):
    """As many bits as there were."""

    def __init__(self, k: int = 20) -> None:
        super().__init__(k)
        self.n = k

    def encode(self, bits: np.ndarray) -> Any:
        return bits

    def decode(self, llr: np.ndarray) -> Any:
        return llr


def layer(code: CodeSpec, bits: int, modulation: str = "qpsk", **channel: Any) -> PhysicalLayer:
    spec = PhySpec(code, Modulation.named(modulation), ChannelSpec(**channel))
    return PhysicalLayer(bits, spec, seed=3, threads=1)


FADING = {"name": "rayleigh", "coherence": 4, "pilot_every": 4}


@pytest.mark.parametrize("modulation", ["qpsk", "16qam"])
@pytest.mark.parametrize("channel", [{}, FADING], ids=["awgn", "fading"])
def test_what_lies_around_it_is_the_native_chain(modulation: str, channel: dict[str, Any]) -> None:
    """A code that changes nothing leaves what no code does, number by number."""
    bits = np.random.default_rng(1).integers(0, 2, (50, 20))
    own = layer(CodeSpec.of(Uncoded()), 20, modulation, **channel)
    none = layer(CodeSpec.parse("none"), 20, modulation, **channel)
    ours, plain = own.transmit(bits, 5.0), none.transmit(bits, 5.0)
    assert np.array_equal(ours.llr, plain.llr)
    assert np.array_equal(ours.raw_errors, plain.raw_errors)
    assert 0 < ours.bit_errors.sum() == plain.bit_errors.sum()
    counts, expected = own.count(5.0, range(50)), none.count(5.0, range(50))
    assert np.array_equal(counts.bit_errors, expected.bit_errors)
    assert np.array_equal(counts.raw_errors, expected.raw_errors)


@pytest.mark.parametrize("modulation", ["bpsk", "8psk", "16qam", "64qam", "256qam"])
def test_what_does_not_fill_the_last_symbol_is_sent_again(modulation: str) -> None:
    """A code of 1 bit sends it in all bits of a symbol, as linksim's repetition code does."""
    own = layer(CodeSpec.of(Uncoded(1)), 40, modulation)
    width = own.segmentation.bits_per_symbol
    assert own.segmentation.coded_bits == width
    assert own.symbols == 40
    received = own.transmit(np.ones((200, 40), dtype=np.uint8), 9.0)
    rows = np.ones((200 * 40, width), dtype=np.uint8)
    plain = layer(CodeSpec.parse("none"), 40 * width, modulation)
    assert plain.segmentation.symbols == 40
    same = plain.transmit(rows.reshape(200, -1), 9.0).llr
    # Symbol by symbol both meet the same noise; without a code bit b of symbol j is bit b·40 + j.
    added = same.reshape(200, width, 40).sum(axis=1)
    assert np.allclose(received.llr, added, rtol=1e-5, atol=1e-5)


def test_the_code_is_called_with_as_many_blocks_whatever_the_batch() -> None:
    code = Repeated()
    spec = CodeSpec.of(code, "mine")
    code.calls.clear()
    link = layer(spec, 60)
    bits = np.random.default_rng(2).integers(0, 2, (3000, 60))
    whole = link.transmit(bits, 2.0)
    single = link.transmit(bits[2999:], 2.0, [2999])
    assert len(code.calls) == 1
    assert np.array_equal(whole.llr[2999:], single.llr)
    assert link.transmit(bits[:0], 2.0).bits.shape == (0, 60)


def test_threads_that_share_a_physical_layer_do_not_enter_the_code_at_once() -> None:
    class Watched(Repeated):
        inside = 0

        def decode(self, llr: np.ndarray) -> np.ndarray:
            Watched.inside += 1
            time.sleep(0.002)
            assert Watched.inside == 1
            found = super().decode(llr)
            Watched.inside -= 1
            return found

    shared, bits = layer(CodeSpec.of(Watched()), 20), np.zeros((4, 20), dtype=np.uint8)

    def send(first: int) -> np.ndarray:
        return shared.transmit(bits, 3.0, range(first, first + 4)).llr

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(send, range(0, 80, 4)))
    for first, llr in zip(range(0, 80, 4), together, strict=True):
        np.testing.assert_array_equal(llr, send(first))


def test_a_code_may_overwrite_what_it_is_given() -> None:
    class Careless(Uncoded):
        def encode(self, bits: np.ndarray) -> Any:
            coded = bits.copy()
            bits[:] = 1
            return coded

    link = layer(CodeSpec.of(Careless()), 20)
    bits = np.zeros((10, 20), dtype=np.uint8)
    assert not link.transmit(bits, 30.0).bit_errors.any()
    assert not bits.any()


def test_a_code_may_be_of_pytorch_and_may_decide() -> None:
    torch = pytest.importorskip("torch")

    class Torch(Uncoded):
        def encode(self, bits: np.ndarray) -> Any:
            return torch.from_numpy(bits)

        def decode(self, llr: np.ndarray) -> Any:
            return torch.from_numpy(llr) > 0

    received = layer(CodeSpec.of(Torch()), 20).transmit(np.ones((5, 20), dtype=int), 3.0)
    assert set(np.unique(received.llr)) <= {-1.0, 1.0}
    plain = layer(CodeSpec.parse("none"), 20).transmit(np.ones((5, 20), dtype=int), 3.0)
    assert np.array_equal(received.bits, plain.bits)


def test_a_crc_ends_each_block_where_it_is_asked_for() -> None:
    link = layer(CodeSpec.of(Repeated(40), crc=16), 48)
    assert (link.segmentation.blocks, link.segmentation.payload_bits) == (2, 24)
    bits = np.random.default_rng(3).integers(0, 2, (400, 48))
    received = link.transmit(bits, 0.0)
    wrong = (received.bits != bits).reshape(400, 2, 24).any(axis=2)
    assert 0 < wrong.sum() <= (~received.block_passed).sum() < received.block_passed.size
    assert not (wrong & received.block_passed).any()
    with pytest.raises(ValueError, match="repeated:crc=24: leaves nothing of blocks of 20"):
        CodeSpec.of(Repeated(), crc=24)


def test_a_code_says_what_it_is() -> None:
    spec = CodeSpec.of(Repeated(), "mine")
    assert (str(spec), spec.rate, spec.crc_bits) == ("mine", Fraction(1, 3), 0)
    assert str(CodeSpec.of(Repeated(), crc=16)) == "repeated:crc=16"
    for engine in ("sionna", "hybrid"):
        with pytest.raises(ValueError, match=f"{engine}: .* for mine use native"):
            PhysicalLayer(20, PhySpec(spec), engine=engine)


def broken(**changes: Callable[..., Any] | int) -> Repeated:
    """Return a code with attributes of its own."""
    code = Repeated()
    for name, value in changes.items():
        setattr(code, name, value)
    return code


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (broken(n=5), "repeated: k 20: give 1 to 5"),
        (broken(k=0), "repeated: k 0"),
        (broken(decode=lambda llr: -llr[:, :20]), "does not return what encode was given"),
        (broken(decode=lambda llr: llr), r"decode gave the shape \(8, 60\), not \(8, 20\)"),
        (broken(encode=lambda bits: bits), r"encode gave the shape \(8, 20\), not \(8, 60\)"),
        (broken(encode=lambda bits: 2 * np.tile(bits, 3)), "other numbers than 0 and 1"),
        (broken(decode=lambda llr: llr[:, :20] * np.nan), "LLRs that are not numbers"),
        (broken(decode=lambda llr: llr[:, :20].astype(int)), "integers other than 0 and 1"),
    ],
)
def test_what_is_no_code_is_refused_when_it_is_given(code: Repeated, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        CodeSpec.of(code)


def test_what_lacks_something_is_a_wrong_type() -> None:
    for thing in (object(), Repeated, "ldpc", None):
        with pytest.raises(TypeError, match="give an object with k, n, encode and decode"):
            CodeSpec.of(thing)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="encode gave float64, not bits"):
        CodeSpec.of(broken(encode=lambda bits: np.tile(bits, 3) * 1.0))


def test_a_failure_inside_the_code_keeps_its_own_exception() -> None:
    def fails(llr: np.ndarray) -> Any:
        raise ValueError("mine")

    with pytest.raises(RuntimeError, match="repeated: its decode failed") as caught:
        CodeSpec.of(broken(decode=fails))
    assert str(caught.value.__cause__) == "mine"
