"""A codec and a physical layer, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from linksim.link.analogue import AnalogueLink
from linksim.link.asking import Asking, Content, check_units, needed_units
from linksim.link.bridge import to_numpy
from linksim.link.delivery import Accounting, Again, Arrival, Connection
from linksim.link.framing import deframe, frame, frame_where_it_is, misfits
from linksim.link.protection import seed_apart, split
from linksim.link.stream_link import StreamLink
from linksim.phy import AnyLayer, HarqLayer, HarqReception, HarqSpec, PhySetup, Reception
from linksim.phy.checks import frame_numbers, instance_of
from linksim.phy.harq import whole_messages
from linksim.phy.refused import Refused
from linksim.source import (
    AnyCodec,
    Codec,
    Message,
    Received,
    SoftCodec,
    StreamsFormat,
    SymbolsFormat,
)


class Link(Connection):
    """Sends pictures with a codec over a physical layer, or over one for each part of a message.

    Args:
        codec: the source codec.
        setup: of the physical layer. With ``spec.rates``, each part of the message that they name
            gets its own.
        soft: whether the codec decodes LLRs in place of decided bits.

    Raises:
        TypeError: if the message is of another kind.
        Refused: if the physical layer cannot carry such messages, or lacks what its engine needs,
            the message has no such parts, or the codec cannot decode LLRs.
    """

    def __init__(self, codec: Codec, setup: PhySetup, soft: bool = False) -> None:
        self.codec, self.soft, self._decoder = codec, soft, codec.decode
        if soft:
            if not isinstance(codec, SoftCodec):
                raise _hard_only(codec)
            self._decoder = codec.decode_soft
        self._runs, self.layers, self._semantic = [], [], _semantic(codec, setup)
        for number, (run, spec) in enumerate(split(codec.format, setup.spec)):
            bits = (run.stop - run.start) * codec.format.width
            self._runs.append(run)
            own = replace(setup, spec=spec, seed=seed_apart(setup.seed, number))
            units = codec.format.units if self._semantic else 1
            self.layers.append(_layer(bits, own, setup.spec.code.rate, units))

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self.layers[0].engine

    @property
    def symbols(self) -> int:
        """Channel symbols of one picture, pilots among them."""
        return sum(layer.symbols for layer in self.layers)

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, all padding, parity and pilots paid for."""
        return sum(layer.segmentation.message_bits for layer in self.layers) / self.symbols

    def account(self, message: Message) -> Accounting:
        """Return what pictures cost; see `Connection.account`."""
        plans = [layer.segmentation for layer in self.layers]
        return Accounting.alike(
            len(message.values),
            bits=sum(plan.message_bits for plan in plans),
            indices=self._runs[-1].stop,
            blocks=sum(plan.blocks for plan in plans),
            coded_bits=sum(plan.blocks * plan.coded_bits for plan in plans),
            symbols=self.symbols,
        )

    def decode(self, received: Received) -> torch.Tensor:
        """Let the codec decode; see `Connection.decode`."""
        return self._decoder(received)

    def send(
        self,
        message: Message,
        snr_db: float,
        frames: Sequence[int],
        content: Content | None = None,
    ) -> Arrival:
        """Send encoded pictures; see `Connection.send`.

        Args:
            content: with semantic HARQ, who may be content without all units that are needed; see
                `linksim.link.asking`.

        Raises:
            TypeError: if it is no message.
            ValueError: if the message is not of the codec's format.
        """
        instance_of(Message, message, "message", "Codec.encode")
        _check_format(self.codec, message)
        receptions: list[Reception[Any]] = []
        arrived = []
        asking = self._asking(frames, len(message.values), content)
        for run, layer in zip(self._runs, self.layers, strict=True):
            part = Message(message.values[:, run], message.width)
            if isinstance(layer, HarqLayer):
                ask = whole_messages if asking is None else asking
                receptions.append(layer.transmit(frame(part), snr_db, frames, ask))
            elif layer.takes_tensors:
                receptions.append(layer.transmit(frame_where_it_is(part), snr_db, frames))
            else:
                receptions.append(layer.transmit(frame(part), snr_db, frames))
            payload = layer.segmentation.payload_bits
            arrived.append(deframe(receptions[-1], message.width, payload))
        received = Received(
            torch.cat([part.values for part in arrived], dim=1),
            message.width,
            torch.cat([part.erased for part in arrived], dim=1),
            torch.cat([part.llr for part in arrived], dim=1),
        )
        indices, bits, blocks, raw = _counts(message, received, receptions)
        again = _again(receptions, asking)
        return Arrival(received, indices, bits, blocks, raw, again=again)

    def _asking(
        self, frames: Sequence[int], pictures: int, content: Content | None
    ) -> Asking | None:
        """Return what asks for units of these pictures; None where messages travel whole."""
        if self._semantic is None:
            return None
        numbers = frame_numbers(frames, pictures)
        units = self.codec.format.units
        return Asking(needed_units(self._semantic, units, numbers, self.layers[0].seed), content)


