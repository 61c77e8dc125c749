"""Hybrid ARQ: a message is sent again until it comes through; nothing heard is thrown away.

    encode → [ map → channel → demap → add to what was heard before → decode ] up to four times

Each transmission meets noise and fading of its own: transmission t of a frame draws from the key
seed + t · 2⁶⁰, so that the first one is what a link without hybrid ARQ sends, draw by draw. A
message is sent again as a whole, as 5G's transport blocks are, or what the receiver asks for of it
(5G's code block group transmission, TS 38.214 5.1.7). Blocks that came through before stay as they
were. A block meets the noise and the gain of its place in the message, whatever else is sent then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from linksim.phy.blocks import blocks_pass, to_blocks
from linksim.phy.channel import ChannelUse
from linksim.phy.checks import frame_numbers, instance_of, seed_number, whole_number
from linksim.phy.cores import allowed_cores
from linksim.phy.crc import crc
from linksim.phy.engine import ENGINES, BlockReception
from linksim.phy.physical_layer import PhysicalLayer, byte_rows, check_pilots
from linksim.phy.reception import PackedReception, Reception, packed, reception_of
from linksim.phy.refused import Refused
from linksim.phy.retransmissions import HarqSpec, retransmissions
from linksim.phy.segmentation import Segmentation
from linksim.phy.spec import PhySpec

_ENGINES = ("auto", "native")
_KEYS_APART = 2**60
_BITS_AT_A_TIME = 1 << 21  # of the buffers of all messages in hand

Judge = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Says how wrong blocks are: of their LLRs, float32 ``[n, information_bits]``, and their numbers,
int64 ``[n]``; 0 is what the receiver is content with."""


