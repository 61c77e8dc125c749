"""docs/python.md: its scripts are as short as it says, and run as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest

import linksim
from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import save_results

from .experiments.made_results import made_results

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "python.md"
SCRIPT = re.compile(r"<!-- script: (\d), at most (\d+) lines -->\n```python\n(.*?)```", re.DOTALL)


def scripts() -> dict[int, tuple[int, str]]:
    """Return the most lines and the text of each script, by its number."""
    found = SCRIPT.findall(PAGE.read_text(encoding="utf-8"))
    return {int(number): (int(most), text) for number, most, text in found}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_script_is_as_short_as_the_page_says(number: int) -> None:
    most, text = scripts()[number]
    assert most == {1: 6, 2: 6, 3: 25, 4: 4}[number]
    assert len([line for line in text.splitlines() if line.strip()]) <= most


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


def run_script(number: int) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(scripts()[number][1], f"script {number}", "exec"), names)
    return names


def test_curves_of_a_link(there: Path) -> None:
    link = run_script(1)["link"]
    assert isinstance(link, linksim.LinkCurves)
    bler = link["ldpc:rate=1/2"].curve("bler")
    assert bler[0].value == 1
    assert bler[-1].high < 1e-2
    assert (there / "rayleigh.png").stat().st_size > 10_000


def test_a_picture_and_a_question(there: Path) -> None:
    assert run(["scenes", ".", "--count", "1", "--seed", "4"]) == 0
    Path("scene-0.png").rename("boat.png")
    sent = run_script(2)["sent"]
    assert isinstance(sent, linksim.Transmission)
    assert sent.picture.shape == sent.original.shape == (64, 64, 3)
    assert sent.wanted == "purple"
    assert 0 < (sent.relevance or 0) < 1
    (again,) = linksim.transmit(
        np.asarray(sent.original), sent.question, snr=[3], codec="uo_isc", device="cpu"
    )
    assert again.psnr_db == sent.psnr_db


def test_a_codec_of_ones_own_beside_others(there: Path) -> None:
    sweeps = run_script(3)["sweeps"]
    assert isinstance(sweeps, linksim.Sweeps)
    assert list(sweeps) == ["thumbnail", "uo_isc", "jpeg2000"]
    low, high = (e.value for e in sweeps["thumbnail"].curve("psnr_of_mse"))
    assert low < high
    assert (there / "codecs.png").stat().st_size > 10_000


def test_a_results_file_as_a_dataset(there: Path) -> None:
    xarray = pytest.importorskip("xarray")
    Path("runs/grid").mkdir(parents=True)
    save_results({"uo_isc": made_results()}, Path("runs/grid/results.h5"))
    run_script(4)
    with xarray.open_dataset("grid.nc") as data:
        assert dict(data.sizes) == {"sweep": 1, "snr": 2, "picture": 5}
        assert (data.answer_match_low <= data.answer_match).all()
        assert (data.answer_match <= data.answer_match_high).all()