def _semantic(codec: Codec, setup: PhySetup) -> HarqSpec | None:
    """Return how units are asked for again, if they are.

    Raises:
        Refused: if the codec has none, or parts have rates of their own.
    """
    if setup.harq is None or not setup.harq.semantic:
        return None
    check_units(codec.name, codec.format.units, setup.harq)
    if setup.spec.rates:
        raise Refused("rates", "units of semantic HARQ share a rate; leave it out")
    return setup.harq


def _again(receptions: Sequence[Reception[Any]], asking: Asking | None) -> Again | None:
    """Return what sending again cost, and which pictures came through; None without it."""
    heard = [one for one in receptions if isinstance(one, HarqReception)]
    if not heard:
        return None
    if asking is not None:  # what came of the last transmission nobody has judged yet
        (one,) = heard
        blocks = one.llr.reshape(*one.block_passed.shape, -1)
        asking.judge(np.arange(len(blocks)), one.block_passed, blocks)
        accepted = asking.accepted
    else:
        accepted = np.all([one.message_passed for one in heard], axis=0)
    return Again(
        symbols=np.sum([one.symbols for one in heard], axis=0),
        rounds=np.max([one.transmissions for one in heard], axis=0),
        accepted=accepted,
    )


def _counts(
    message: Message, received: Received, receptions: Sequence[Reception[Any]]
) -> list[np.ndarray]:
    """Return an `Arrival`'s counts, in its order: all that of a delivery comes to the host.

    Raises:
        ValueError: if a value of the message does not fit its width.
    """
    sent = replace(message, values=message.values.to(received.values.device))
    counts = [(received.values != sent.values).sum(dim=1)]
    for name in ("bit_errors", "block_errors", "raw_errors"):
        parts = [torch.as_tensor(getattr(each, name)) for each in receptions]
        counts.append(torch.stack(parts).sum(dim=0))
    *rows, misfit = to_numpy(torch.stack([*counts, misfits(sent).long()]))
    if misfit.any():
        raise ValueError(f"numbers must be 0 to {2**message.width - 1} to fit {message.width} bits")
    return rows


def _layer(bits: int, own: PhySetup, rate: Fraction, units: int) -> AnyLayer:
    """Return the physical layer of a part; what only its own rate makes impossible says so."""
    try:
        return own.layer_for(bits, units)
    except Refused as refused:
        if own.spec.code.rate == rate:
            raise
        raise Refused("rates", refused.reason, f"rate {own.spec.code.rate}") from None


def connect(codec: AnyCodec, setup: PhySetup, soft: bool = False) -> Connection:
    """Return the link for a codec: over the whole physical layer, or its channel alone.

    The codec's format tells the kind of link. For symbols the code, the modulation, the demapper,
    engine and threads play no part, and neither rates of parts nor a soft receiver are taken; for
    streams there is no soft receiver. Arguments and what is raised are those of `Link`,
    `AnalogueLink` and `StreamLink`.
    """
    instance_of(PhySetup, setup, "setup", "PhySetup(PhySpec(CodeSpec.parse('ldpc')), seed=1)")
    if isinstance(codec.format, SymbolsFormat):
        if setup.spec.rates:
            problem = f"{codec.name} makes its symbols without a code; leave it out"
            raise Refused("rates", problem)
        if soft:
            raise Refused("soft", f"{codec.name} knows no bits; use hard")
        if setup.harq is not None:
            raise Refused("harq", f"{codec.name} makes its symbols without a code; leave it out")
        return AnalogueLink(codec, setup.spec.channel, setup.seed)
    if isinstance(codec.format, StreamsFormat):
        if soft:
            raise _hard_only(codec)
        return StreamLink(codec, setup)
    return Link(codec, setup, soft)


def _check_format(codec: Codec, message: Message) -> None:
    said, made = codec.format, (int(message.values.shape[1]), message.width)
    if made != (said.count, said.width):
        raise ValueError(
            f"{codec.name}: its format says {said.count} numbers of {said.width} bits; "
            f"it made {made[0]} of {made[1]}"
        )


def _hard_only(codec: AnyCodec) -> Refused:
    return Refused("soft", f"{codec.name} knows decided bits only; use hard")
