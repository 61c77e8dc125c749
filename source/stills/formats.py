"""The still picture formats that users compare with, a line each.

=========  ==============================================  =====================================
codec      encoder                                         ladder of qualities, finest first
=========  ==============================================  =====================================
jpeg       libjpeg-turbo by Pillow, 4:2:0, progressive     quality 95 … 1
           where that is shorter, optimised tables
jpeg2000   OpenJPEG by Pillow; see `jpeg2000`              rates, 1.02 from one to the next
webp       libwebp by Pillow, method 6                     quality 100 … 0
avif       libaom by Pillow, 4:4:4, for PSNR, speed 4,     quality 100 … 0
           6 above half a megapixel, 8 above two
hevc       x265 by pillow-heif: intra, 4:4:4, preset       CRF 0 … 50 in halves
           slow, for PSNR; what BPG is
jpegxl     libjxl by imagecodecs, effort 7                 distance 0.05 … 25, 1.05 apart
vvc        VVenC by imageio-ffmpeg: intra, 4:2:0, 10 bit,  quantiser 0 … 63
           preset fast, faster above half a megapixel
png        libpng by Pillow; see `png`                     bits of a colour
=========  ==============================================  =====================================

Each sends the stream of the finest rung that fits into its budget; AVIF looks for it by speed 9
first, VVC by preset faster. What of a file is not sent, `linksim.source.stills.containers` says.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

import numpy as np
import torch
from PIL import Image

from linksim.source.sizes import Size, Sizes
from linksim.source.stills import containers, jpeg2000, png, vvc, worker
from linksim.source.stills.codec import Budget, Compress, StillCodec, budget_of
from linksim.source.stills.guarded import GuardedDecoder
from linksim.source.stills.ladder import Encode, Ladder
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset

_PER_PIXEL = 1.5  # bits, where nobody says: 6144 for 64×64, as much as UO-ISC sends
_ANY = Sizes()
_HALF_A_MEGAPIXEL = 2**19
_LEAST = 1024  # of them: headers alone take as much of a small picture


@dataclass(frozen=True)
class Still:
    """A still picture format as a codec's entry point: called, it loads the codec.

    Attributes:
        name: of the codec.
        decoder: the format, as `linksim.source.stills.worker` knows it.
        encode: makes a stream of a picture at a rung of quality; None where ``compress`` does all.
        rungs: of quality, 0 the finest.
        draft: makes streams of about the same sizes at the same rungs, much sooner.
        compress: makes the best stream of at most so many bytes, in place of a ladder.
        restore: makes a file of a stream and the picture's size.
        sizes: of pictures that it takes.
        per_pixel, least: bits of a message for each pixel and altogether, unless asked otherwise.
        needs: a module that an extra brings.
    """

    name: str
    decoder: str
    encode: Encode | None = None
    rungs: int = 0
    draft: Encode | None = None
    compress: Compress | None = None
    restore: Callable[[bytes, Size], bytes] | None = None
    sizes: Sizes = _ANY
    per_pixel: float = _PER_PIXEL
    least: int = _LEAST
    needs: str = ""

    def __call__(self, preset: Preset, device: torch.device, options: str = "") -> StillCodec:
        """Load the codec.

        Unless ``bits=N`` or ``bpp=X`` says otherwise a message has `per_pixel` bits for each pixel.
        Without a size it takes squares as large as the preset's CLIP does, which is loaded when it
        is asked for them.

        Raises:
            UnknownCodec: if the options are others.
            ModuleNotFoundError: if what encodes it is not installed.
        """
        if self.needs and find_spec(self.needs) is None:
            raise ModuleNotFoundError(f"No module named {self.needs!r}", name=self.needs)

        def size() -> Size:
            side = load_clip(preset, device).side
            return side, side

        default = Budget(per_pixel=self.per_pixel, least=self.least)
        return self.codec(size, budget_of(self.name, options, default), device)

    def codec(
        self, size: Size | Callable[[], Size], budget: Budget, device: torch.device
    ) -> StillCodec:
        """Return the codec for pictures of a size; its decoder starts when it is needed."""
        return StillCodec(
            self.name,
            size,
            budget,
            self.compress or self._best,
            GuardedDecoder(self.decoder),
            device,
            sizes=self.sizes,
            restore=self.restore,
            draft=self._drafted if self.draft else None,
        )

    @cached_property
    def ladder(self) -> Ladder:
        """Streams of pictures at all qualities."""
        assert self.encode
        return Ladder(self.encode, self.rungs)

    @cached_property
    def _drafts(self) -> Ladder | None:
        return Ladder(self.draft, self.rungs) if self.draft else None

    def _best(self, picture: np.ndarray, most: int) -> bytes:
        digest = _digest(picture)
        near = self._near(picture, digest, most) if self._drafts else None
        return self.ladder.best(picture, digest, most, near)

    def _near(self, picture: np.ndarray, digest: bytes, most: int) -> int | None:
        """Return about which rung fits: the draft's, where one stream tells how it differs."""
        assert self._drafts
        draft = self._drafts.best(picture, digest, most)
        rung = self._drafts.rung(digest, draft)
        if rung is None:
            return None
        share = len(draft) / max(len(self.ladder.stream(picture, digest, rung)), 1)
        alike = self._drafts.best(picture, digest, round(share * most))
        return self._drafts.rung(digest, alike)

    def _drafted(self, picture: np.ndarray, most: int) -> bytes:
        assert self._drafts
        return self._drafts.best(picture, _digest(picture), most)


