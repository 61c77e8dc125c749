"""A link that stays on the device; the processor stands in for a GPU, and tells of each visit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pytest
import torch

from linksim.link import Link, StreamLink, digests_of
from linksim.phy import CodeSpec, Modulation, PhySetup, PhySpec
from linksim.phy.cuda.host import compiler
from linksim.source import Message, MessageFormat, Received

from ..staying import Staying, processor_as_gpu
from .streams import ByteStreamCodec, streams


class Numbers:
    """A codec of forty numbers of 9 bits."""

    name, format = "numbers", MessageFormat(40, 9, (("first", 16), ("rest", 24)))

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        raise NotImplementedError

    def decode(self, received: Received) -> torch.Tensor:
        return received.values


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    with processor_as_gpu(monkeypatch):
        yield


SPEC = PhySpec(CodeSpec.parse("repetition:rate=2/5,crc=11"), Modulation.named("16qam"))


def numbers(seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 512, (3, 40)))


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("rates", [(), (("first", Fraction(1, 5)),)])
def test_of_a_delivery_counts_alone_come_to_the_host(
    rates: tuple[tuple[str, Fraction], ...],
) -> None:
    spec = PhySpec(SPEC.code, SPEC.modulation, rates=rates)
    link = Link(Numbers(), PhySetup(spec, 5, "gpu"))
    values = numbers(1).as_subclass(Staying)
    found = link.deliver(Message(values, 9), 2.0, [4, 2**40, 7])
    assert Staying.visits == [5 * 3]  # five figures of each picture
    native = Link(Numbers(), PhySetup(spec, 5, "native", threads=1))
    wanted = native.deliver(Message(numbers(1), 9), 2.0, [4, 2**40, 7])
    for name in ("index_errors", "bit_errors", "block_errors", "raw_errors"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert wanted.index_errors.any()
    for name in ("values", "erased", "llr"):
        theirs = getattr(found.received, name).as_subclass(torch.Tensor)
        assert torch.equal(theirs, getattr(wanted.received, name)), name


@pytest.mark.usefixtures("device")
def test_a_number_too_large_for_its_width_is_refused_with_the_counts() -> None:
    link = Link(Numbers(), PhySetup(SPEC, 5, "gpu"))
    with pytest.raises(ValueError, match="0 to 511"):
        link.send(Message((numbers(1) + 400).as_subclass(Staying), 9), 2.0, range(3))
    assert Staying.visits == [5 * 3]


@pytest.mark.usefixtures("device")
def test_of_streams_bytes_and_counts_alone_come_to_the_host() -> None:
    spec = PhySpec(CodeSpec.parse("repetition:rate=1/3,crc=16"), Modulation.named("qpsk"))
    link = StreamLink(ByteStreamCodec(), PhySetup(spec, 5, "gpu"))
    sent = streams(3)
    found = link.send(sent, -1.0, range(3))
    posted = link.post(sent)
    kinds = Counter((one.rate, one.size) for one in posted)
    wanted = [[3 * count, size * count] for (_, size), count in kinds.items()]
    assert sorted(Staying.visits) == sorted(visit for pair in wanted for visit in pair)
    native = StreamLink(ByteStreamCodec(), PhySetup(spec, 5, "native", threads=1))
    expected = native.send(sent, -1.0, range(3))
    for name in ("index_errors", "bit_errors", "block_errors", "raw_errors"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert expected.block_errors.any()
    assert found.received == expected.received


@pytest.mark.usefixtures("device")
def test_digests_alone_come_to_the_host_and_tell_what_those_of_the_host_tell() -> None:
    values = numbers(1)[[0, 1, 0, 2, 1]]
    erased = torch.zeros(5, 40, dtype=torch.bool)
    erased[4, 1] = True
    received = Received(values, 9, erased, torch.zeros(5, 40, 9))
    there = [0, 1, 0, 3, 4]  # of each, the first one that is like it
    found = digests_of(received, 5)
    assert [found.index(digest) for digest in found] == there
    assert Staying.visits == [5 * 16]
    soft = digests_of(received, 4, soft=True)
    assert len(set(soft)) == 1
