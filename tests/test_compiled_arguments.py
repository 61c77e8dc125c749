"""Every public function that reaches compiled code takes any layout, and refuses what is wrong.

Kernels see bare pointers: what is not checked before them is read past its end.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numba.core.dispatcher import Dispatcher

import linksim.link
import linksim.phy
import linksim.phy.families
import linksim.phy.kernels
import linksim.phy.native
import linksim.phy.sionna
from linksim.link import AnalogueLink, Injection, Link, TorchChannel, connect
from linksim.link.framing import deframe, frame
from linksim.phy import (
    Channel,
    ChannelOutput,
    ChannelSpec,
    CodeSpec,
    Decoder,
    Demapper,
    Encoder,
    Frames,
    HarqLayer,
    HarqSpec,
    Mapper,
    Modulation,
    PhySetup,
    PhysicalLayer,
    PhySpec,
    Reception,
    blocks_pass,
    from_blocks,
    messages_pass,
    pack_bits,
    repack,
    to_blocks,
    unpack_bits,
)
from linksim.phy.analogue import AnalogueLayer
from linksim.phy.channel import ChannelUse
from linksim.phy.crc import crc, transport_crc
from linksim.phy.engine import BlockFormat
from linksim.phy.engines import load_engine
from linksim.phy.native.ldpc_batches import NativeLdpcDecoder
from linksim.phy.native.stages import fixed_iterations, stages
from linksim.phy.segmentation import Segmentation, segment
from linksim.source import Message, MessageFormat, Symbols, SymbolsFormat

REFUSED = (TypeError, ValueError)
LDPC, BPSK = CodeSpec.parse("ldpc"), Modulation.named("bpsk")
SPEC = PhySpec(CodeSpec.parse("none"), BPSK)
LAYER = PhysicalLayer(24, SPEC, engine="native")
FORMAT = BlockFormat(SPEC.code, BPSK, "app", LAYER.segmentation)
USE = ChannelUse(SPEC.channel, 0, 3.0, range(4), 1, 24)
DECODED = BlockFormat(LDPC, BPSK, "app", segment(LDPC, 40, 1))
PLAN = DECODED.segmentation
HOPELESS = ChannelUse(SPEC.channel, 0, -10.0, [0], 1, PLAN.block_symbols)
HARQ = HarqLayer(24, PhySpec(CodeSpec.parse("none:crc=16"), BPSK), HarqSpec("chase", rounds=2))
BYTES = np.arange(12, dtype=np.uint8).reshape(4, 3)
RECEIVED = LAYER.transmit(np.ones((4, 24), dtype=np.uint8), 3.0)


class Inverted:
    """A code of one's own: every bit as its opposite."""

    k = n = 24

    def encode(self, bits: np.ndarray) -> np.ndarray:
        return 1 - bits

    def decode(self, llr: np.ndarray) -> np.ndarray:
        return -llr


class Silent:
    """A channel of one's own that changes nothing."""

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        return symbols, None, 1.0


OWN_USE = replace(USE, channel=ChannelSpec.of(Silent()))
OWN = BlockFormat(CodeSpec.of(Inverted()), BPSK, "app", LAYER.segmentation)


class Codec:
    """Brings back what it gets, for the kinds of messages that are rows."""

    name, side = "rows", 8

    def __init__(self, messages: MessageFormat | SymbolsFormat) -> None:
        self.format = messages

    def decode(self, received: Any) -> Any:
        return received.values


def linked(values: Any) -> Any:
    message = Message(torch.from_numpy(np.array(values)), 1)
    codec = Codec(MessageFormat(24, 1))
    return Link(codec, PhySetup(SPEC, engine="native")).send(message, 3.0, range(len(values)))


def analogue(values: Any) -> Any:
    symbols = Symbols(torch.from_numpy(np.array(values)))
    codec = Codec(SymbolsFormat(24))
    return AnalogueLink(codec, SPEC.channel).send(symbols, 3.0, range(len(values)))


