"""What an element's CRC of one byte lets through: over a link, and of files that nothing guards.

``python -m linksim.experiments.studies.element_crc [CODE SNR_DB]…`` sends elements of 20 bytes in
packets, each guarded by its code block's CRC, and counts those that arrive whole and wrong, and
those of them that DISCOVER's own CRC lets through. Then it flips bits of elements at random.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.physical import phy_spec
from linksim.experiments.text_out import align, say
from linksim.link.stream_link import StreamLink
from linksim.phy import PhySetup
from linksim.source.discover.bitstream import Element, read_element
from linksim.source.discover.elements import Found, cells_of
from linksim.source.message import ReceivedStreams, ReceivedUnit, Streams, StreamsFormat, Unit

ELEMENTS = 100_000
_TOGETHER = 200  # elements of a picture of the link's
_GRID, _EDGE_BITS, _PAYLOAD = 8, 6, 15  # of the embedded preset: 20 bytes an element
_BOX = (0.25, 0.25, 0.75, 0.75)
_DEFAULT = ("ldpc:rate=1/2", "4", "polar:rate=1/2,crc=11", "3")
_RATES = (1e-3, 1e-2, 0.1, 0.5)


@dataclass(frozen=True)
class Outcome:
    """Counts of elements: sent, lost, arrived whole and wrong, and of these taken for right."""

    sent: int
    lost: int
    wrong: int
    passed: int


class _Elements:
    """The codec that a link is made for: it has units, and nobody decodes them."""

    name, side, format = "elements", 64, StreamsFormat(("object",))

    def encode(self, images: torch.Tensor, questions: object) -> Streams:
        raise NotImplementedError

    def decode(self, received: ReceivedStreams) -> torch.Tensor:
        raise NotImplementedError


def drawn(rng: np.random.Generator) -> bytes:
    """Return an element with a random payload, as it is sent."""
    found = Found(int(rng.integers(12)), _BOX)
    return Element(found, cells_of(_BOX, _GRID), rng.bytes(_PAYLOAD)).pack(_EDGE_BITS)


def passes(data: bytes) -> bool:
    """Say whether a receiver takes bytes for an element that arrived whole."""
    return read_element(ReceivedUnit(data, True), _GRID, _EDGE_BITS) is not None


def over_link(code: str, snr_db: float, elements: int = ELEMENTS, seed: int = 0) -> Outcome:
    """Send elements over 8-PSK and AWGN.

    Args:
        code: channel code, as ``--code`` has it.
        snr_db: Es/N0.
        elements, seed: of what is drawn.
    """
    way = {"demapper": "app", "channel": "awgn", "coherence": "1", "csi": "perfect"}
    spec = phy_spec(code=code, modulation="8psk", **way)
    link = StreamLink(_Elements(), PhySetup(spec, seed))
    rng, counts = np.random.default_rng(seed), np.zeros(3, dtype=np.int64)
    for picture in range(elements // _TOGETHER):
        units = tuple(Unit("object", drawn(rng)) for _ in range(_TOGETHER))
        (got,) = link.send(Streams((units,)), snr_db, [picture]).received.units
        for place, unit in enumerate(units):
            arrived = got.get(place)
            whole = arrived is not None and arrived.complete
            wrong = arrived is not None and whole and arrived.data != unit.data
            let = wrong and arrived is not None and passes(arrived.data)
            counts += (not whole, wrong, let)
    return Outcome(elements // _TOGETHER * _TOGETHER, *map(int, counts))


def unguarded(rate: float, elements: int = ELEMENTS, seed: int = 0) -> Outcome:
    """Flip bits of elements with a probability, as in files that no link guards."""
    rng, wrong, passed = np.random.default_rng(seed), 0, 0
    for _ in range(elements):
        sent = np.frombuffer(drawn(rng), dtype=np.uint8)
        flips = np.packbits(rng.random(8 * len(sent)) < rate)
        wrong += bool(flips.any())
        passed += bool(flips.any()) and passes((sent ^ flips).tobytes())
    return Outcome(elements, 0, wrong, passed)


def main(*given: str) -> None:
    """Print both tables."""
    pairs = given or _DEFAULT
    rows = [["code", "Es/N0 dB", "sent", "lost", "whole and wrong", "taken for right"]]
    for code, snr_db in zip(pairs[::2], pairs[1::2], strict=True):
        rows.append([code, snr_db, *map(str, vars(over_link(code, float(snr_db))).values())])
    say(align(rows))
    rows = [["bits flipped", "sent", "damaged", "taken for right", "one in"]]
    for rate in _RATES:
        found = unguarded(rate, ELEMENTS // 2)
        one_in = f"{found.wrong / found.passed:.0f}" if found.passed else "–"
        counts = map(str, (found.sent, found.wrong, found.passed))
        rows.append([f"{rate:g}", *counts, one_in])
    say(align(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
