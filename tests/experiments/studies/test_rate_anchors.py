"""Other people's points beside ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from linksim.experiments.faults import Fault
from linksim.experiments.studies.rate_anchors import curves_of, read_rate_anchors, saved_against

HEAD = "name,bpp,metric,value,source\n"


def written(folder: Path, *rows: str) -> Path:
    file = folder / "anchors.csv"
    file.write_text(HEAD + "\n".join(rows))
    return file


def test_half_the_rate_at_equal_scores_is_half(tmp_path: Path) -> None:
    points = [(0.1, 0.3), (0.2, 0.4), (0.4, 0.5)]
    rows = [f"VTM,{bpp},AP,{value},a paper" for bpp, value in points]
    lower = [f"VTM,{bpp},lpips,{1 - value},a paper" for bpp, value in points]
    anchors = read_rate_anchors(written(tmp_path, *reversed(rows), *lower))
    assert curves_of(anchors, "ap") == {"VTM": points}
    rates, values = [bpp / 2 for bpp, _ in points], [value for _, value in points]
    assert saved_against(anchors, "ap", rates, values) == {"VTM": "-50.0"}
    worse = [1 - value for value in values]
    assert saved_against(anchors, "lpips", rates, worse) == {"VTM": "-50.0"}
    assert saved_against(anchors, "psnr", rates, values) == {}
    assert saved_against(anchors, "ap", [1, 2], [0.9, 0.95])["VTM"].startswith("none: ")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("VTM,much,ap,0.3,x", "line 2: bpp and value are numbers"),
        ("VTM,0,ap,0.3,x", "line 2: bpp lies above 0"),
        ("VTM,nan,ap,0.3,x", "line 2: bpp lies above 0"),
        ("VTM,0.1,beauty,0.3,x", "metric 'beauty' is none of ap, accuracy"),
        ("", "holds 0 points"),
    ],
)
def test_a_row_that_is_none_is_one_line(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(Fault, match=said):
        read_rate_anchors(written(tmp_path, row))
