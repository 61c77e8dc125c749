"""Errors put into messages: as many as asked for, of the kind asked for, the same every time."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats

from linksim.link import ERROR_KINDS, Delivery, Injection
from linksim.source import Message, MessageFormat, Received

from .streams import ByteStreamCodec, streams
from .test_analogue import AmplitudeCodec

COUNT, WIDTH = 4000, 5


class Listener:
    """Remembers what was received."""

    name, side, format = "listener", 1, MessageFormat(COUNT, WIDTH)
    received: Received

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        raise NotImplementedError

    def decode(self, received: Received) -> torch.Tensor:
        self.received = received
        return torch.zeros(len(received.values), 3, 1, 1)


SENT = Message(
    torch.randint(0, 2**WIDTH, (3, COUNT), generator=torch.Generator().manual_seed(0)), WIDTH
)


def injected(kind: str, probability: float, seed: int = 1) -> tuple[Delivery, Received]:
    codec = Listener()
    delivery = Injection(codec, kind, seed).deliver(SENT, probability, [7, 8, 9])
    return delivery, codec.received


def spread(errors: int, trials: int, probability: float) -> float:
    return float(stats.binomtest(errors, trials, probability).pvalue)


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_no_errors_leave_the_message_as_it_was(kind: str) -> None:
    delivery, received = injected(kind, 0.0)
    assert torch.equal(received.values, SENT.values)
    assert not received.erased.any()
    assert not delivery.index_errors.any()
    assert not delivery.bit_errors.any()


@pytest.mark.parametrize("probability", [0.01, 0.3, 1.0])
def test_indices_go_wrong_as_often_as_asked_and_all_others_come_alike(probability: float) -> None:
    delivery, received = injected("index", probability)
    wrong = (received.values != SENT.values).sum(1).tolist()
    assert delivery.index_errors.tolist() == wrong
    assert spread(sum(wrong), 3 * COUNT, probability) > 1e-4
    flipped = (received.values ^ SENT.values)[received.values != SENT.values]
    seen = np.bincount(flipped.numpy(), minlength=2**WIDTH)[1:]
    assert stats.chisquare(seen).pvalue > 1e-4


@pytest.mark.parametrize("probability", [0.01, 0.3])
def test_bits_flip_each_by_itself(probability: float) -> None:
    delivery, received = injected("bit", probability)
    differ = (received.values ^ SENT.values).numpy()
    flips = [(differ >> place) & 1 for place in range(WIDTH)]
    assert delivery.bit_errors.sum() == sum(flip.sum() for flip in flips)
    for flip in flips:
        assert spread(int(flip.sum()), 3 * COUNT, probability) > 1e-4
    together = sum(int((a & b).sum()) for a, b in pairwise(flips))
    assert spread(together, (WIDTH - 1) * 3 * COUNT, probability**2) > 1e-4
    hit = 1 - (1 - probability) ** WIDTH
    assert spread(int(delivery.index_errors.sum()), 3 * COUNT, hit) > 1e-4


def test_llrs_are_those_of_a_symmetric_channel() -> None:
    _, received = injected("bit", 0.2)
    bits = (received.values[..., None] >> torch.arange(WIDTH - 1, -1, -1)) & 1
    assert torch.equal(received.llr > 0, bits.bool())
    assert received.llr.abs().numpy() == pytest.approx(np.log(0.8 / 0.2), rel=1e-5)


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_a_picture_meets_the_same_errors_in_any_company(kind: str) -> None:
    _, received = injected(kind, 0.1)
    codec = Listener()
    alone = Message(SENT.values[1:2], WIDTH)
    Injection(codec, kind, 1).deliver(alone, 0.1, [8])
    assert torch.equal(codec.received.values[0], received.values[1])
    for other in (injected(kind, 0.1, seed=2)[1], injected(kind, 0.1001)[1]):
        assert not torch.equal(other.values, received.values)


def test_errors_hit_the_bytes_of_units() -> None:
    sent, codec = streams(6), ByteStreamCodec()
    link = Injection(codec, "index", 0)
    delivery = link.deliver(sent, 0.2, range(6))
    wrong = [
        sum(
            a != b
            for place, unit in enumerate(units)
            for a, b in zip(unit.data, got[place].data, strict=True)
        )
        for units, got in zip(sent.units, codec.received.units, strict=True)
    ]
    assert delivery.index_errors.tolist() == wrong
    assert all(unit.complete for got in codec.received.units for unit in got.values())
    costs = link.account(sent)
    assert costs.bits.tolist() == [8 * sum(len(u.data) for u in units) for units in sent.units]
    assert spread(sum(wrong), int(costs.indices.sum()), 0.2) > 1e-4


def test_what_has_no_indices_is_refused() -> None:
    with pytest.raises(ValueError, match="makes channel symbols by itself"):
        Injection(AmplitudeCodec(), "bit", 0)
    link = Injection(Listener(), "bit", 0)
    with pytest.raises(ValueError, match="no probability"):
        link.deliver(SENT, 1.5, [0, 1, 2])
    with pytest.raises(ValueError, match="burst: unknown; one of index, bit"):
        Injection(Listener(), "burst", 0)
