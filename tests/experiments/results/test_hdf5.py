"""HDF5 files from anybody: each is read, or refused in one line, and none does harm."""

from __future__ import annotations

import os
import signal
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.results import hdf5_process
from linksim.experiments.results.hdf5 import open_stored
from linksim.experiments.results.hdf5_process import NoAnswer, reading_process
from linksim.experiments.results.sweeps import load_results

from .stored_files import KINDS

SECONDS = 60  # that a hang must not last; what is read takes a few at most


@contextmanager
def no_hang() -> Iterator[None]:
    def end(*_: object) -> None:
        raise AssertionError("hangs")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    for place in rng.integers(len(content), size=rng.integers(1, 9)):
        damaged[place] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(len(content))]


def spliced(content: bytes, rng: np.random.Generator) -> bytes:
    size = int(rng.integers(1, 512))
    source, target = rng.integers(0, max(len(content) - size, 1), 2)
    part = content[source : source + size]
    return content[:target] + part + content[target + size :]


def set_to_one_value(content: bytes, rng: np.random.Generator) -> bytes:
    place, size = int(rng.integers(len(content))), int(rng.integers(1, 17))
    return content[:place] + bytes([rng.choice([0, 255])]) * size + content[place + size :]


def with_another_heap(content: bytes, rng: np.random.Generator) -> bytes:
    """Change bytes where texts of variable length lie, whose sizes HDF5 follows blindly."""
    damaged, heaps = bytearray(content), []
    at = content.find(b"GCOL")
    while at >= 0:
        heaps.append(at)
        at = content.find(b"GCOL", at + 1)
    start = int(rng.choice(heaps))
    for place in start + rng.integers(0, 4096, size=rng.integers(1, 9)):
        if place < len(damaged):
            damaged[place] = int(rng.choice([0, 1, 255, rng.integers(256)]))
    return bytes(damaged)


DAMAGES = (flipped, cut, spliced, set_to_one_value, with_another_heap)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused(kind: str, tmp_path: Path, fuzz: int) -> None:
    path, rng = tmp_path / "r.h5", np.random.default_rng(1)
    KINDS[kind].write(path)
    content = path.read_bytes()
    said = []
    for number in range(15 * fuzz):
        path.write_bytes(DAMAGES[number % len(DAMAGES)](content, rng))
        with no_hang():
            try:
                KINDS[kind].read(path)
            except Fault as fault:  # whatever else is raised fails the test
                said.append(str(fault))
    assert said
    assert all(str(path) in line or "--out" in line for line in said)
    path.write_bytes(content)
    KINDS[kind].read(path)


def endless_heap(path: Path) -> None:
    """Write a text into a heap whose first object ends where it begins: HDF5 looks for ever."""
    with h5py.File(path, "w", libver="earliest") as file:
        file.attrs["schema"] = "linksim.sweep"
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 16 : heap + 32] = struct.pack("<HHIQ", 1, 1, 0, 2**64 - 16)
    path.write_bytes(content)


@pytest.mark.parametrize("read", [kind.read for kind in KINDS.values()], ids=list(KINDS))
def test_a_heap_without_an_end_is_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    endless_heap(tmp_path / "r.h5")
    with no_hang(), pytest.raises(Fault, match=r"r\.h5"):
        read(tmp_path / "r.h5")


def _packed(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(10**10,), dtype="u1", compression="gzip", chunks=(10**6,))


def _huge(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(10**13,), dtype="u1")


def _huge_texts(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(1000,), dtype="S2000000000")


def _beside(file: h5py.File, secret: Path) -> None:
    file.create_dataset("x", shape=(6,), dtype="u1", external=[(str(secret), 0, 6)])


