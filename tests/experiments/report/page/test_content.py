"""What a page shows: the results' own numbers, and nothing of a damaged file."""

import base64
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.report.page.content import content
from linksim.experiments.report.page.page import render
from linksim.experiments.results.metrics import MACHINES, METRICS
from linksim.experiments.results.sweeps import save_results

from ...made_results import SNR, made_up

HOSTILE = "</script><img src=x onerror=document.title='owned'>\u2028${data}"


class Scripts(HTMLParser):
    """Collects a page's scripts, policy, and every address in its markup."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.policy = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [v or "" for k, v in given.items() if k in ("src", "href")]
        if given.get("http-equiv"):
            self.policy = given["content"] or ""
        if tag == "script":
            self.scripts.append("")
        self._inside = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


def read(page: str) -> tuple[Scripts, dict[str, Any]]:
    parser = Scripts()
    parser.feed(page)
    return parser, json.loads(parser.scripts[0])


def test_curves_are_those_of_the_results() -> None:
    results = made_up()
    shown = content({"a": results})["sweeps"][0]
    assert shown["snr"] == list(SNR)
    known = set(METRICS) - {"packet_loss", "units_lost", "bpp", "symbols", "lossless"}
    known -= {name for name, one in METRICS.items() if one.optional or one.group == MACHINES}
    assert set(shown["curves"]) == known
    for name in known:
        for part in ("value", "low", "high"):
            wanted = [getattr(estimate, part) for estimate in results.curve(name)]
            assert shown["curves"][name][part] == pytest.approx(wanted, rel=1e-5), name


def test_pictures_are_those_of_the_results_and_equal_ones_are_there_once() -> None:
    results = made_up()
    found = content({"a": results})
    card = found["cards"][0]
    seen = card["seen"][0]
    assert seen["received"][2] == card["original"]
    assert len(found["pictures"]) == 2 + 2 * 2
    decoded = base64.b64decode(found["pictures"][seen["received"][1]].split(",")[1])
    picture = np.asarray(Image.open(io.BytesIO(decoded)))
    assert np.array_equal(picture, results.shown["received"][1][0])
    assert seen["answers"] == ["blue", "blue", "red"]


def test_sweeps_of_the_same_pictures_share_cards() -> None:
    found = content({"a": made_up(0), "b": made_up(1), "c": made_up(2, text="another?")})
    assert [[s["sweep"] for s in card["seen"]] for card in found["cards"]] == [
        [0, 1],
        [0, 1, 2],
        [2],
    ]


def test_points_are_shown_in_ascending_order_whatever_the_file_has() -> None:
    results = made_up()
    turned = replace(
        results,
        snr_db=results.snr_db[::-1],
        pictures={name: values[::-1] for name, values in results.pictures.items()},
        shown=results.shown | {"received": results.shown["received"][::-1]},
    )
    assert content({"a": turned})["sweeps"] == content({"a": results})["sweeps"]
    assert content({"a": turned})["cards"][0]["seen"] == content({"a": results})["cards"][0]["seen"]


def test_hostile_text_stays_text_and_nothing_is_fetched() -> None:
    hostile = made_up(text=HOSTILE, wanted=HOSTILE, truth=HOSTILE, name=HOSTILE, answer=HOSTILE)
    attributes = hostile.attributes | {"command": HOSTILE, "ssim": HOSTILE, "engine": HOSTILE}
    attributes["versions"] = json.dumps({HOSTILE: HOSTILE})
    page = render({HOSTILE: replace(hostile, attributes=attributes)})
    parser, data = read(page)
    assert len(parser.scripts) == 2
    assert "<img" not in page
    assert parser.addresses == ["#curves"]
    assert "default-src 'none'" in parser.policy
    assert "unsafe" not in parser.policy
    assert "http" not in parser.policy
    told = HOSTILE.replace("\u2028", " ")
    assert data["cards"][0]["question"] == told
    assert data["sweeps"][0]["label"] == told


def test_the_command_writes_one_page_of_several_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_results({"uo_isc": made_up(0)}, tmp_path / "a.h5")
    save_results({"uo_isc": made_up(1)}, tmp_path / "b.h5")
    save_results({"jpeg2000": made_up(2, "jpeg2000")}, tmp_path / "c.h5")
    files = [str(tmp_path / f"{name}.h5") for name in "abca"]
    page = tmp_path / "page.html"
    assert run(["report", *files, "-o", str(page)]) == 0
    size = f"{page.stat().st_size / 1000:.0f} kB"
    assert capsys.readouterr().out == f"wrote {page}: 3 sweeps, {size}\n"
    labels = [sweep["label"] for sweep in read(page.read_text())[1]["sweeps"]]
    folder = tmp_path.name  # where files lie is not for those who are shown the page
    assert labels == [f"uo_isc ({folder}/a.h5)", f"uo_isc ({folder}/b.h5)", "jpeg2000"]


def test_what_is_no_result_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.h5").write_text("text")
    assert run(["report", str(tmp_path / "text.h5"), "-o", str(tmp_path / "page.html")]) == 2
    line = capsys.readouterr().err
    assert "text.h5" in line
    assert line.count("\n") == 1
    assert not (tmp_path / "page.html").exists()