def rows(kind: str, columns: int, count: int = 4) -> np.ndarray:
    drawn = np.random.default_rng(columns).integers(0, 2, (count, columns))
    if kind == "complex":
        return np.asarray((2 * drawn - 1).astype(np.complex64))
    return np.asarray((2 * drawn - 1).astype(np.float32) if kind == "real" else drawn)


# What takes an array: a call, its kind, columns of a row, and whether rows must be as long.
ARRAYS: dict[str, tuple[Callable[[Any], Any], str, int, bool]] = {
    "phy.bits.unpack_bits": (lambda a: unpack_bits(a, 1), "bits", 12, False),
    "phy.bits.pack_bits": (lambda a: pack_bits(a, 3), "bits", 12, False),
    "phy.bits.repack": (lambda a: repack(a, 1, 5), "bits", 12, False),
    "phy.crc.crc": (lambda a: crc(a, 16), "bits", 30, False),
    "phy.crc.transport_crc": (lambda a: transport_crc(a, 16), "bits", 30, False),
    "phy.harq.HarqLayer.transmit": (
        lambda a: HARQ.transmit(a, 3.0),
        "bits",
        24,
        True,
    ),
    "phy.blocks.messages_pass": (
        lambda a: messages_pass(a, PLAN),
        "bits",
        PLAN.information_bits,
        True,
    ),
    "phy.physical_layer.PhysicalLayer.transmit": (
        lambda a: LAYER.transmit(a, 3.0),
        "bits",
        24,
        True,
    ),
    "phy.native.engine.NativeEngine.transmit": (
        lambda a: load_engine("native", FORMAT).transmit(a, USE),
        "bits",
        24,
        True,
    ),
    "phy.native.own_code_engine.OwnCodeEngine.transmit": (
        lambda a: load_engine("auto", OWN).transmit(a, USE),
        "bits",
        24,
        True,
    ),
    "phy.native.own_channel_engine.OwnChannelEngine.transmit": (
        lambda a: load_engine("auto", FORMAT, own_channel=True).transmit(a, OWN_USE),
        "bits",
        24,
        True,
    ),
    "phy.blocks.to_blocks": (lambda a: to_blocks(a, PLAN), "bits", PLAN.message_bits, True),
    "phy.blocks.blocks_pass": (
        lambda a: blocks_pass(a, PLAN),
        "bits",
        PLAN.information_bits,
        True,
    ),
    "phy.stages.Encoder.__call__": (Encoder(LDPC, PLAN), "bits", PLAN.information_bits, True),
    "phy.stages.Decoder.__call__": (Decoder(LDPC, PLAN), "real", PLAN.coded_bits, True),
    "phy.stages.Mapper.__call__": (Mapper(Modulation.named("8psk")), "bits", 24, False),
    "phy.stages.Channel.__call__": (
        lambda a: Channel(ChannelSpec("rayleigh"))(a, 3.0),
        "complex",
        20,
        False,
    ),
    "phy.stages.Demapper.__call__": (
        lambda a: Demapper(BPSK)(ChannelOutput(a, *np.ones((2, 4, 20)))),
        "complex",
        20,
        True,
    ),
    "phy.native.ldpc_batches.NativeLdpcDecoder.__call__": (
        NativeLdpcDecoder(DECODED),
        "real",
        DECODED.segmentation.coded_bits,
        True,
    ),
    "phy.analogue.AnalogueLayer.transmit": (
        lambda a: AnalogueLayer(20, SPEC.channel).transmit(a, 3.0),
        "complex",
        20,
        True,
    ),
    "link.framing.deframe": (
        lambda a: deframe(replace(RECEIVED, bits=a), 3, 24),
        "bits",
        24,
        True,
    ),
    "link.framing.frame": (
        lambda a: frame(Message(torch.from_numpy(np.array(a)), 1)),
        "bits",
        24,
        False,
    ),
    "link.injection.Injection.send": (
        lambda a: Injection(Codec(MessageFormat(24, 1)), "bit", 0).send(
            Message(torch.from_numpy(np.array(a)), 1), 0.5, range(len(a))
        ),
        "bits",
        24,
        False,
    ),
    "link.link.Link.send": (linked, "bits", 24, True),
    "link.analogue.AnalogueLink.send": (analogue, "complex", 24, True),
    "link.torch_channel.TorchChannel.forward": (
        lambda a: TorchChannel(20, SPEC.channel)(torch.from_numpy(np.array(a)), 3.0),
        "complex",
        20,
        True,
    ),
}

