"""Units of messages that are asked for again by what they are worth."""

import numpy as np
import pytest
import torch

from linksim.link import Link, connect
from linksim.link.asking import Asking, needed_units
from linksim.phy import ChannelSpec, CodeSpec, HarqSpec, Modulation, PhySetup, PhySpec, Refused
from linksim.source import Message, MessageFormat, Received, ReceivedStreams, Streams, Unit
from linksim.source.message import StreamsFormat

UNITS, EACH, PICTURES = 6, 16, 40
SNR_DB = 4.0


class Ranked:
    """A codec of six units of sixteen bytes; what is decoded is the values themselves."""

    name, side = "ranked", 8
    format = MessageFormat(UNITS * EACH, 8, units=UNITS)

    def encode(self, images: torch.Tensor, questions: object) -> Message:
        raise NotImplementedError

    def decode(self, received: Received) -> torch.Tensor:
        return received.values.float()


class RankedStreams(Ranked):
    format = StreamsFormat(("object",))  # type: ignore[assignment]


def setup(harq: str | None, channel: str = "rayleigh") -> PhySetup:
    spec = PhySpec(
        CodeSpec.parse("ldpc:rate=1/2"),
        Modulation.named("qpsk"),
        ChannelSpec.parse(channel, "block"),
    )
    again = HarqSpec.parse(harq) if harq else None
    return PhySetup(spec, seed=3, engine="native", threads=1, harq=again)


def link(harq: str) -> Link:
    made = connect(Ranked(), setup(harq))
    assert isinstance(made, Link)
    return made


@pytest.fixture(scope="module")
def message() -> Message:
    values = torch.randint(
        0, 256, (PICTURES, UNITS * EACH), generator=torch.manual_seed(5), dtype=torch.int64
    )
    return Message(values, 8)


def lost_units(received: Received) -> np.ndarray:
    """Return which units did not come through, bool ``[B, units]``."""
    return received.erased.numpy().reshape(PICTURES, UNITS, EACH).any(axis=2)


def test_only_what_is_needed_and_missing_is_sent_again(message: Message) -> None:
    whole, some = link("semantic:rounds=4"), link("semantic:need=2,rounds=4")
    once = link("semantic:rounds=1")
    lost_at_once = lost_units(once.send(message, SNR_DB, range(PICTURES)).received)
    assert 0.1 < lost_at_once.mean() < 0.6
    found = some.send(message, SNR_DB, range(PICTURES))
    assert found.again is not None
    lost = lost_units(found.received)
    # Of units that nobody needs, those that the first transmission lost stay lost, and no others.
    assert np.array_equal(lost[:, 2:], lost_at_once[:, 2:])
    assert np.array_equal(found.again.accepted, ~lost[:, :2].any(axis=1))
    assert np.array_equal(found.again.rounds == 1, ~lost_at_once[:, :2].any(axis=1))
    all_of_it = whole.send(message, SNR_DB, range(PICTURES))
    assert all_of_it.again is not None
    # What is needed meets the same channel, whatever else is asked for.
    assert np.array_equal(lost_units(all_of_it.received)[:, :2], lost[:, :2])
    assert found.again.symbols.sum() < all_of_it.again.symbols.sum()


def test_symbols_are_those_of_the_units_that_were_sent(message: Message) -> None:
    two = link("semantic:rounds=2")
    each = two.symbols // UNITS
    lost = lost_units(link("semantic:rounds=1").send(message, SNR_DB, range(PICTURES)).received)
    found = two.send(message, SNR_DB, range(PICTURES))
    assert found.again is not None
    assert np.array_equal(found.again.symbols, each * (UNITS + lost.sum(axis=1)))


def test_the_first_transmission_is_alike_whatever_is_asked_for(message: Message) -> None:
    orders = (
        "semantic:rounds=1",
        "semantic:need=2,rounds=1",
        "semantic:need=2,rounds=1,order=random",
    )
    ways = [link(order).send(message, SNR_DB, range(PICTURES)) for order in orders]
    for other in ways[1:]:
        assert torch.equal(other.received.llr, ways[0].received.llr)
        assert np.array_equal(other.bit_errors, ways[0].bit_errors)


