"""The gates of the wide world's models, of untrained ones in a folder."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.results import average_precision
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.training import gates, scores, wide_scores, wide_vae
from linksim.experiments.training.gates import Gate, Scenes
from linksim.source.world import FAMILIES

from .wide_models import save_untrained

FEW = Scenes(clip=64, llava=3, detector=16, vae=16, painted=4)
PRESET = """
base = "wide"
world = "wide"
[diffusion]
model = "weights:wide/diffusion"
steps = 1
guidance = 2.0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an untrained CLIP, LLaVA, detector, VAE and U-Net, and a preset."""
    folder = tmp_path_factory.mktemp("models")
    save_untrained(folder / "wide")
    (folder / "quick.toml").write_text(PRESET)
    return folder


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    many = wide_scores._many_questions
    monkeypatch.setattr(wide_scores, "_many_questions", lambda: many(20))
    monkeypatch.setattr(gates, "Scenes", lambda: FEW)
    for module in (average_precision, scores):
        monkeypatch.setattr(module, "_RESAMPLES", 2)


def test_every_gate_is_printed_with_its_aim_and_its_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = ["--preset", str(folder / "quick.toml"), "--device", "cpu"]
    assert run(["evaluate", "gates", *preset]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["gate", "aim", "found"]
    assert all(name in header for name in ("floor: grey", "floor: another", "blind guess"))
    names = [
        *("CLIP, presence AUC", "CLIP, retrieval among 64", "LLaVA, all"),
        *(f"LLaVA, {family}" for family in FAMILIES),
        *("detector, AP", "detector, AP50", "VAE, PSNR dB", "U-Net, AP of things named"),
    ]
    (size,) = (line for line in lines if line.startswith("weights that are there: "))
    assert size.endswith(" MB, at most 45: reached")
    assert 38 < float(size.split()[4]) < 45
    for name in names:
        (line,) = [line for line in lines if line.strip().startswith(f"{name}  ")]
        assert line.endswith("missed"), line
    asked = next(line for line in lines if "LLaVA, colour" in line)
    assert "0.9 " in asked
    assert asked.count("[") == 3  # own picture, grey, another
    assert next(line for line in lines if "AP of things named" in line).count("[") == 2


def test_models_that_are_not_there_are_left_out_with_a_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "diffusion").mkdir()
    (tmp_path / "wide" / "diffusion" / "vae").symlink_to(folder / "wide" / "diffusion" / "vae")
    arguments = ["--preset", "wide", "--models", str(tmp_path), "--device", "cpu"]
    assert run(["evaluate", "gates", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "VAE, PSNR dB" in printed
    for name in ("detector", "U-Net"):  # CLIP and LLaVA ship
        assert f"{name} is left out: wide: " in printed


def test_one_model_is_scored_on_the_world_of_its_preset(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = wide_vae.score_wide_vae
    monkeypatch.setattr(wide_vae, "score_wide_vae", lambda vae: whole(vae, 16))
    preset = ["--preset", str(folder / "quick.toml"), "--device", "cpu"]
    assert run(["evaluate", "vae", *preset]) == 0
    assert "PSNR dB" in capsys.readouterr().out
    assert run(["evaluate", "discover", *preset]) == 2
    assert "nothing scores discover on the wide world" in capsys.readouterr().err
    assert run(["evaluate", "llava", *preset, "--scenes", "animals"]) == 2
    assert "--scenes animals: of the small world" in capsys.readouterr().err


def test_gates_are_of_the_wide_world(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "gates", "--device", "cpu"]) == 2
    assert "give --preset wide" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("found", "aim", "verdict"),
    [(0.95, 0.95, "reached"), (0.9499, 0.95, "missed"), (np.nan, 0.95, "missed"), (1, None, "")],
)
def test_a_gate_is_reached_from_its_aim_on(found: float, aim: float | None, verdict: str) -> None:
    assert Gate("a", aim, Estimate(found, found, found)).verdict == verdict