# What takes numbers and objects alone: a call that is right, and calls that are not.
OTHERS: dict[str, tuple[Callable[[], Any], list[Callable[[], Any]]]] = {
    **{
        f"phy.{name}.transmit_packed": (
            lambda layer=layer: layer.transmit_packed(BYTES, 3.0),  # type: ignore[misc]
            [
                lambda layer=layer: layer.transmit_packed(BYTES[:, :2], 3.0),  # type: ignore[misc]
                lambda layer=layer: layer.transmit_packed(BYTES[0], 3.0),  # type: ignore[misc]
                lambda layer=layer: layer.transmit_packed(BYTES.astype(int), 3.0),  # type: ignore[misc]
                lambda layer=layer: layer.transmit_packed(BYTES, 3.0, [1]),  # type: ignore[misc]
                lambda layer=layer: layer.transmit_packed(b"abc", 3.0),  # type: ignore[misc]
            ],
        )
        for name, layer in (("physical_layer.PhysicalLayer", LAYER), ("harq.HarqLayer", HARQ))
    },
    "phy.physical_layer.PhysicalLayer.count": (
        lambda: LAYER.count(3.0, range(3)),
        [
            lambda: LAYER.count("3", range(3)),
            lambda: LAYER.count(float("nan"), range(3)),
            lambda: LAYER.count(1e9, range(3)),
            lambda: LAYER.count(3.0, 3),
        ],
    ),
    "phy.harq.HarqLayer.count": (
        lambda: HARQ.count(3.0, range(3)),
        [
            lambda: HARQ.count("3", range(3)),
            lambda: HARQ.count(float("nan"), range(3)),
            lambda: HARQ.count(3.0, 3),
        ],
    ),
    "phy.native.engine.NativeEngine.count": (
        lambda: load_engine("native", FORMAT).count(USE),
        [
            lambda: load_engine("native", FORMAT).count(None),
            lambda: load_engine("native", FORMAT).count(replace(USE, blocks=2)),
            lambda: load_engine("native", FORMAT).count(replace(USE, block_symbols=23)),
            lambda: load_engine("native", SPEC),
            lambda: load_engine("native", FORMAT, "two"),
        ],
    ),
    "phy.native.own_code_engine.OwnCodeEngine.count": (
        lambda: load_engine("native", OWN).count(USE),
        [
            lambda: load_engine("native", OWN).count(None),
            lambda: load_engine("native", OWN).count(replace(USE, blocks=2)),
            lambda: load_engine("sionna", OWN),
        ],
    ),
    "phy.native.own_channel_engine.OwnChannelEngine.count": (
        lambda: load_engine("native", FORMAT, own_channel=True).count(OWN_USE),
        [
            lambda: load_engine("native", FORMAT, own_channel=True).count(USE),
            lambda: load_engine("native", FORMAT, own_channel=True).count(None),
            lambda: load_engine("sionna", FORMAT, own_channel=True),
        ],
    ),
    "phy.own_channel.Frames.noise": (
        lambda: Frames(1, 3.0, range(3), 24, 1).noise(),
        [
            lambda: Frames("1", 3.0, range(3), 24, 1),
            lambda: Frames(1, float("inf"), range(3), 24, 1),
            lambda: Frames(1, 3.0, [-1], 24, 1),
            lambda: Frames(1, 3.0, range(3), 0, 1),
            lambda: Frames(1, 3.0, range(3), 24, 1.5),
        ],
    ),
    "phy.native.stages.stages": (
        lambda: list(stages(FORMAT, USE)),
        [
            lambda: stages(SPEC, USE),
            lambda: stages(FORMAT, None),
            lambda: stages(FORMAT, replace(USE, blocks=9)),
            lambda: stages(FORMAT, replace(USE, frames=[])),
        ],
    ),
    "phy.native.stages.fixed_iterations": (
        lambda: fixed_iterations(DECODED, HOPELESS, 3)(2),
        [
            lambda: fixed_iterations(SPEC, HOPELESS, 3),
            lambda: fixed_iterations(FORMAT, USE, 3),
            lambda: fixed_iterations(DECODED, None, 3),
            lambda: fixed_iterations(DECODED, HOPELESS, 0),
            lambda: fixed_iterations(DECODED, replace(HOPELESS, snr_db=40.0), 3)(2),
        ],
    ),
    "phy.channel.ChannelUse.noise": (USE.noise, []),
    "phy.channel.ChannelUse.gains": (USE.gains, []),
    "phy.channel.ChannelUse.random_payload": (
        lambda: USE.random_payload(5),
        [lambda: USE.random_payload(-1), lambda: USE.random_payload(2.5)],
    ),
    "link.link.connect": (
        lambda: connect(Codec(MessageFormat(9, 1)), PhySetup(SPEC)).engine,
        [lambda: connect(Codec(MessageFormat(9, 1)), "ldpc")],
    ),
}