def test_who_is_content_is_sent_nothing_more(message: Message) -> None:
    asked: list[np.ndarray] = []

    def content(messages: np.ndarray, passed: np.ndarray, llr: np.ndarray) -> np.ndarray:
        assert llr.shape == (len(messages), UNITS, 8 * EACH)
        asked.append(messages)
        return messages % 2 == 0

    found = link("semantic:rounds=3").send(message, SNR_DB, range(PICTURES), content)
    plain = link("semantic:rounds=3").send(message, SNR_DB, range(PICTURES))
    assert found.again is not None
    assert plain.again is not None
    even = np.arange(PICTURES) % 2 == 0
    assert found.again.accepted[even].all()
    assert (found.again.rounds[even] == 1).all()
    assert np.array_equal(found.again.symbols[~even], plain.again.symbols[~even])
    assert len(asked[0]) == PICTURES


def test_a_random_order_needs_as_many_units_of_each_picture_by_its_number() -> None:
    harq = HarqSpec.parse("semantic:need=4,order=random")
    numbers = np.arange(200, dtype=np.uint64)
    needed = needed_units(harq, UNITS, numbers, seed=1)
    assert (needed.sum(axis=1) == 4).all()
    assert abs(needed.mean(axis=0) - 4 / 6).max() < 0.15
    assert np.array_equal(needed_units(harq, UNITS, numbers[7:9], seed=1), needed[7:9])
    ranked = needed_units(HarqSpec.parse("semantic:need=4"), UNITS, numbers, seed=1)
    assert ranked[:, :4].all()
    assert not ranked[:, 4:].any()


def test_what_is_accepted_is_not_asked_for() -> None:
    needed = np.array([[True, True, False]] * 3)
    asking = Asking(needed)
    passed = np.array([[True, True, False], [True, False, True], [False, False, False]])
    asked = asking(np.arange(3), passed, np.zeros((3, 3, 1)))
    assert asked.tolist() == [[False] * 3, [False, True, False], [True, True, False]]
    assert asking.accepted.tolist() == [True, False, False]


def test_of_a_stream_the_packets_of_needed_units_are_sent_again() -> None:
    units = tuple(Unit("object", bytes([number] * 30)) for number in range(UNITS))
    streams = Streams((units,) * PICTURES)
    found = {
        text: connect(RankedStreams(), setup(text)).send(streams, SNR_DB, range(PICTURES))
        for text in ("ir:rounds=1", "semantic:need=2,rounds=4", "semantic:rounds=4", "ir:rounds=4")
    }
    arrived = {text: _whole_units(one.received) for text, one in found.items()}
    once, some = arrived["ir:rounds=1"], arrived["semantic:need=2,rounds=4"]
    assert np.array_equal(some[:, 2:], once[:, 2:])
    assert some[:, :2].mean() > once[:, :2].mean()
    again = found["semantic:need=2,rounds=4"].again
    assert again is not None
    assert np.array_equal(again.accepted, some[:, :2].all(axis=1))
    assert np.array_equal(arrived["semantic:rounds=4"], arrived["ir:rounds=4"])  # each alone


def _whole_units(received: ReceivedStreams) -> np.ndarray:
    return np.array(
        [
            [place in units and units[place].complete for place in range(UNITS)]
            for units in received.units
        ]
    )


@pytest.mark.parametrize(
    ("harq", "units", "line"),
    [
        ("semantic", 1, "does not say what of its messages matters most; take ir or chase"),
        (
            "semantic:need=7",
            UNITS,
            "harq semantic:need=7,rounds=4: a message of ranked has 6 units",
        ),
    ],
)
def test_messages_without_such_units_are_refused(harq: str, units: int, line: str) -> None:
    codec = Ranked()
    codec.format = MessageFormat(UNITS * EACH, 8, units=units)
    with pytest.raises(Refused, match=line):
        connect(codec, setup(harq))


def test_a_transport_block_has_no_units() -> None:
    spec = PhySpec(CodeSpec.parse("nr:mcs=5"), Modulation.named("qpsk"))
    with pytest.raises(Refused, match="nr makes a message one transport block; take ldpc"):
        connect(Ranked(), PhySetup(spec, harq=HarqSpec.parse("semantic")))
