"""Packets of several sizes and code rates over the channel, all of a kind at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from linksim.link.packet_sizes import HEADER_BYTES, LADDER, sizes_for
from linksim.link.packets import MOST_FRAGMENTS, MOST_UNITS, Packet
from linksim.link.protection import seed_apart
from linksim.phy import AnyLayer, HarqLayer, PhySetup
from linksim.phy.checks import frame_numbers
from linksim.phy.harq import Ask, whole_messages

_PACKETS = MOST_UNITS * MOST_FRAGMENTS
_FRAMES = 2**64  # frame numbers of a channel


@dataclass(frozen=True)
class Posted:
    """A packet on its way.

    Attributes:
        picture: its picture's place in the batch.
        packet, size: itself, and its bytes on the channel.
        rate: of its code.
    """

    picture: int
    packet: Packet
    size: int
    rate: Fraction


@dataclass(frozen=True)
class Arrivals:
    """N packets as they arrived, in the order in which they were posted.

    Attributes:
        data: bytes of each as decided.
        passed: whether its CRC holds, bool ``[N]``.
        bit_errors: wrong bits of its payload, int64 ``[N]``.
        block_errors: whether any bit is wrong, header and padding too, int64 ``[N]``.
        raw_errors: wrong coded bits before decoding, int64 ``[N]``.
        symbols: channel symbols of all its transmissions, int64 ``[N]``.
        transmissions: of each, int64 ``[N]``.
    """

    data: list[bytes]
    passed: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray
    symbols: np.ndarray
    transmissions: np.ndarray


class PacketLayers:
    """A physical layer for every code rate and size of packets.

    Args:
        rates: of the code, distinct.
        setup: of all of them. A layer's draws depend on its rate's place among ``rates`` and its
            size's in `LADDER`.

    Raises:
        Refused: as `linksim.phy.PhysicalLayer`.
    """

    def __init__(self, rates: Collection[Fraction], setup: PhySetup) -> None:
        self.sizes: dict[Fraction, tuple[int, ...]] = {}
        self.layers: dict[tuple[Fraction, int], AnyLayer] = {}
        spec = setup.spec
        for place, rate in enumerate(rates):
            own = replace(spec, code=replace(spec.code, rate=rate), rates=())
            self.sizes[rate] = sizes_for(own.code, own.modulation.bits_per_symbol)
            for size in self.sizes[rate]:
                seed = seed_apart(setup.seed, place * len(LADDER) + LADDER.index(size))
                self.layers[rate, size] = replace(setup, spec=own, seed=seed).layer_for(8 * size)

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return next(iter(self.layers.values())).engine

    def of(self, posted: Posted) -> AnyLayer:
        """Return the layer that carries a packet."""
        return self.layers[posted.rate, posted.size]

    def transmit(
        self,
        posted: Sequence[Posted],
        snr_db: float,
        pictures: Sequence[int],
        needed: np.ndarray | None = None,
    ) -> Arrivals:
        """Send packets.

        A packet's draws depend on its picture's number and its own, whatever it travels with.

        Args:
            posted: the packets.
            snr_db: Es/N0 in dB.
            pictures: number of each picture of the batch.
            needed: which packets are sent again until they come through, bool ``[N]``; None for
                all, if any.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: for numbers of pictures that leave no room for those of packets, or are
                fewer than the pictures.
        """
        frame_numbers(pictures)
        if any(not 0 <= p.picture < len(pictures) for p in posted):
            raise ValueError(f"frames: {len(pictures)} numbers are fewer than the pictures")
        if any(not 0 <= number < _FRAMES // _PACKETS for number in pictures):
            raise ValueError(f"packets: pictures are numbered from 0 to {_FRAMES // _PACKETS - 1}")
        count = len(posted)
        data, passed = [b""] * count, np.zeros(count, dtype=bool)
        counts = np.zeros((5, count), dtype=np.int64)
        for key, layer in self.layers.items():
            chosen = [i for i, p in enumerate(posted) if (p.rate, p.size) == key]
            if not chosen:
                continue
            packets = [posted[i] for i in chosen]
            sent = _rows(packets, key[1])
            frames = [int(pictures[p.picture]) * _PACKETS + p.packet.number for p in packets]
            if isinstance(layer, HarqLayer):
                wanted = None if needed is None else needed[chosen]
                reception = layer.transmit_packed(sent, snr_db, frames, _asking_for(wanted))
            else:
                reception = layer.transmit_packed(sent, snr_db, frames)
            for i, row in zip(chosen, reception.data, strict=True):
                data[i] = row.tobytes()
            passed[chosen] = reception.block_passed
            wrong = _wrong_payload_bits(sent ^ reception.data, packets)
            times = reception.transmissions
            found = wrong, reception.block_errors, reception.raw_errors
            counts[:, chosen] = *found, times * layer.symbols, times
        return Arrivals(data, passed, *counts)


def _asking_for(wanted: np.ndarray | None) -> Ask:
    """Return what asks for packets that are wanted, bool ``[N]``, and were lost."""
    if wanted is None:
        return whole_messages
    return lambda messages, passed, _: np.asarray(~passed & wanted[messages, None])


def _rows(packets: Sequence[Posted], size: int) -> np.ndarray:
    """Return the bytes of packets of one size, uint8 ``[N, size]``."""
    data = b"".join(p.packet.to_bytes(size) for p in packets)
    return np.frombuffer(data, dtype=np.uint8).reshape(len(packets), size)


def _wrong_payload_bits(differences: np.ndarray, packets: Sequence[Posted]) -> np.ndarray:
    """Count the ones of ``[N, size]`` bytes where packets hold payload, int64 ``[N]``."""
    place = np.arange(differences.shape[1]) - HEADER_BYTES
    lengths = np.array([len(p.packet.payload) for p in packets])[:, None]
    ones = np.bitwise_count(differences).astype(np.int64)
    return np.asarray(np.where((place >= 0) & (place < lengths), ones, 0).sum(axis=1))
