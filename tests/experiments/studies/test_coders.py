"""What receivers know of files anyway."""

import io

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.studies.coders import STILLS, discover
from linksim.source.discover.bitstream import Header
from linksim.source.scenes import draw_scene
from linksim.source.stills.containers import avif_payload, webp_payload
from linksim.source.stills.jpeg2000 import compress

KNOWN = {method.label: method.known for method in STILLS}
SCENES = [draw_scene(7, number).image for number in range(12)]


def test_a_jpeg2000_stream_has_a_main_header_that_only_its_levels_change() -> None:
    streams = [compress(scene, size) for scene in SCENES for size in (256, 558)]
    headers = {stream[: stream.index(b"\xff\x93") + 2] for stream in streams}
    lengths = [stream.index(b"\xff\x93") + 2 for stream in streams]
    assert np.mean(lengths) - 1 == pytest.approx(KNOWN["JPEG2000"], abs=2)
    alike = {header[:52] for header in headers}  # SOC and SIZ
    assert len(alike) == 1


@pytest.mark.parametrize(("label", "form"), [("WebP", "WEBP"), ("AVIF", "AVIF")])
def test_a_container_is_as_long_as_is_taken_off(label: str, form: str) -> None:
    payload = {"WEBP": webp_payload, "AVIF": avif_payload}[form]
    for scene in SCENES[:3]:
        for quality in (5, 50):
            file = io.BytesIO()
            Image.fromarray(scene).save(file, form, quality=quality)
            assert len(file.getvalue()) - len(payload(file.getvalue())) == KNOWN[label]


def test_a_stream_of_discovers_begins_with_what_its_receiver_knows() -> None:
    packed = Header(1, "detection", 64, 64, b"side").pack()
    assert discover("", "").known == packed.index(b"side")