ELSEWHERE = {
    "link.framing.frame_where_it_is": "tests/link/test_on_a_device.py",
    **dict.fromkeys(
        [f"phy.reception.{n}" for n in ("reception_of", "reception_of_tensors")],
        "called by physical layers with what engines return",
    ),
    "phy.engine.count_errors": "called by engines, after BlockFormat.check_use",
    "link.packet_layers.PacketLayers.transmit": "tests/link/test_stream_link.py",
    "link.stream_link.StreamLink.send": "tests/link/test_stream_link.py",
    "link.bandwidth.fitted_codec": "plans blocks, and runs none",
    "link.delivery.Connection.deliver": "sends first",
    **dict.fromkeys(
        [f"link.protection.{n}" for n in ("parse_protection", "split")],
        "only names are alike",
    ),
}


def flat(result: Any) -> list[Any]:
    """Return a result's numbers, whatever holds them."""
    if isinstance(result, torch.Tensor | np.ndarray):
        return [tuple(result.shape), np.asarray(result).tolist()]
    if isinstance(result, list | tuple):
        return [part for each in result for part in flat(each)]
    return (
        [part for each in vars(result).values() for part in flat(each)]
        if (hasattr(result, "__dict__"))
        else [result]
    )


def is_refused(call: Callable[..., Any], *arguments: Any) -> bool:
    try:
        call(*arguments)
    except REFUSED:
        return True
    return False


def layouts(array: np.ndarray, kind: str) -> Iterator[np.ndarray]:
    """Yield arrays of equal content that lie otherwise in memory, or are of other dtypes."""
    yield np.repeat(array, 3, axis=1)[:, ::3]
    yield np.asfortranarray(array)
    yield array[:, ::-1].copy()[:, ::-1]
    read_only = array.copy()
    read_only.setflags(write=False)
    yield read_only
    if kind == "bits":
        for dtype in (bool, np.uint8, np.int8, np.int32, np.uint64):
            yield array.astype(dtype)
    else:
        yield array.astype(array.dtype.newbyteorder())


@pytest.mark.parametrize("name", ARRAYS)
def test_any_layout_gives_the_same(name: str) -> None:
    call, kind, columns, _ = ARRAYS[name]
    good = rows(kind, columns)
    if name.startswith("link.") and name != "link.framing.deframe":  # messages are tensors
        same: list[Any] = [good.copy(order="F"), good[:, ::-1].copy()[:, ::-1]]
    else:
        same = list(layouts(good, kind))
    expected = flat(call(good))
    for number, array in enumerate(same):
        assert flat(call(array)) == expected, number


