"""That no work is done twice, counted by a codec and a judge that count."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch

from linksim.experiments.cores import Desk
from linksim.experiments.data.samples import Sample
from linksim.experiments.sweeps.measurement import GROUP, SHOWN, Measurement, PreparedGroup
from linksim.link import Connection, Injection, connect
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhySetup, PhySpec
from linksim.phy.cuda.host import compiler
from linksim.source import Message, MessageFormat, Received
from linksim.source.judge import Response

from ...staying import Staying, processor_as_gpu

CPU = torch.device("cpu")
SNRS = [-3.0, 0.0, 2.0, 4.0, 6.0, 8.0, 40.0]


class Pictures:
    """Noise, each picture its own."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def sample(self, number: int, side: int) -> Sample:
        draws = torch.Generator().manual_seed(number)
        image = torch.randint(0, 256, (3, side, side), generator=draws) / 255
        return Sample(image, f"what is {number % 3}?", "", "", str(number))


@dataclass
class CountingCodec:
    """Sends pixels as bytes, and counts what it decodes: each message at each place of a batch."""

    name = "counting"
    side = 16
    format = MessageFormat(768, 8)
    encoded: int = 0
    batches: int = 0
    decoded: Counter[tuple[int, bytes]] = field(default_factory=Counter)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        self.encoded += 1
        return Message((images * 255).round().long().flatten(1), 8)

    def decode(self, received: Received) -> torch.Tensor:
        assert len(received.values) == GROUP
        self.batches += 1
        rows = received.values.byte().numpy()
        self.decoded.update((place, row.tobytes()) for place, row in enumerate(rows))
        return received.values.view(-1, 3, 16, 16) / 255

    def decode_soft(self, received: Received) -> torch.Tensor:
        return self.decode(received)


@dataclass
class CountingJudge:
    """Answers by the brightest colour, and counts the batches that it is shown."""

    groups_of_batch: int = 1
    batches: int = 0

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        assert len(images) == len(questions)
        assert len(images) in (GROUP, self.groups_of_batch * GROUP)  # originals by one group
        self.batches += 1
        brightest = images.mean(dim=(2, 3)).argmax(dim=1).tolist()
        return Response(
            [f"{q} {b}" for q, b in zip(questions, brightest, strict=True)], images.flatten(2)
        )

    def loss(self, wanted: Response, seen: Response) -> torch.Tensor:
        return (wanted.states - seen.states).square().mean(dim=(1, 2))


def link(codec: CountingCodec, code: str = "ldpc:rate=1/2", soft: bool = False) -> Connection:
    spec = PhySpec(CodeSpec.parse(code), Modulation.named("qpsk"), ChannelSpec())
    return connect(codec, PhySetup(spec, 1, "native", 1), soft)


def measurement(
    pictures: int, threads: int = 1, groups_of_batch: int = 1
) -> tuple[Measurement, CountingCodec, CountingJudge, list[PreparedGroup]]:
    codec, judge = CountingCodec(), CountingJudge(groups_of_batch)
    what = Measurement(Pictures(pictures), codec, judge, torch.device("cpu"), Desk(threads))  # type: ignore[arg-type]
    groups = what.prepare(range(pictures))
    judge.batches = 0
    return what, codec, judge, groups


def distinct(over: Connection, groups: list[PreparedGroup], points: list[float]) -> list[int]:
    """Return for each group the most messages that differ of any picture in it."""
    most = []
    for group in groups:
        rows: list[set[bytes]] = [set() for _ in range(group.used)]
        for point in points:
            received = over.send(group.message, point, group.numbers).received
            assert isinstance(received, Received)
            for row, value, erased in zip(rows, received.values, received.erased, strict=False):
                row.add(value.numpy().tobytes() + erased.numpy().tobytes())
        most.append(max(map(len, rows)))
    return most


def sweep(
    what: Measurement, over: Connection, groups: list[PreparedGroup], ahead: bool = True
) -> list[dict[str, np.ndarray]]:
    return [
        what.measure(over, groups, snr_db, SNRS[place + 1 :] if ahead else ())
        for place, snr_db in enumerate(SNRS)
    ]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_message_is_decoded_and_judged_once_up_to_filling_batches(threads: int) -> None:
    what, codec, judge, groups = measurement(40, threads)
    over = link(codec)
    needed = distinct(over, groups, SNRS)
    sweep(what, over, groups)
    assert codec.encoded == 3
    assert codec.batches == judge.batches == sum(needed)
    assert sum(needed) < len(groups) * len(SNRS)


