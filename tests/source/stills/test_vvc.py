"""VVC's streams: what of them is sent, and what becomes of those that are none."""

import numpy as np
import pytest

from linksim.source.stills import vvc, worker
from linksim.source.stills.guarded import GuardedDecoder

pytest.importorskip("imageio_ffmpeg")


def picture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width] / 40
    waves = [np.sin(x + y), np.cos(2 * x), np.sin(y - x)]
    return (np.stack(waves, axis=2) * 100 + 128).astype(np.uint8)


def kinds(stream: bytes) -> list[int]:
    """Return the types of the NAL units behind start codes (ITU-T H.266, 7.3.1.2)."""
    return [nal[1] >> 3 for nal in stream.split(b"\0\0\1")[1:]]


def test_parameter_sets_and_slices_are_sent_and_nothing_else() -> None:
    stream = vvc.encode(picture(40, 56), 30, "faster")
    assert stream.startswith(b"\0\0\1")
    assert set(kinds(stream)) <= {7, 8, 15, 16, 17, 18}
    assert {15, 16} < set(kinds(stream))
    assert vvc.payload(b"\0\0\0\1\0\xa1\x38" + b"\0" + stream) == stream  # what delimits goes


def test_a_finer_quantiser_is_a_longer_stream_and_nearer() -> None:
    image, decoder, last = picture(72, 80), GuardedDecoder(worker.VVC), np.inf
    sizes = []
    for quantiser in (40, 25, 10):
        stream = vvc.encode(image, quantiser, "faster")
        shown = decoder.decode(stream + bytes(50), (72, 80))  # filled up, as messages are
        assert shown is not None
        error = float(np.square(shown.astype(float) - image).mean())
        assert error < last
        last = error
        sizes.append(len(stream))
    assert sizes == sorted(sizes)


def test_noise_has_a_stream_as_fine_as_there_is_room_for() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    stream = vvc.encode(noise, 18, "faster")
    assert 2000 < len(stream) <= 64 * 64
    assert GuardedDecoder(worker.VVC).decode(stream, (64, 64)) is not None


def test_a_stream_of_another_size_or_of_none_is_no_picture() -> None:
    decoder = GuardedDecoder(worker.VVC)
    stream = vvc.encode(picture(40, 40), 30, "faster")
    assert decoder.decode(stream, (40, 39)) is not None  # coded at the same size
    for size in ((72, 40), (40, 104)):
        assert decoder.decode(stream, size) is None
    assert decoder.decode(b"no stream", (40, 40)) is None
    assert decoder.decode(b"", (40, 40)) is None


def test_what_can_not_encode_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match=r"FFmpeg with VVenC made no stream: .*preset"):
        vvc.encode(picture(16, 16), 30, "no such preset")