@pytest.mark.parametrize("name", ARRAYS)
def test_wrong_types_are_refused(name: str) -> None:
    call, kind, columns, _ = ARRAYS[name]
    good = rows(kind, columns)
    wrong: list[Any] = [None, "1010", object(), good.astype(str), good.astype(object)]
    wrong.append(good.real.astype({"bits": float, "real": int, "complex": float}[kind]))
    wrong.append([[1, 0], [1]])
    for number, value in enumerate(wrong):
        assert is_refused(call, value), number


@pytest.mark.parametrize("name", [name for name in ARRAYS if ARRAYS[name][3]])
def test_rows_of_another_shape_are_refused(name: str) -> None:
    call, kind, columns, _ = ARRAYS[name]
    good = rows(kind, columns)
    for wrong in (good[:, :-1], good[:, :0], good[0], good[None], good.T, rows(kind, columns + 1)):
        with pytest.raises(ValueError, match=r"shape|whole number|format says"):
            call(wrong)


@pytest.mark.parametrize("name", ARRAYS)
def test_no_rows_are_no_results_or_refused(name: str) -> None:
    call, kind, columns, _ = ARRAYS[name]
    try:
        result = call(rows(kind, columns)[:0])
    except ValueError:
        return
    assert not any(isinstance(part, list) and part for part in flat(result))


@pytest.mark.parametrize("name", [name for name in ARRAYS if ARRAYS[name][1] == "bits"])
@pytest.mark.parametrize("value", [7, 2, -1, 255, 256])
def test_other_numbers_than_bits_are_refused(name: str, value: int) -> None:
    call, kind, columns, _ = ARRAYS[name]
    bad = rows(kind, columns)
    bad[1, 1] = value
    with pytest.raises(ValueError, match=r"bits|fit"):
        call(bad)


def test_what_is_not_a_number_is_refused() -> None:
    llr = rows("real", DECODED.segmentation.coded_bits)
    llr[1, 1] = np.nan
    with pytest.raises(ValueError, match="not a number"):
        NativeLdpcDecoder(DECODED)(llr)


@pytest.mark.parametrize("name", OTHERS)
def test_other_arguments_are_checked(name: str) -> None:
    right, wrong = OTHERS[name]
    right()
    for number, call in enumerate(wrong):
        assert is_refused(call), number


BITS, SYMBOLS = rows("bits", 24), rows("complex", 20)
WITH_FRAMES: dict[str, Callable[[Any], Any]] = {
    "PhysicalLayer.transmit": lambda frames: LAYER.transmit(BITS, 3.0, frames),
    "Channel.__call__": lambda frames: Channel(SPEC.channel)(SYMBOLS, 3.0, frames),
    "AnalogueLayer.transmit": lambda frames: AnalogueLayer(20, SPEC.channel).transmit(
        SYMBOLS, 3.0, frames
    ),
    "Injection.send": lambda frames: Injection(Codec(MessageFormat(24, 1)), "bit", 0).send(
        Message(torch.from_numpy(BITS), 1), 0.5, frames
    ),
}


@pytest.mark.parametrize("name", WITH_FRAMES)
def test_frames_are_counted_from_zero_unless_they_are_given(name: str) -> None:
    call = WITH_FRAMES[name]
    expected = flat(call(range(4)))
    numbers = np.array([0, 9, 1, 9, 2, 9, 3, 9])[::2]
    for frames in (None, [0, 1, 2, 3], (0, 1, 2, 3), numbers, numbers.astype(np.int8)):
        assert flat(call(frames)) == expected
    assert flat(call([0, 1, 2, 2**64 - 1])) != expected