Ask = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Says which blocks of N messages are to be sent again: of the messages' places in their batch,
int64 ``[N]``, what blocks came through, bool ``[N, blocks]``, and the LLRs of their payload,
float32 ``[N, blocks, payload_bits]``; bool ``[N, blocks]``. A message of which nothing is asked for
is over."""


def whole_messages(_: np.ndarray, passed: np.ndarray, __: np.ndarray) -> np.ndarray:
    """Ask for messages as they are, of which a block did not come through; see `Ask`."""
    return np.repeat(~passed.all(axis=1, keepdims=True), passed.shape[1], axis=1)


@dataclass(frozen=True)
class HarqCounts:
    """Errors in N blocks of random payload.

    Attributes:
        bit_errors: wrong payload bits after each transmission, int32 ``[N, rounds]``; of a message
            that is not sent any more, 0.
        raw_errors: wrong coded bits of the first transmission, before decoding, int32 ``[N]``.
    """

    bit_errors: np.ndarray
    raw_errors: np.ndarray


@dataclass(frozen=True)
class HarqReception(Reception[np.ndarray]):
    """What arrived of B messages in the end; raw errors are those of their first transmission.

    Attributes:
        transmissions: of each message, int64 ``[B]``, of some of its blocks at least.
        symbols: channel symbols of all of them, pilots among them, int64 ``[B]``.
    """

    transmissions: np.ndarray
    symbols: np.ndarray


@dataclass(frozen=True)
class _Heard:
    """What became of some messages' blocks: LLRs, errors by transmission, raw errors.

    And of the messages: transmissions, symbols.
    """

    llr: np.ndarray
    errors: np.ndarray
    raw_errors: np.ndarray
    transmissions: np.ndarray
    symbols: np.ndarray


class HarqLayer:
    """A physical layer that sends messages again, up to a number of times.

    Args:
        message_bits: length of every message.
        spec: what it is made of.
        harq: how messages are sent again.
        seed: of noise and fading, below 2**64.
        engine: ``auto`` or ``native``; no other one sends again.
        threads: cores to use, 0 for all that this process may use.
        units: parts of equal length of a message, each a code block of its own with its CRC; 1 cuts
            messages as `PhysicalLayer` does.

    Raises:
        TypeError: if an argument is of another kind, saying what to give.
        ValueError: for a seed out of range, or messages that are no whole units.
        Refused: if the code cannot carry such messages or units, or cannot be sent again so, or
            the engine is another.

    >>> from linksim.phy import CodeSpec
    >>> layer = HarqLayer(100, PhySpec(CodeSpec.parse("nr:mcs=4")), HarqSpec("ir", rounds=2))
    >>> layer.count(-5.0, range(20)).bit_errors.shape
    (20, 2)
    """

    def __init__(
        self,
        message_bits: int,
        spec: PhySpec,
        harq: HarqSpec,
        seed: int = 0,
        engine: str = "auto",
        threads: int = 0,
        units: int = 1,
    ) -> None:
        from linksim.phy.stages import Channel, Demapper, Mapper  # Numba is slow to load

        if engine in ENGINES and engine not in _ENGINES:
            raise Refused("engine", "sends nothing again; use native", engine)
        native = "native" if engine == "auto" else engine
        self._plan, self._engine = _planned(message_bits, spec, seed, native, threads, units)
        self.spec, self.seed = spec, seed_number(seed)
        self.harq = instance_of(HarqSpec, harq, "harq", "HarqSpec('ir', rounds=4)")
        self._again = retransmissions(spec.code, self.segmentation, harq)
        self._mapper = Mapper(spec.modulation)
        self._demapper = Demapper(spec.modulation, spec.demapper)
        self._channels = [
            Channel(spec.channel, (seed + number * _KEYS_APART) % 2**64)
            for number in range(harq.rounds)
        ]
        alone = spec.code.own is not None or spec.channel.own is not None
        self._threads = 1 if alone else whole_number(threads, "threads") or allowed_cores()

    @property
    def segmentation(self) -> Segmentation:
        """How messages are cut."""
        return self._plan

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self._engine

    @property
    def symbols(self) -> int:
        """Channel symbols of one transmission of a whole message, pilots among them."""
        return self._symbols_of(self._plan.blocks)

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, where the first transmission comes through."""
        return self._plan.message_bits / self.symbols

    def _symbols_of(self, blocks: int) -> int:
        """Return the channel symbols of so many blocks of a message."""
        data = blocks * self._plan.block_symbols
        return data + self.spec.channel.pilots(data)

    def count(self, snr_db: float, frames: Sequence[int] | np.ndarray) -> HarqCounts:
        """Send messages of random bits and count what goes wrong, block by block.

        The sender is told the truth of every block: it pays for CRCs, and they miss nothing.
        Arguments as for `PhysicalLayer.count`.
        """
        plan, numbers = self.segmentation, frame_numbers(frames)
        use = ChannelUse(
            self.spec.channel, self.seed, snr_db, numbers, plan.blocks, plan.block_symbols
        )
        payload = use.random_payload(plan.payload_bits)

        def wrong_bits(llr: np.ndarray, blocks: np.ndarray) -> np.ndarray:
            return np.asarray(((llr[:, : plan.payload_bits] > 0) != payload[blocks]).sum(axis=1))

        sent = np.hstack([payload, crc(payload, plan.crc_bits, plan.crc_name)])
        heard = self._send(sent, snr_db, numbers, wrong_bits)
        return HarqCounts(heard.errors.astype(np.int32), heard.raw_errors.astype(np.int32))

    def transmit(
        self,
        bits: np.ndarray,
        snr_db: float,
        frames: Sequence[int] | np.ndarray | None = None,
        ask: Ask = whole_messages,
    ) -> HarqReception:
        """Send one message per row, and again what the receiver asks for: as a rule where a CRC
        fails, the whole message.

        Arguments, and what is raised, as of `PhysicalLayer.transmit`; also
        ``Refused`` where messages have no CRC.

        Args:
            ask: what the receiver asks for after each transmission but the last.
        """
        plan = self.segmentation
        if not plan.crc_bits and not plan.message_crc_bits:
            name = self.spec.code.name
            problem = f"without a CRC nobody knows what to send again; add crc=16 to {name}"
            raise Refused("harq", problem, self.harq)
        sent = to_blocks(bits, plan)
        numbers = frame_numbers(frames, len(sent) // plan.blocks)

        def failed(llr: np.ndarray, _: np.ndarray) -> np.ndarray:
            return ~blocks_pass((llr > 0).view(np.uint8), plan)

        heard = self._send(sent, snr_db, numbers, failed, ask)
        found = reception_of(sent, BlockReception(heard.llr, heard.raw_errors), plan)
        return HarqReception(
            **vars(found), transmissions=heard.transmissions, symbols=heard.symbols
        )

    def transmit_packed(
        self,
        data: np.ndarray,
        snr_db: float,
        frames: Sequence[int] | np.ndarray | None = None,
        ask: Ask = whole_messages,
    ) -> PackedReception:
        """Send one message of whole bytes per row; see `PhysicalLayer.transmit_packed`.

        Args:
            ask: as for `transmit`.
        """
        rows = np.unpackbits(byte_rows(data, self.segmentation), axis=1)
        found = self.transmit(rows, snr_db, frames, ask)
        return packed(found, found.transmissions)

    def _send(
        self,
        blocks: np.ndarray,
        snr_db: float,
        frames: np.ndarray,
        judge: Judge,
        ask: Ask = whole_messages,
    ) -> _Heard:
        """Send messages, some at a time, on all threads."""
        each = self.segmentation.blocks
        size = max(_BITS_AT_A_TIME // (each * self._again.lengths[-1]), 1)

        def work(first: int) -> _Heard:
            some = slice(first * each, (first + size) * each)
            return self._send_some(
                blocks[some],
                snr_db,
                frames[first : first + size],
                lambda llr, rows: judge(llr, rows + some.start),
                lambda messages, passed, llr: ask(messages + first, passed, llr),
            )

        with ThreadPoolExecutor(self._threads) as pool:
            parts = list(pool.map(work, range(0, max(len(frames), 1), size)))
        names = _Heard.__dataclass_fields__
        return _Heard(*(np.concatenate([getattr(part, n) for part in parts]) for n in names))

    def _send_some(
        self, blocks: np.ndarray, snr_db: float, frames: np.ndarray, judge: Judge, ask: Ask
    ) -> _Heard:
        """Send messages until nothing is asked for, or there are no more transmissions."""
        plan, again = self.segmentation, self._again
        rows = np.arange(len(blocks)).reshape(-1, plan.blocks)
        coded = again.encoder(blocks)
        buffer = np.zeros(coded.shape, dtype=np.float32)
        llr = np.zeros((len(blocks), plan.information_bits), dtype=np.float32)
        errors = np.zeros((len(blocks), self.harq.rounds), dtype=np.int64)
        raw_errors, (transmissions, symbols) = errors[:, 0].copy(), np.zeros((2, len(rows)), int)
        wrong, asked = np.ones(len(blocks), dtype=bool), np.ones(rows.shape, dtype=bool)
        prices = np.array([self._symbols_of(count) for count in range(plan.blocks + 1)])
        for number, decoder in enumerate(again.decoders):
            waiting = np.flatnonzero(asked.any(axis=1))
            if not waiting.size:
                break
            sent = rows[waiting].ravel()
            transmissions[waiting] += 1
            symbols += prices[asked.sum(axis=1)]
            received = coded[sent][:, again.places[number]]
            soft = self._over_the_channel(received, number, snr_db, frames[waiting])
            if number == 0:
                raw_errors = ((soft > 0) != received).sum(axis=1)
            open_still = wrong[sent] & asked[waiting].ravel()
            todo = sent[open_still]
            heard = buffer[todo]
            again.add(heard, number, soft[open_still])
            buffer[todo] = heard
            llr[todo] = decoder(heard[:, : again.lengths[number]])
            errors[todo, number] = judge(llr[todo], todo)
            wrong[todo] = errors[todo, number] > 0
            asked[:] = False
            if number + 1 < len(again.decoders):
                known = llr[sent, : plan.payload_bits].reshape(len(waiting), plan.blocks, -1)
                asked[waiting] = ask(waiting, ~wrong[rows[waiting]], known)
        return _Heard(llr, errors, raw_errors, transmissions, symbols)

    def _over_the_channel(
        self, coded: np.ndarray, number: int, snr_db: float, frames: np.ndarray
    ) -> np.ndarray:
        """Return LLRs of coded bits, float32 ``[N, coded_bits]``, of transmission ``number``."""
        blocks = self.segmentation.blocks
        received = self._channels[number](self._mapper(coded), snr_db, frames, blocks)
        return self._demapper(received)


def _planned(
    message_bits: int, spec: PhySpec, seed: int, engine: str, threads: int, units: int
) -> tuple[Segmentation, str]:
    """Return how messages are cut, and the engine's name; raises as `HarqLayer`."""
    if message_bits % whole_number(units, "units", 1):
        raise ValueError(f"units {units}: do not share {message_bits} bits evenly")
    once = PhysicalLayer(message_bits // units, spec, seed, engine, threads)
    plan = once.segmentation
    if units == 1:
        return plan, once.engine
    if plan.message_crc_bits:
        problem = f"{spec.code.name} makes a message one transport block; take ldpc"
        raise Refused("harq", problem, "units")
    if plan.blocks > 1 or plan.payload_bits != plan.message_bits:
        problem = f"a unit of {plan.message_bits} bits is no code block of {spec.code.name}"
        raise Refused("harq", problem, "units")
    whole = replace(plan, message_bits=message_bits, blocks=units)
    check_pilots(spec, whole)
    return whole, once.engine