def _virtual(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout(shape=(6,), dtype="u1")
    layout[:] = h5py.VirtualSource(str(secret), "x", shape=(6,))
    file.create_virtual_dataset("x", layout)


def _growing_virtual(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout(shape=(6,), maxshape=(None,), dtype="u1")
    source = h5py.VirtualSource(str(secret), "x", shape=(6,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("x", layout)


def _linked(file: h5py.File, secret: Path) -> None:
    file["x"] = h5py.ExternalLink(str(secret), "/x")


def _linked_inside(file: h5py.File, _: Path) -> None:
    file["y"] = np.zeros(6, "u1")
    file["x"] = h5py.SoftLink("/y")


def _a_type(file: h5py.File, _: Path) -> None:
    file["x"] = np.dtype("u1")


def _references(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", data=[file.ref] * 6, dtype=h5py.ref_dtype)


def _records(file: h5py.File, _: Path) -> None:
    file["x"] = np.zeros(6, [("a", "u1"), ("b", "f4")])


@pytest.mark.parametrize(
    "put",
    [
        _packed,
        _huge,
        _huge_texts,
        _beside,
        _virtual,
        _growing_virtual,
        _linked,
        _linked_inside,
        _a_type,
        _references,
        _records,
    ],
)
def test_arrays_that_are_elsewhere_or_claim_too_much_are_refused(
    put: Callable[[h5py.File, Path], None], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = np.frombuffer(b"secret", np.uint8)
    with h5py.File(tmp_path / "r.h5", "w") as file:
        put(file, secret)
    for kind in ("byte", "text", "number", "count"):
        with no_hang(), pytest.raises(Fault), open_stored(tmp_path / "r.h5", "x") as root:
            root.array("x", kind, [None])


def test_groups_as_deep_as_one_likes_are_no_harm(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "r.h5", "w") as file:
        group = file
        for _ in range(2000):
            group = group.create_group("sweeps")
        file["sweeps/sweeps/loop"] = file["sweeps"]
    with no_hang(), pytest.raises(Fault):
        load_results(tmp_path / "r.h5")


def test_a_file_with_terabytes_of_holes_takes_no_memory(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "r.h5", "w") as file:
        file.create_dataset("x", shape=(2**36,), dtype="u1")
        file["x"][-1] = 1  # at the end of a hole
    assert (tmp_path / "r.h5").stat().st_size > 2**36
    with pytest.raises(Fault, match="claims more"), open_stored(tmp_path / "r.h5", "x") as root:
        root.array("x", "byte", [None])


def _absent(path: Path) -> None:
    pass


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_absent, "can't be read (No such file or directory)"),
        (_folder, "can't be read (Is a directory)"),
        (_pipe, "is no file"),
        (_empty, "is empty"),
    ],
)
def test_what_is_no_file_is_refused(
    make: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    make(tmp_path / "r.h5")
    with no_hang(), pytest.raises(Fault) as refused:
        load_results(tmp_path / "r.h5")
    assert str(refused.value) == f"{tmp_path / 'r.h5'}: {says}"


def test_any_name_of_a_file_can_be_read(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.h5", "ü %s\n.h5".encode(), b"-r.h5"):
        path = tmp_path / os.fsdecode(name)
        KINDS["sweeps"].write(path)
        assert len(load_results(path)) == 2


def test_what_was_read_can_be_written_to(tmp_path: Path) -> None:
    KINDS["sweeps"].write(tmp_path / "r.h5")
    load_results(tmp_path / "r.h5")["one"].pictures["psnr"][:] = 0
    with h5py.File(tmp_path / "r.h5", "a") as file:  # nobody holds it any more
        file["more"] = 1


def test_files_open_side_by_side_do_not_mix(tmp_path: Path) -> None:
    for number in range(2):
        with h5py.File(tmp_path / f"{number}.h5", "w") as file:
            file["x"] = np.full(3, number, "u1")
            file.attrs["number"] = number
    with open_stored(tmp_path / "0.h5", "x") as zero, open_stored(tmp_path / "1.h5", "x") as one:
        for _ in range(3):
            assert zero.array("x", "byte", [3]).tolist() == [0] * 3
            assert one.attributes() == {"number": 1}


def test_an_interrupted_answer_is_never_taken_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KINDS["sweeps"].write(tmp_path / "r.h5")
    receive, left = hdf5_process.ReadingProcess._receive, [0]

    def interrupted(self: Any, buffer: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        receive(self, buffer)

    whole = load_results(tmp_path / "r.h5")["two"]
    for number in range(0, 40, 9):
        left[0] = number
        with monkeypatch.context() as patched:
            patched.setattr(hdf5_process.ReadingProcess, "_receive", interrupted)
            with suppress(KeyboardInterrupt):
                load_results(tmp_path / "r.h5")
        again = load_results(tmp_path / "r.h5")["two"]
        assert again.attributes == whole.attributes
        assert np.array_equal(again.pictures["psnr"], whole.pictures["psnr"])


def test_a_process_that_dies_or_stands_still_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KINDS["sweeps"].write(tmp_path / "r.h5")
    for kill in (signal.SIGKILL, signal.SIGSTOP):
        load_results(tmp_path / "r.h5")
        with reading_process() as process:
            os.kill(process._process.pid, kill)
            with monkeypatch.context() as patched:
                patched.setattr(hdf5_process, "_SECONDS", 0.2)
                with pytest.raises(NoAnswer):
                    process.ask("names", group=[])
        assert len(load_results(tmp_path / "r.h5")) == 2


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    KINDS["sweeps"].write(tmp_path / "r.h5")
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(load_results(tmp_path / "r.h5"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 4


def test_a_child_that_was_forked_asks_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5_process, "_idle", [])
    KINDS["sweeps"].write(tmp_path / "r.h5")
    load_results(tmp_path / "r.h5")
    ((_, ours),) = hdf5_process._idle
    assert hdf5_process._taken() is ours
    hdf5_process._idle.append((os.getpid() + 1, ours))  # as a child meets it
    assert hdf5_process._taken() is None


def test_a_process_that_does_not_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KINDS["sweeps"].write(tmp_path / "r.h5")
    monkeypatch.setattr(hdf5_process, "_WORKER", tmp_path / "absent.py")
    monkeypatch.setattr(hdf5_process, "_idle", [])
    with pytest.raises(Fault, match="does not start"):
        load_results(tmp_path / "r.h5")