def test_links_that_deliver_the_same_share_it() -> None:
    what, codec, judge, groups = measurement(20)
    sweep(what, link(codec), groups)
    before = codec.batches, judge.batches
    clean = what.measure(link(codec, "conv:rate=1/2"), groups, 30.0)
    assert not clean["index_errors"].any()
    assert (codec.batches, judge.batches) == before
    assert codec.encoded == 2


def test_what_is_done_ahead_changes_no_figure() -> None:
    what, codec, _, groups = measurement(20)
    ahead = sweep(what, link(codec), groups)
    other, codec, _, groups = measurement(20, threads=3)
    alone = sweep(other, link(codec), groups, ahead=False)
    for one, two in zip(ahead, alone, strict=True):
        assert one.keys() == two.keys()
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_a_soft_receiver_decodes_as_often_as_it_receives() -> None:
    what, codec, judge, groups = measurement(20)
    sweep(what, link(codec, soft=True), groups)
    assert codec.batches == len(groups) * len(SNRS)
    # Pictures that come out the same are judged once all the same.
    assert judge.batches == sum(distinct(link(codec), groups, SNRS))


def test_injected_errors_share_what_is_error_free() -> None:
    what, codec, judge, groups = measurement(16)
    for kind in ("index", "bit"):
        what.measure(Injection(codec, kind, 1), groups, 0.0)
    assert codec.batches == judge.batches == 1


def test_pictures_are_decoded_ahead_only_as_far_as_memory_reaches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what, codec, _, groups = measurement(16)
    image_bytes = groups[0].images.nbytes
    monkeypatch.setattr("linksim.experiments.sweeps.measurement._MOST_WAITING", 2 * image_bytes)
    what.measure(link(codec), groups, SNRS[0], SNRS[1:])
    assert codec.batches == 3


def test_groups_and_snrs_that_share_a_batch_of_the_judge_are_scored_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what, codec, alone, groups = measurement(40)
    wanted = sweep(what, link(codec), groups)
    monkeypatch.setattr("linksim.experiments.sweeps.measurement._GROUPS_OF_BATCH", {"cpu": 4})
    what, codec, together, groups = measurement(40, groups_of_batch=4)
    found = sweep(what, link(codec), groups)
    assert together.batches < alone.batches / 2
    for one, two in zip(found, wanted, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            equal = np.testing.assert_allclose if one[name].dtype.kind == "f" else np.array_equal
            assert equal(one[name], two[name]) in (None, True), name


class StayingPictures(Pictures):
    """Noise that lies on a device."""

    def sample(self, number: int, side: int) -> Sample:
        drawn = super().sample(number, side)
        return replace(drawn, image=drawn.image.as_subclass(Staying))


class StayingCodec(CountingCodec):
    """Looks into nothing."""

    def decode(self, received: Received) -> torch.Tensor:
        return received.values.view(-1, 3, 16, 16) / 255


class SilentJudge:
    """Looks into nothing."""

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        return Response([""] * len(images), images.flatten(2))


def test_of_pictures_on_a_device_figures_alone_and_what_is_shown_come_to_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    codec, points = StayingCodec(), [-2.0, 1.0, 40.0]
    spec = PhySpec(CodeSpec.parse("repetition:rate=2/5,crc=11"), Modulation.named("qpsk"))
    native = Measurement(Pictures(20), codec, SilentJudge(), CPU, Desk(1))  # type: ignore[arg-type]
    there = native.prepare(range(20))
    by_native = connect(codec, PhySetup(spec, 1, "native", 1))
    wanted = [native.measure(by_native, there, point) for point in points]
    with processor_as_gpu(monkeypatch):
        staying = StayingPictures(20)
        what = Measurement(staying, codec, SilentJudge(), CPU, Desk(1))  # type: ignore[arg-type]
        groups = what.prepare(range(20))
        over = connect(codec, PhySetup(spec, 1, "gpu"))
        Staying.visits = []
        found = [what.measure(over, groups, point) for point in points]
        visits = Counter(Staying.visits)
    counts, scores, picture = 5 * GROUP, 3 * GROUP, 768
    messages, pictures = 4 * GROUP, 16 * GROUP  # digests; that of four pictures of the last group
    assert set(visits) <= {0, 1, counts, scores, messages, pictures, picture}
    assert visits[counts] == len(groups) * len(points)
    assert visits[picture] <= SHOWN * len(points)
    for one, two in zip(found, wanted, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], two[name], name)