def _digest(picture: np.ndarray) -> bytes:
    return hashlib.sha256(str(picture.shape).encode() + picture.tobytes()).digest()


def _saved(picture: np.ndarray, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, form, **options)
    return buffer.getvalue()


def _jpeg(picture: np.ndarray, rung: int) -> bytes:
    files = [
        _saved(picture, "JPEG", quality=95 - rung, optimize=True, progressive=progressive)
        for progressive in (False, True)
    ]
    return containers.jpeg_payload(min(files, key=len))


def _webp(picture: np.ndarray, rung: int) -> bytes:
    return containers.webp_payload(_saved(picture, "WEBP", quality=100 - rung, method=6))


def _avif(picture: np.ndarray, rung: int) -> bytes:
    return _avif_at(_avif_speed(picture), picture, rung)


def _avif_draft(picture: np.ndarray, rung: int) -> bytes:
    return _avif_at(9, picture, rung)


def _avif_speed(picture: np.ndarray) -> int:
    """Return libaom's speed: a megapixel takes 6 s of CPU time by speed 4, 1 by 6, 0.2 by 8."""
    pixels = picture.shape[0] * picture.shape[1]
    return 4 if pixels <= _HALF_A_MEGAPIXEL else 6 if pixels <= 2**21 else 8


def _avif_at(speed: int, picture: np.ndarray, rung: int) -> bytes:
    how = {"speed": speed, "subsampling": "4:4:4", "max_threads": 1, "advanced": {"tune": "psnr"}}
    return containers.avif_payload(_saved(picture, "AVIF", quality=100 - rung, **how))


def _hevc(picture: np.ndarray, rung: int) -> bytes:
    import pillow_heif

    coarser = "0.15" if rung % 2 else "0"  # about half a step of CRF, which has whole steps here
    parameters = {
        "preset": "slow",
        "tune": "psnr",
        "x265:psy-rd": "0",
        "x265:psy-rdoq": "0",
        "x265:aq-mode": "1",
        "x265:aq-strength": coarser,
        "x265:pools": "none",
        "x265:frame-threads": "1",
    }
    size = picture.shape[:2]
    more = [(0, coded - side) for side, coded in zip(size, containers.hevc_size(size), strict=True)]
    filled = np.pad(picture, (*more, (0, 0)), mode="edge")
    file = pillow_heif.from_pillow(Image.fromarray(filled))
    buffer = io.BytesIO()
    file.save(buffer, quality=100 - rung // 2 * 2, chroma=444, enc_params=parameters)
    return containers.hevc_payload(buffer.getvalue())


def _jpeg_xl(picture: np.ndarray, rung: int) -> bytes:
    import imagecodecs

    distance = 0.05 * 1.05**rung
    made = imagecodecs.jpegxl_encode(picture, distance=distance, effort=7, numthreads=1)
    return bytes(made)


def _vvc(picture: np.ndarray, rung: int) -> bytes:
    pixels = picture.shape[0] * picture.shape[1]
    return vvc.encode(picture, rung, "fast" if pixels <= _HALF_A_MEGAPIXEL else "faster")


def _vvc_draft(picture: np.ndarray, rung: int) -> bytes:
    return vvc.encode(picture, rung, "faster")


JPEG = Still("jpeg", "JPEG", _jpeg, 95)
JPEG2000 = Still("jpeg2000", "JPEG2000", compress=jpeg2000.compress)
WEBP = Still("webp", "WEBP", _webp, 101, restore=containers.webp_file, sizes=Sizes(most=16_383))
AVIF = Still("avif", "AVIF", _avif, 101, _avif_draft, restore=containers.avif_file)
HEVC = Still("hevc", worker.HEIF, _hevc, 102, restore=containers.hevc_file, needs="pillow_heif")
JPEGXL = Still("jpegxl", worker.JPEG_XL, _jpeg_xl, 128, needs="imagecodecs")
PNG = Still("png", "PNG", compress=png.compress, per_pixel=16.0)

VVC = Still("vvc", worker.VVC, _vvc, vvc.QUANTISERS, _vvc_draft, needs="imageio_ffmpeg")

STILLS = {still.name: still for still in (JPEG, JPEG2000, WEBP, AVIF, HEVC, JPEGXL, PNG, VVC)}
"""All of them, by the codec's name."""