@pytest.mark.parametrize("name", WITH_FRAMES)
def test_wrong_frames_are_refused(name: str) -> None:
    wrong: list[Any] = [range(3), range(5), [], 4, "0123", [0, 1, 2, -1], [0, 1, 2, 2**64]]
    wrong += [[0, 1, 2, 2.5], np.zeros(4), np.zeros((2, 2), dtype=int), np.arange(-1, 3)]
    wrong += [range(-4, 0), range(3, -1, -1)[:3], ["0", "1", "2", "3"], {0, 1, 2, 3}]
    for frames in wrong:
        with pytest.raises(REFUSED, match="frames"):
            WITH_FRAMES[name](frames)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: PhySpec("ldpc", BPSK), r"code: give a CodeSpec, as CodeSpec.parse\('ldpc"),
        (lambda: PhySpec(LDPC, "8psk"), r"modulation: give a Modulation, as Modulation.named"),
        (lambda: PhySpec(LDPC, BPSK, "awgn"), r"channel: give a ChannelSpec, as ChannelSpec"),
        (lambda: PhySpec(demapper=3), "3: unknown; one of app, maxlog"),
        (lambda: PhySpec(rates="strong=1/3"), "rates: give a tuple"),
        (lambda: PhySpec(rates=(("strong", 0.5),)), "rates: give pairs"),
        (lambda: CodeSpec(LDPC), "unknown code"),
        (lambda: CodeSpec("ldpc", "1/2"), r"rate=1/2: give a Fraction, like Fraction\(1, 2\)"),
        (lambda: CodeSpec("ldpc", 0.5), "rate=0.5: give a Fraction"),
        (lambda: CodeSpec("ldpc", crc="16"), "CRC has"),
        (lambda: CodeSpec("ldpc", iterations="20"), "iterations: give a whole number, not '20'"),
        (lambda: CodeSpec("ldpc", iterations=10**9), "1000000000 is no value of iterations"),
        (lambda: CodeSpec("ldpc", decoder="best"), "'best' is no value of decoder"),
        (lambda: CodeSpec("polar", list=3), "3 is no value of list"),
        (lambda: CodeSpec("conv", constraint=99), "99 is no value of constraint"),
        (lambda: ChannelSpec.of(Silent), "silent|type: give an object with send"),
        (lambda: ChannelSpec(3), "3: unknown; one of awgn"),
        (lambda: ChannelSpec("rayleigh", "block"), "coherence: give a whole number, not 'block'"),
        (lambda: ChannelSpec("rayleigh", 2**40), "coherence"),
        (lambda: ChannelSpec("rician", rician_k="3"), "rician:k=3: give a number"),
        (lambda: ChannelSpec(pilot_every=1.5), "pilot:every: give a whole number, not float"),
        (lambda: Modulation.named(["8psk"]), "unknown; one of bpsk"),
        (lambda: Modulation("mine", np.ones(3, dtype=complex), ""), "mine: has the shape"),
        (lambda: Modulation("mine", np.array(["1", "-1"]), ""), "points of mine: give an array"),
        (lambda: Modulation("mine", 2 * BPSK.points, ""), "average energy 1"),
        (lambda: PhysicalLayer("600", SPEC), "message_bits: give a whole number, not '600'"),
        (lambda: PhysicalLayer(600, "ldpc"), "spec: give a PhySpec"),
        (lambda: PhysicalLayer(600, SPEC, seed=-1), "seed -1: give 0 to"),
        (lambda: PhysicalLayer(600, SPEC, seed=2**64), "seed 18446744073709551616: give 0 to"),
        (lambda: PhysicalLayer(600, SPEC, threads="2"), "threads: give a whole number"),
        (lambda: Encoder("ldpc", PLAN), "code: give a CodeSpec"),
        (lambda: Encoder(LDPC, 40), "plan: give a Segmentation"),
        (lambda: Encoder(LDPC, replace(PLAN, coded_bits=40)), "plan: ldpc.* is not cut so"),
        (lambda: Decoder(CodeSpec.parse("polar"), PLAN), "plan: polar.* is not cut so"),
        (lambda: Decoder(CodeSpec.parse("ldpc:decoder=bp"), PLAN), "native: decodes by min-sum"),
        (lambda: Mapper("8psk"), "modulation: give a Modulation"),
        (lambda: Mapper(Modulation.from_points("32", np.arange(32))), "native: demaps symbols of"),
        (lambda: Mapper(Modulation.named("8psk"))([[1, 0]]), "bits: 2 do not fill whole symbols"),
        (lambda: Demapper(BPSK, "best"), "best: unknown; one of app, maxlog"),
        (lambda: Demapper(BPSK)(np.ones((4, 20))), "received: give a ChannelOutput"),
        (lambda: Channel("awgn"), "spec: give a ChannelSpec"),
        (lambda: Channel(ChannelSpec(), -1), "seed -1: give 0 to"),
        (lambda: Channel(ChannelSpec())(SYMBOLS, 3.0, blocks=3), "blocks are no frames of 3"),
        (lambda: Channel(ChannelSpec())(SYMBOLS, 3.0, blocks=0), "blocks 0: give 1 or more"),
        (lambda: Channel(ChannelSpec())(np.nan * SYMBOLS, 3.0), "symbols: one is not a number"),
        (lambda: from_blocks(np.ones((3, 8)), LAYER.segmentation), "blocks: has the shape"),
        (lambda: AnalogueLayer("20", ChannelSpec()), "data_symbols: give a whole number"),
        (lambda: AnalogueLayer(20, "awgn"), "channel: give a ChannelSpec"),
        (lambda: Segmentation(10, 1, 5, 0, 10, 1), "message_bits 10: do not fit"),
        (lambda: Segmentation(10, 1, 10, 0, 11, 2), "coded_bits 11: do not fill"),
        (lambda: BlockFormat(LDPC, BPSK, "app", replace(LAYER.segmentation, bits_per_symbol=2)),
         "segmentation: is of symbols of 2 bits"),
        (lambda: unpack_bits(np.ones(3, dtype=int), "3"), "width: give a whole number, not '3'"),
        (lambda: unpack_bits(np.ones(3, dtype=int), 33), "width 33: give 1 to 32"),
        (lambda: deframe("bits", 3, 24), "reception: give a Reception"),
        (lambda: deframe(RECEIVED, 5, 24), "width 5: 24 bits are no whole number"),
        (lambda: deframe(RECEIVED, 3, 12), "block_passed: has the shape"),
        (lambda: frame(torch.zeros(2, 3)), "message: give a Message"),
        (lambda: Message(torch.zeros(2, 3), 8), "values: give a tensor of integers, not torch.flo"),
        (lambda: Message(torch.zeros(3, dtype=torch.int64), 8), "values: have the shape"),
        (lambda: Message(torch.zeros(2, 3, dtype=torch.int64), 40), "width 40: give 1 to 32"),
        (lambda: Symbols(torch.zeros(2, 3)), "values: give a tensor of complex numbers"),
    ],
)  # fmt: skip
def test_what_is_made_of_wrong_parts_fails_at_once_and_says_what_to_give(
    make: Callable[[], Any], says: str
) -> None:
    with pytest.raises(REFUSED, match=says):
        make()


