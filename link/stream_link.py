"""A codec of streams and a physical layer, joined into one link: units travel in packets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from linksim.link.asking import needed_units
from linksim.link.delivery import Accounting, Again, Arrival, Connection, Losses
from linksim.link.packet_layers import Arrivals, PacketLayers, Posted
from linksim.link.packets import packetise, reassemble
from linksim.link.protection import fades_as_a_whole, stream_rates
from linksim.phy import PhySetup
from linksim.phy.checks import frame_numbers, instance_of
from linksim.phy.refused import Refused
from linksim.source import ReceivedStreams, ReceivedUnit, StreamCodec, Streams, Unit


class StreamLink(Connection):
    """Sends pictures as streams, every packet of a unit as a code block with a CRC of its own.

    Args:
        codec: the source codec.
        setup: of the physical layers. The code rates of parts are those of
            `linksim.link.protection.stream_rates`.

    Raises:
        TypeError: if the streams are of another kind.
        Refused: if the physical layer cannot carry packets or lacks what its engine needs, the code
            has no CRC, everything sent for a picture fades as one, or the streams have no such
            parts.
    """

    def __init__(self, codec: StreamCodec, setup: PhySetup) -> None:
        instance_of(PhySetup, setup, "setup", "PhySetup(PhySpec(CodeSpec.parse('ldpc')), seed=1)")
        spec = setup.spec
        self.codec, self.rates = codec, stream_rates(codec.format.parts, spec)
        if not spec.code.crc_bits:
            name = spec.code.name
            problem = f"packets need a CRC to be found lost; add crc=16 to {name}"
            raise Refused("code", problem, name)
        if fades_as_a_whole(spec):
            problem = "packets would fade one by one; use block, or a number"
            raise Refused("coherence", problem, "image")
        distinct = tuple(dict.fromkeys(self.rates.values()))
        self.layers = PacketLayers(distinct, setup)
        self._crc_bits, self._harq, self._seed = spec.code.crc_bits, setup.harq, setup.seed

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self.layers.engine

    @property
    def information_bits_per_symbol(self) -> None:
        """None: it differs from picture to picture."""

    def account(self, message: Streams) -> Accounting:
        """Return what pictures cost; see `Connection.account`.

        Headers, CRCs and padding of packets cost symbols; bits are those of the units alone.
        """
        posted = self.post(message)
        pictures = len(message.units)
        layers = [self.layers.of(p) for p in posted]
        lengths = np.array([sum(len(u.data) for u in units) for units in message.units], np.int64)
        coded = [layer.segmentation.coded_bits for layer in layers]
        return Accounting(
            bits=8 * lengths,
            indices=lengths,
            blocks=_by_picture([1] * len(posted), posted, pictures),
            coded_bits=_by_picture(coded, posted, pictures),
            symbols=_by_picture([layer.symbols for layer in layers], posted, pictures),
            units=np.array([len(units) for units in message.units], dtype=np.int64),
        )

    def decode(self, received: ReceivedStreams) -> torch.Tensor:
        """Let the codec decode; see `Connection.decode`."""
        return self.codec.decode(received)

    def send(self, message: Streams, snr_db: float, frames: Sequence[int]) -> Arrival:
        """Send streams; see `Connection.send`."""
        posted = self.post(message)
        pictures = len(message.units)
        needed = self._needed(message, posted, frame_numbers(frames, pictures))
        arrivals = self.layers.transmit(posted, snr_db, frames, needed)
        received = _received(posted, arrivals, pictures)
        sent_and_got = list(zip(message.units, received.units, strict=True))
        return Arrival(
            received,
            index_errors=np.array([_wrong_bytes(*pair) for pair in sent_and_got], dtype=np.int64),
            bit_errors=_by_picture(arrivals.bit_errors, posted, pictures),
            block_errors=_by_picture(arrivals.block_errors, posted, pictures),
            raw_errors=_by_picture(arrivals.raw_errors, posted, pictures),
            again=self._again(arrivals, posted, needed, pictures),
            losses=Losses(
                packets=_by_picture(~arrivals.passed, posted, pictures),
                units=np.array([_units_lost(*pair) for pair in sent_and_got], dtype=np.int64),
            ),
        )

    def _needed(
        self, message: Streams, posted: Sequence[Posted], frames: np.ndarray
    ) -> np.ndarray | None:
        """Return which packets are of units that are needed; None where all are."""
        if self._harq is None or not self._harq.semantic:
            return None
        harq, seed = self._harq, self._seed
        needed = [
            needed_units(harq, len(units), frames[number : number + 1], seed)[0]
            for number, units in enumerate(message.units)
        ]
        return np.array([needed[one.picture][one.packet.unit] for one in posted], dtype=bool)

    def _again(
        self,
        arrivals: Arrivals,
        posted: Sequence[Posted],
        needed: np.ndarray | None,
        pictures: int,
    ) -> Again | None:
        """Return what sending again cost, and which pictures came through; None without it."""
        if self._harq is None:
            return None
        missing = ~arrivals.passed if needed is None else ~arrivals.passed & needed
        rounds = np.zeros(pictures, dtype=np.int64)
        np.maximum.at(rounds, [one.picture for one in posted], arrivals.transmissions)
        return Again(
            symbols=_by_picture(arrivals.symbols, posted, pictures),
            rounds=rounds,
            accepted=_by_picture(missing, posted, pictures) == 0,
        )

    def post(self, streams: Streams) -> list[Posted]:
        """Return all packets of a batch, in the order in which the receiver meets them.

        Raises:
            TypeError: if they are no streams.
            Refused: if there are too many units, or one is empty or too long.
            ValueError: if the codec's format has no such unit.
        """
        instance_of(Streams, streams, "streams", "StreamCodec.encode")
        return [
            posted
            for picture, units in enumerate(streams.units)
            for place, unit in enumerate(units)
            for posted in self._post_unit(picture, place, unit)
        ]

    def _post_unit(self, picture: int, place: int, unit: Unit) -> Iterator[Posted]:
        if unit.part not in self.rates:
            raise ValueError(f"{self.codec.name}: its format has no units called {unit.part!r}")
        rate = self.rates[unit.part]
        sizes = self.layers.sizes[rate]
        for packet, size in packetise(place, unit.data, sizes, self._crc_bits):
            yield Posted(picture, packet, size, rate)


def _received(posted: Sequence[Posted], arrivals: Arrivals, pictures: int) -> ReceivedStreams:
    """Put pictures together from the packets whose CRC passed."""
    passed: list[list[bytes]] = [[] for _ in range(pictures)]
    for one, data, right in zip(posted, arrivals.data, arrivals.passed, strict=True):
        if right:
            passed[one.picture].append(data)
    return ReceivedStreams(tuple(map(reassemble, passed)))


def _by_picture(
    counts: np.ndarray | Sequence[int], posted: Sequence[Posted], pictures: int
) -> np.ndarray:
    """Add up counts of packets for each picture, int64 ``[pictures]``."""
    sums = np.zeros(pictures, dtype=np.int64)
    owners = np.array([p.picture for p in posted], dtype=np.int64)
    np.add.at(sums, owners, np.asarray(counts, dtype=np.int64))
    return sums


def _wrong_bytes(sent: Sequence[Unit], received: dict[int, ReceivedUnit]) -> int:
    """Count the bytes of units that are not as they were sent, or not there."""
    wrong = 0
    for place, unit in enumerate(sent):
        got = received[place].data if place in received else b""
        right = sum(a == b for a, b in zip(unit.data, got, strict=False))
        wrong += len(unit.data) - right
    return wrong


def _units_lost(sent: Sequence[Unit], received: dict[int, ReceivedUnit]) -> int:
    """Count the units that did not arrive whole and right."""
    whole = (ReceivedUnit(unit.data, complete=True) for unit in sent)
    return sum(received.get(place) != unit for place, unit in enumerate(whole))
