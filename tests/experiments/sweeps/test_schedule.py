"""Early stop and resume, over answers drawn by a coin whose bias is the SNR."""

import numpy as np
import pytest

from linksim.experiments.results.estimates import rate
from linksim.experiments.sweeps.gathering import counted, pictures, questions
from linksim.experiments.sweeps.schedule import Piece, Schedule, in_turn
from linksim.experiments.sweeps.tasks import Arrays, Task

from ..configurations import sweep_order

ORDER = sweep_order()
IMAGES = 1000
SNR_DB = [0.5, 0.9, 0.99]
ANSWERS = {
    snr: np.where(np.random.default_rng(round(snr * 100)).random(IMAGES) < snr, "yes", "no")
    for snr in SNR_DB
}


class Memory(dict[str, Arrays]):
    """A journal."""

    def save(self, name: str, arrays: Arrays) -> None:
        self[name] = arrays

    def load(self, name: str) -> Arrays | None:
        return self.get(name)


def measure(task: Task) -> Arrays:
    numbers = slice(task.numbers.start, task.numbers.stop)
    count, shown = len(task.numbers), max(4 - task.numbers.start, 0)
    picture = np.zeros((shown, 2, 2, 3), dtype=np.uint8)
    if task.point is None:
        return {"wanted": np.full(count, "yes"), "original": picture}
    psnr = np.arange(IMAGES, dtype=np.float32)[numbers]
    return {"answers": ANSWERS[task.point][numbers], "psnr": psnr, "received": picture}


def run(
    batch: int,
    precision: float,
    journal: Memory,
    ahead: int = 1,
    most: int = 9**9,
    side_by_side: int = 1,
) -> Schedule:
    """Do a schedule's tasks, ``ahead`` of them at a time, the last ones first."""
    pieces: list[Piece] = []
    schedule = Schedule(ORDER, IMAGES, batch, SNR_DB, precision, "native", journal, pieces.append)
    tasks, running = in_turn([schedule], side_by_side), list[Task]()
    for _ in range(most):
        while len(running) < ahead and (task := next(tasks, None)):
            running.append(task)
        if not running:
            assert pieces[-1].done == pieces[-1].total
            break
        task = running.pop()
        schedule.keep(task, measure(task))
    return schedule


def same(one: Schedule, other: Schedule) -> bool:
    if not np.array_equal(counted(one), counted(other)):
        return False
    arrays = zip(
        [*pictures(one).values(), *questions(one).values()],
        [*pictures(other).values(), *questions(other).values()],
        strict=True,
    )
    return all(a.tobytes() == b.tobytes() for a, b in arrays)


def test_a_point_stops_at_the_first_group_that_makes_it_precise_enough() -> None:
    schedule = run(batch=64, precision=0.05, journal=Memory())
    for point, count in zip(schedule.points, counted(schedule), strict=True):
        matches = (ANSWERS[point] == "yes").astype(int)
        for n in range(16, count + 1, 16):
            interval = rate(matches[:n], 1.0)
            assert (interval.high - interval.low <= 0.1) == (n == count)
    assert counted(schedule)[0] > counted(schedule)[2]


@pytest.mark.parametrize("batch", [16, 64, 256])
@pytest.mark.parametrize("ahead", [1, 7, 40])
def test_neither_batches_nor_who_finishes_first_change_anything(batch: int, ahead: int) -> None:
    alone = run(batch=64, precision=0.05, journal=Memory())
    assert same(alone, run(batch, 0.05, Memory(), ahead))


@pytest.mark.parametrize("most", [1, 5, 17])
def test_resuming_changes_nothing(most: int) -> None:
    journal = Memory()
    run(64, 0.05, journal, ahead=9, most=most)
    assert len(journal) == most
    assert same(run(64, 0.05, journal), run(64, 0.05, Memory()))


def test_what_is_in_the_journal_is_not_done_again() -> None:
    journal = Memory()
    run(64, 0.05, journal)
    begun = Schedule(ORDER, IMAGES, 64, SNR_DB, 0.05, "native", journal, lambda _: None)
    assert list(in_turn([begun], 1)) == []


@pytest.mark.parametrize("side_by_side", [1, 3, 100])
def test_batches_side_by_side_are_those_one_after_the_other(side_by_side: int) -> None:
    alone = run(64, 0, Memory())
    assert same(alone, run(64, 0, Memory(), ahead=5, side_by_side=side_by_side))


def planned(modulation: str, points: list[float], journal: Memory) -> Schedule:
    order = sweep_order(modulation, modulation=modulation)
    return Schedule(order, 20, 8, points, 0, "native", journal, lambda _: None)


def test_each_process_has_a_batch_of_its_own_and_encodes_it_for_all_sweeps() -> None:
    schedules = [planned(name, [1.0], Memory()) for name in ("8psk", "qpsk")]
    tasks = [(task.order.label, task.numbers.start, task.point) for task in in_turn(schedules, 2)]
    assert tasks == [
        *[("8psk", 0, None), ("8psk", 8, None), ("8psk", 0, 1.0), ("8psk", 8, 1.0)],
        *[("qpsk", 0, None), ("qpsk", 8, None), ("qpsk", 0, 1.0), ("qpsk", 8, 1.0)],
        *[("8psk", 16, None), ("8psk", 16, 1.0), ("qpsk", 16, None), ("qpsk", 16, 1.0)],
    ]
    batches = {task.batch for task in in_turn(schedules, 2)}
    assert len(batches) == 3


def test_a_task_knows_at_which_points_its_pictures_are_wanted_next() -> None:
    journal = Memory({"000000-000008-native-+2.0": {"answers": np.full(8, "yes")}})
    tasks = list(in_turn([planned("8psk", [1.0, 2.0, 3.0], journal)], 1))
    assert [(task.point, task.ahead) for task in tasks[:3]] == [
        (None, ()),
        (1.0, (3.0,)),
        (3.0, ()),
    ]


def test_without_a_precision_every_picture_is_sent() -> None:
    schedule = run(batch=64, precision=0, journal=Memory())
    assert counted(schedule).tolist() == [IMAGES] * 3
    assert pictures(schedule)["answers"].shape == (3, IMAGES)


def test_beyond_what_counts_arrays_hold_nothing() -> None:
    schedule = run(batch=64, precision=0.05, journal=Memory())
    count, most = counted(schedule)[2], counted(schedule).max()
    found = pictures(schedule)
    assert found["psnr"].shape == (3, most)
    assert np.isnan(found["psnr"][2, count:]).all()
    assert not np.isnan(found["psnr"][2, :count]).any()
    assert set(found["answers"][2, count:]) == {""}
    assert len(questions(schedule)["wanted"]) == most