def test_numbers_of_numpy_are_numbers() -> None:
    seed, bits, threads = np.uint64(2**63 + 1), np.int64(24), np.int8(1)
    layer = PhysicalLayer(bits, SPEC, seed, "native", threads)
    again = PhysicalLayer(24, SPEC, 2**63 + 1, "native", 1)
    sent = rows("bits", 24)
    assert flat(layer.transmit(sent, np.float32(1))) == flat(again.transmit(sent, 1))
    assert CodeSpec("repetition", 1) == CodeSpec("repetition", Fraction(1))


# --- Nothing is forgotten ------------------------------------------------------------------------

# These need Sionna; their transmit and count begin with the checks of `BlockFormat`.
WITH_A_FRAMEWORK = ("tensorflow_engine", "torch_engine")
ROOMS = (
    *(linksim.phy, linksim.phy.families, linksim.phy.kernels),
    *(linksim.phy.native, linksim.phy.sionna),
    linksim.link,
)


def all_modules() -> Iterator[ModuleType]:
    for package in ROOMS:
        for found in pkgutil.iter_modules(package.__path__):
            if found.name not in WITH_A_FRAMEWORK and not found.ispkg:
                yield importlib.import_module(f"{package.__name__}.{found.name}")


def all_functions() -> dict[str, FunctionType]:
    """Every function and method of phy/ and link/ by its full name, but for kernels."""
    found = {}
    for module in all_modules():
        for name, value in vars(module).items():
            members = vars(value) if isinstance(value, type) else {}
            for path, each in ((name, value), *((f"{name}.{m}", v) for m, v in members.items())):
                # What decorators of methods and caches wrap.
                for wrapper in ("__func__", "fget", "func", "__wrapped__"):
                    is_kernel = type(each).__module__.startswith("numba.")
                    each = each if is_kernel else getattr(each, wrapper, each)
                if isinstance(each, FunctionType) and each.__module__ == module.__name__:
                    found[f"{module.__name__}.{path}"] = each
    return found


