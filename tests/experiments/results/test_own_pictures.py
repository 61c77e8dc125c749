"""Pictures are written over linksim's own alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.results.own_pictures import check_replaceable, save_picture

PIXELS = np.zeros((4, 6, 3), np.uint8)


def test_a_picture_comes_back_and_says_who_made_it(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    save_picture(pixels, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened:
        assert np.array_equal(np.asarray(opened), pixels)
    check_replaceable([tmp_path / "a.png", tmp_path / "absent.png"], "--out")


@pytest.mark.parametrize("content", [b"", b"mine", b"\x89PNG\r\n\x1a\n", None])
def test_what_linksim_did_not_write_is_not_replaced(content: bytes | None, tmp_path: Path) -> None:
    mine = tmp_path / "a.png"
    if content is None:
        Image.fromarray(PIXELS).save(mine)
    else:
        mine.write_bytes(content)
    with pytest.raises(Fault, match=r"--out: .*a\.png is there already and not linksim's"):
        check_replaceable([mine], "--out")


def test_scenes_are_written_over_scenes_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scenes", str(tmp_path), "--count", "3"]
    assert run(arguments) == 0
    assert run(arguments) == 0
    (tmp_path / "questions.csv").write_text("picture,question\nscene-0.png,my own?\n")
    Image.fromarray(PIXELS).save(tmp_path / "scene-3.png")
    for more, says in ([], "holds another questions.csv"), (["--count", "4"], "scene-3.png is"):
        before = {file: file.read_bytes() for file in tmp_path.iterdir()}
        assert run([*arguments, *more]) == 2
        assert says in capsys.readouterr().err
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
