"""Questions that are too long for a codec, which the judge reads whole."""

from pathlib import Path

import open_clip
import pytest
import torch
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import load_preset

LONG = " ".join(["what", "colour", "is", "the"] * 10) + " car?"


def test_clip_cuts_what_is_longer_than_its_context() -> None:
    clip = load_clip(load_preset("embedded"), torch.device("cpu"))
    texts = ["is " * count for count in range(61)]
    whole = clip.tokenizer([*texts, ""], context_length=99)
    lengths = (whole[:-1] != whole[-1, -1]).sum(dim=1)
    context = clip.tokenizer.context_length
    assert clip.cuts(texts) == [length > context for length in lengths.tolist()]
    assert context == 32
    assert 0 < sum(clip.cuts(texts)) < len(texts)


def test_published_tokenizers_are_known_to_cut() -> None:
    clip = Clip.__new__(Clip)
    clip.tokenizer = open_clip.SimpleTokenizer()
    texts = ["red " * count for count in range(90)]
    lengths = [len(clip.tokenizer.encode(text)) + 2 for text in texts]
    assert clip.cuts(texts) == [length > 77 for length in lengths]


@pytest.mark.parametrize("codec", ["uo_isc", "uo_isc:no-text", "jpeg2000"])
def test_a_sweep_notes_how_many_questions_are_cut_and_which_first(
    codec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (64, 64), "red").save(tmp_path / name)
    (tmp_path / "q.csv").write_text(f"picture,question\na.png,what?\nb.png,{LONG}\nc.png,{LONG}\n")
    command = ["sweep", "--snr", "20", "--codec", codec, "--data", str(tmp_path)]
    command += ["--questions", str(tmp_path / "q.csv"), "--out", str(tmp_path / "out")]
    assert run(command) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "cut" in line]
    if codec == "uo_isc":
        (line,) = notes
        assert line.startswith("note: of 3 questions 2 cut: too long for uo_isc")
        assert "number 2 first: 'what colour is" in line
    else:
        assert notes == []


def test_transmit_notes_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    assert run(["transmit", str(tmp_path / "a.png"), "--query", LONG, "--snr", "20"]) == 0
    assert "note: the question cut: too long for uo_isc" in capsys.readouterr().err