def names_in(code: CodeType) -> set[str]:
    """The global names and attributes in a function's code, and in functions inside it."""
    inner = [names_in(c) for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*inner)


def kernels_imported_by(names: set[str]) -> dict[str, Any]:
    """What a function with these names imports by itself, where it imports kernels."""
    modules = [name for name in names if name.startswith("linksim.phy.kernels.")]
    known = [vars(importlib.import_module(module)) for module in modules]
    return {name: value for module in known for name, value in module.items() if name in names}


def called_by(function: FunctionType, methods: dict[str, list[str]]) -> Iterator[str]:
    """What a function may call; of an object that is not known, any method of that name."""
    names = names_in(function.__code__)
    known = {**function.__globals__, **kernels_imported_by(names)}
    for name in names:
        value = known.get(name)
        if isinstance(value, Dispatcher):
            yield "compiled"
        elif inspect.ismodule(value) and value.__name__.startswith("linksim."):
            if any(isinstance(getattr(value, each, None), Dispatcher) for each in names):
                yield "compiled"
        elif isinstance(value, type):
            for method in ("__init__", "__post_init__", "__call__"):
                yield f"{value.__module__}.{value.__name__}.{method}"
        elif isinstance(value := getattr(value, "__wrapped__", value), FunctionType):
            yield f"{value.__module__}.{value.__qualname__}"
        elif name not in known:
            yield from methods.get(name, ())


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.removesuffix(".__call__").split("."))


def test_every_public_function_that_reaches_compiled_code_is_tested() -> None:
    functions = all_functions()
    methods: dict[str, list[str]] = {}
    for name, function in functions.items():
        if "." in function.__qualname__:
            methods.setdefault(name.rpartition(".")[2], []).append(name)
    calls = {name: set(called_by(each, methods)) for name, each in functions.items()}
    reaching = {"compiled"}
    while more := {name for name, called in calls.items() if called & reaching} - reaching:
        reaching |= more
    public = {name.removeprefix("linksim.") for name in reaching - {"compiled"} if is_public(name)}
    assert public == {*ARRAYS, *OTHERS, *ELSEWHERE}


def test_engines_of_sionna_check_first() -> None:
    for name in WITH_A_FRAMEWORK:
        text = (Path(linksim.phy.sionna.__path__[0]) / f"{name}.py").read_text(encoding="utf-8")
        assert "self._block.sent_bits(bits, use)" in text
        assert "self._block.check_use(use)" in text


def test_a_reception_of_no_messages_has_its_shapes() -> None:
    empty = LAYER.transmit(np.zeros((0, 24), dtype=bool), 3.0)
    assert isinstance(empty, Reception)
    assert empty.bits.shape == empty.llr.shape == (0, 24)
    assert empty.block_passed.shape == (0, 1)
    assert len(empty.bit_errors) == len(empty.block_errors) == len(empty.raw_errors) == 0
