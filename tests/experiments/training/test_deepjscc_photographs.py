"""DeepJSCC on a folder of photographs: crops, the command, what it leaves."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats

import linksim
from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.training import deepjscc_photographs, trainer
from linksim.experiments.training.crops import Crops
from linksim.experiments.training.deepjscc_photographs import PhotographRecipe
from linksim.phy import ChannelSpec
from linksim.source.deepjscc.residual import ResidualConfig
from linksim.source.pictures import UnreadablePicture

FALSE_ALARM = 1e-5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 44 pictures whose pixels say which of them they are from, and where."""
    made: Path = tmp_path_factory.mktemp("photographs")
    (made / "more").mkdir()
    rows, columns = np.mgrid[0:48, 0:64].astype(np.uint8)
    for number in range(44):
        pixels = np.stack([np.full_like(rows, number), rows, columns], axis=2)
        Image.fromarray(pixels).save(made / ("more" if number > 30 else ".") / f"{number:03d}.png")
    return made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deepjscc_photographs, "CROP", 32)
    monkeypatch.setattr("linksim.experiments.training.deepjscc_job.CROP", 32)


def told(crops: torch.Tensor) -> list[tuple[int, int, int, bool]]:
    """Return of each crop the picture's number, row, column, and whether it is mirrored."""
    numbers = (crops * 255).round().int()
    corner = numbers[:, :, 0, [0, -1]].tolist()
    return [(n[0], r[0], min(c), c[0] > c[1]) for n, r, c in corner]


def test_each_round_goes_through_all_pictures_but_those_kept_apart(folder: Path) -> None:
    crops = Crops(folder, 1, 32)
    apart = [int(file.stem) for file in crops.judged]
    assert len(crops) == 41
    assert apart == [0, 20, 40]
    rounds = [told(crops.draw(first, 41)) for first in (0, 41)]
    for one in rounds:
        assert sorted(number for number, *_ in one) == [n for n in range(44) if n not in apart]
    assert [number for number, *_ in rounds[0]] != [number for number, *_ in rounds[1]]


def test_crops_are_drawn_from_everywhere_and_half_of_them_mirrored(folder: Path) -> None:
    drawn = told(Crops(folder, 1, 32).draw(0, 410))
    for places, largest in (([r for _, r, _, _ in drawn], 16), ([c for *_, c, _ in drawn], 32)):
        expected = np.full(largest + 1, len(drawn) / (largest + 1))
        observed = np.bincount(places, minlength=largest + 1)
        assert stats.chisquare(observed, expected).pvalue > FALSE_ALARM
    mirrored = sum(flipped for *_, flipped in drawn)
    assert stats.binomtest(mirrored, len(drawn)).pvalue > FALSE_ALARM


def test_a_crop_depends_on_its_number_alone(folder: Path) -> None:
    together = Crops(folder, 1, 32).draw(5, 6)
    assert torch.equal(together[4:], Crops(folder, 1, 32).draw(9, 2))
    assert not torch.equal(together, Crops(folder, 2, 32).draw(5, 6))


def test_pictures_smaller_than_a_crop_are_made_larger(folder: Path) -> None:
    crops = Crops(folder, 1, 128).draw(0, 3)
    assert crops.shape == (3, 3, 128, 128)
    assert ((crops >= 0) & (crops <= 1)).all()


def test_few_pictures_or_broken_ones_are_named_before_anything_is_trained(tmp_path: Path) -> None:
    for number in range(41):
        Image.new("RGB", (40, 40)).save(tmp_path / f"{number}.png")
        if number == 38:
            with pytest.raises(Fault, match=r"--data .*: 39 pictures; a training takes 40 or more"):
                Crops(tmp_path, 1, 32)
    (tmp_path / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(UnreadablePicture, match=r"7\.png"):
        Crops(tmp_path, 1, 32)


def test_networks_learn_over_the_channel_that_was_asked_for(folder: Path, small: None) -> None:
    """Fading that is another for every symbol takes more away than noise does."""
    losses = {}
    for name in ("awgn", "rayleigh"):
        config = ResidualConfig.of(Fraction(1, 16), (10.0, 10.0))
        crops = Crops(folder, 1, 32)
        recipe = PhotographRecipe(config, crops, ChannelSpec(name), 1, torch.device("cpu"))
        loss, _ = recipe.loss(recipe.draw(0), 0)
        loss.backward()
        gradient = recipe.model.analysis.weight.grad
        assert gradient is not None
        assert bool(gradient.isfinite().all() and gradient.any())
        losses[name] = loss.item()
    assert losses["rayleigh"] > losses["awgn"] + 0.3


def test_a_training_that_was_cut_goes_on_and_its_codec_says_what_it_is(
    folder: Path, small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 0.0)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    asked = ["train", "deepjscc", "--data", str(folder), "--cbr", "1/12", "--snr", "0:12"]
    asked += ["--channel", "rayleigh", "--steps", "3", "--device", "cpu"]
    assert run([*asked, "--out", str(whole)]) == 0
    plain = PhotographRecipe.loss

    def interrupted(self: PhotographRecipe, batch: object, step: int) -> object:
        if step == 2:
            raise KeyboardInterrupt
        return plain(self, batch, step)  # type: ignore[arg-type]

    monkeypatch.setattr(PhotographRecipe, "loss", interrupted)
    assert run([*asked, "--out", str(cut)]) == 130
    monkeypatch.setattr(PhotographRecipe, "loss", plain)
    other = [text.replace("1/12", "1/16") for text in asked]
    assert run([*other, "--out", str(cut), "--resume"]) == 2
    assert run([*asked, "--out", str(cut), "--resume"]) == 0
    files = ("model.safetensors", "config.json", "CARD.md")
    assert all((whole / name).read_bytes() == (cut / name).read_bytes() for name in files)
    card = (whole / "CARD.md").read_text(encoding="utf-8")
    command = f"--data {folder.name} --cbr 1/12 --snr 0:12 --channel rayleigh --steps 3 --seed 0`"
    assert command in card
    assert "both ends know the mean SNR: 1/12" in card
    assert "3 photographs of the folder that it was not trained on" in card
    found = linksim.sweep(
        f"deepjscc:weights={whole}", 9, data=folder, size="32x40", images=2, progress=False
    )
    (sweep,) = found.values()
    assert sweep.attributes["sender_knows"] == "mean SNR"
    assert sweep.attributes["symbols_per_picture"] == 32 * 40 * 3 / 12
    assert "the sender knows the mean SNR" in found.table()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cbr", "1/16"], "--cbr: of photographs; give their folder with --data"),
        (["--data", "nowhere"], "--data nowhere: no such folder"),
        (["--data", ".", "--cbr", "1/7"], "--cbr 1/7: 192 numbers share 192/7 symbols; give 9/64"),
        (["--data", ".", "--cbr", "much"], "--cbr much: give channel symbols per number"),
        (["--data", ".", "--snr", "0,5"], "--snr 0,5: give a range A:B"),
        (["--data", ".", "--snr", "9:3"], "--snr 9:3: give a range A:B"),
        (["--data", ".", "--snr", "0:9:3"], "--snr 0:9:3: give a range A:B"),
        (["--data", ".", "--snr", "ten"], "--snr ten: no range of numbers"),
    ],
)
def test_options_that_are_none_are_one_line(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "deepjscc", *options]) == 2
    assert says in capsys.readouterr().err
