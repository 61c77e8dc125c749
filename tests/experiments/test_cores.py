"""The cores that a process may use, by affinity and by a cgroup's quota."""

import os
import threading
from pathlib import Path

import pytest
import torch

from linksim.experiments import cores
from linksim.experiments.cores import Desk, usable_cores


@pytest.fixture
def quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "cpu.max"
    monkeypatch.setattr(cores, "_QUOTA", file)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    return file


@pytest.mark.parametrize(
    ("text", "count"),
    [(None, 6), ("max 100000", 6), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1)],
)
def test_no_more_than_affinity_and_quota_grant(quota: Path, text: str | None, count: int) -> None:
    if text is not None:
        quota.write_text(text)
    assert usable_cores() == count


def test_without_affinity_the_machine_s_count_is_taken(
    quota: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cores() == 3


def test_pieces_run_side_by_side_and_come_back_in_order() -> None:
    together = threading.Barrier(3, timeout=60)

    def piece(number: int) -> int:
        together.wait()
        assert torch.get_num_threads() == 1
        return number

    assert Desk(3).each(piece, range(3)) == [0, 1, 2]


def test_what_a_piece_ends_with_is_raised() -> None:
    for threads in (1, 2):
        with pytest.raises(ZeroDivisionError):
            Desk(threads).each(lambda number: 1 // number, [1, 0])
