"""Damaged files, by the hundred: whatever comes, a picture or none, and never a hang."""

import gc
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from linksim.source.scenes import draw_scene
from linksim.source.stills import guarded, jpeg2000, png, worker
from linksim.source.stills.guarded import GuardedDecoder

SIDE = 64
PICTURES = [draw_scene(2**33, number).image for number in range(2)]
STREAMS = {
    "JPEG2000": [jpeg2000.compress(picture, 768) for picture in PICTURES],
    "PNG": [png.compress(picture, 8192) for picture in PICTURES],
}
FORMATS = list(STREAMS)
SIZE = SIDE, SIDE


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def decoder(name: str) -> GuardedDecoder:
    return GuardedDecoder(name)


def damaged(streams: list[bytes], count: int) -> Iterator[bytes]:
    """Yield streams with bits flipped, cut short, spliced with another, or with bytes repeated."""
    rng = np.random.default_rng(0)
    for number in range(count):
        stream, other = streams if number % 2 else streams[::-1]
        at, to = sorted(int(v) for v in rng.integers(0, len(stream), 2))
        if number % 5 < 2:
            bits = np.unpackbits(np.frombuffer(stream, dtype=np.uint8))
            first = 0 if number % 5 else 8 * min(150, len(stream) - 1)  # headers, or data alone
            bits[rng.integers(first, len(bits), int(rng.integers(1, 30)))] ^= 1
            yield np.packbits(bits).tobytes()
        else:
            cut, spliced = stream[:at], stream[:at] + other[at:]
            yield (cut, spliced, stream[:to] + stream[at:])[number % 5 - 2]


def test_whole_streams_give_their_pictures(name: str, decoder: GuardedDecoder) -> None:
    for stream, picture in zip(STREAMS[name], PICTURES, strict=True):
        decoded = decoder.decode(stream + bytes(100), SIZE)  # filled up, as messages are
        assert decoded is not None
        assert np.abs(decoded.astype(int) - picture).mean() < (10 if name == "JPEG2000" else 1e-9)


def test_hundreds_of_damaged_streams_give_a_picture_or_none(
    name: str, decoder: GuardedDecoder
) -> None:
    outcomes = []
    for stream in damaged(STREAMS[name], 400):
        decoded = decoder.decode(stream, SIZE)
        assert decoded is None or (decoded.shape, decoded.dtype) == ((SIDE, SIDE, 3), np.uint8)
        outcomes.append(decoded is not None)
    assert not all(outcomes)
    assert any(outcomes)
    assert decoder.decode(STREAMS[name][0], SIZE) is not None


def test_what_a_stream_shows_depends_on_it_alone(name: str, decoder: GuardedDecoder) -> None:
    streams = list(damaged(STREAMS[name], 20))
    first = [decoder.decode(stream, SIZE) for stream in streams]
    again = [GuardedDecoder(name).decode(streams[n], SIZE) for n in (19, 7, 0)]
    for n, other in zip((19, 7, 0), again, strict=True):
        assert np.array_equal(first[n], other)  # type: ignore[arg-type]


@pytest.mark.parametrize("stream", [b"", b"\0", b"\0" * 768, b"\xff\x4f\xff\x51", b"no picture"])
def test_what_is_no_picture_at_all_gives_none(stream: bytes, decoder: GuardedDecoder) -> None:
    assert decoder.decode(stream, SIZE) is None


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_picture_that_claims_another_size_takes_no_memory() -> None:
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    bomb += chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    assert GuardedDecoder("PNG").decode(bomb, SIZE) is None
    stream = bytearray(STREAMS["JPEG2000"][0])
    stream[8:16] = struct.pack(">II", 2**31, 2**31)
    assert GuardedDecoder("JPEG2000").decode(bytes(stream), SIZE) is None
    small = io.BytesIO()
    Image.new("RGB", (32, 32)).save(small, "PNG")
    assert GuardedDecoder("PNG").decode(small.getvalue(), SIZE) is None


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_a_picture_of_other_colours_gives_none(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (SIDE, SIDE)).save(buffer, "PNG")
    assert GuardedDecoder("PNG").decode(buffer.getvalue(), SIZE) is None


def test_a_worker_that_dies_is_replaced(name: str, decoder: GuardedDecoder) -> None:
    for _ in range(2):
        assert decoder.decode(STREAMS[name][0], SIZE) is not None
        assert decoder._idle
        decoder._idle[0].process.kill()
        decoder._idle[0].process.wait()
    assert decoder.decode(STREAMS[name][0], SIZE) is not None


def test_a_worker_is_replaced_before_it_grows_old(
    decoder: GuardedDecoder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "_STREAMS", 2)
    workers = set()
    for _ in range(5):
        assert decoder.decode(STREAMS[name][0], SIZE) is not None
        assert decoder._idle
        workers.add(decoder._idle[0].process.pid)
    assert len(workers) == 3


def test_no_worker_outlives_its_decoder(name: str) -> None:
    decoder = GuardedDecoder(name)
    decoder.decode(STREAMS[name][0], SIZE)
    assert decoder._idle
    process = decoder._idle[0].process
    del decoder
    gc.collect()
    assert process.poll() is not None


@pytest.mark.parametrize("moment", ["before the request", "before the answer", "in the answer"])
def test_an_interrupted_answer_is_never_taken_for_the_next(
    moment: str, name: str, decoder: GuardedDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = STREAMS[name]
    wanted = decoder.decode(second, SIZE)
    read, left = guarded._Worker._read, [{"before the answer": 0, "in the answer": 1}.get(moment)]

    def interrupted(self: Any, count: int, seconds: float) -> bytes | None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] = (left[0] or 0) - 1
        return read(self, count, seconds)

    def at_once(self: Any, stream: bytes, size: tuple[int, int]) -> bytes | None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(guarded._Worker, "_read", interrupted)
        if moment == "before the request":
            patched.setattr(guarded._Worker, "ask", at_once)
        with pytest.raises(KeyboardInterrupt):
            decoder.decode(first, SIZE)
    again = decoder.decode(second, SIZE)
    assert wanted is not None
    assert again is not None
    assert np.array_equal(again, wanted)


def test_an_answer_to_another_stream_is_passed_over(name: str, decoder: GuardedDecoder) -> None:
    first, second, *_ = STREAMS[name]
    wanted = decoder.decode(first, SIZE)
    assert decoder._idle
    assert decoder._idle[0].process.stdin
    request = struct.pack(worker.HEADER, 99, *SIZE, len(second)) + second
    decoder._idle[0].process.stdin.write(request)  # whose answer nobody has taken
    again = decoder.decode(first, SIZE)
    assert wanted is not None
    assert again is not None
    assert np.array_equal(again, wanted)


HARMS = {
    "breaks": "os.kill(os.getpid(), signal.SIGSEGV)",
    "spins": "all(True for _ in iter(int, 1))",
    "waits": "time.sleep(600)",
    "fills the memory": "hoard = [bytearray(2**26) for _ in range(100)]",
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_stream_that_harms_the_decoder_gives_none(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "harmed.py"
    script.write_text(
        "import importlib.util, os, signal, sys, time\n"
        f"spec = importlib.util.spec_from_file_location('worker', {worker.__file__!r})\n"
        "worker = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(worker)\n"
        "decode, worker._CPU_SECONDS = worker.decode, 0.3\n"
        "def harmed(stream, *rest):\n"
        f"    if stream == b'harm': {HARMS[harm]}\n"
        "    return decode(stream, *rest)\n"
        "worker.decode = harmed\n"
        "worker.main(sys.argv[1])\n"
    )
    monkeypatch.setattr(guarded, "_WORKER", script)
    decoder = GuardedDecoder("PNG")
    assert decoder.decode(STREAMS["PNG"][0], SIZE) is not None
    monkeypatch.setattr(guarded, "_SECONDS", 1.0 if harm == "waits" else 60.0)
    assert decoder.decode(b"harm", SIZE) is None
    monkeypatch.setattr(guarded, "_SECONDS", 60.0)
    assert decoder.decode(STREAMS["PNG"][0], SIZE) is not None


def test_where_no_process_starts_the_picture_is_not_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "_WORKER", tmp_path / "absent.py")
    with pytest.raises(OSError, match="does not start"):
        GuardedDecoder("PNG").decode(STREAMS["PNG"][0], SIZE)
