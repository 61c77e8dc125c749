"""The study from the command line, on small pictures."""

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.studies.separation.anchors import PUBLISHED, read_anchors
from linksim.experiments.studies.separation.results import Separation
from linksim.experiments.studies.separation.schemes import JSCC, schemes_of

from ...machine_tasks.perceptual_weights import write_perceptual_weights

TABLE = "code,modulation\nldpc:rate=1/2,qpsk\nldpc:rate=3/4,qpsk\nldpc:rate=1/2,16qam\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("photographs")
    y, x = np.mgrid[:64, :96]
    rng = np.random.default_rng(0)
    for number in range(2):
        waves = [np.sin(x / a + y / b + number) for a, b in ((5, 9), (7, 4), (11, 6))]
        pixels = np.stack(waves, axis=2) * 90 + 128 + rng.normal(0, 8, (64, 96, 3))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(made / f"{number}.png")
    (made / "table.csv").write_text(TABLE)
    return made


def study(folder: Path, out: Path, *more: str) -> list[str]:
    words = ["study", "separation", "--data", str(folder), "--codec", "jpeg", "--cbr", "1/4"]
    words += ["--snr=-4,2,5,12", "--table", str(folder / "table.csv"), "--device", "cpu"]
    return [*words, "--out", str(out), *more]


@pytest.fixture(scope="module")
def found(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "study"
    assert run(study(folder, out)) == 0
    return out


def test_the_envelope_takes_what_works_and_beats_every_scheme(found: Path) -> None:
    with h5py.File(found / "separation.h5") as file:
        methods = list(file["methods"].values())
        kinds = [method.attrs["kind"] for method in methods]
        means: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}
        for method, kind in zip(methods, kinds, strict=True):
            means[kind].append(method["psnr"][:].mean(axis=1))
        chosen = methods[kinds.index("envelope")]["chosen"].asstr()[:]
    (envelope,), schemes = means["envelope"], np.array(means["scheme"])
    assert list(chosen[1:]) == ["QPSK 1/2", "QPSK 3/4", "16QAM 1/2"]
    assert (envelope[1:] >= schemes.max(axis=0)[1:] - 1e-9).all()
    assert (np.diff(envelope) > 0).all()
    assert envelope[0] < envelope[1] - 8  # below all thresholds
    for better, worse in (("capacity", "constellation"), ("constellation", "threshold")):
        assert (means[better][0] >= means[worse][0] - 0.15).all()
    assert (means["threshold"][0][1:] >= envelope[1:] - 0.15).all()


def test_all_methods_have_the_same_symbols(found: Path) -> None:
    with h5py.File(found / "separation.h5") as file:
        symbols = file["symbols"][:]
        assert (symbols == 64 * 96 * 3 // 4).all()
        for method in file["methods"].values():
            carried = method["efficiency"][:][:, None] * symbols
            assert (method["bits"][:] <= np.maximum(carried, 8)).all()


def test_one_figure_and_a_table_are_written(found: Path) -> None:
    assert "16QAM 1/2" in (found / "separation.txt").read_text()
    assert (found / "separation.png").stat().st_size > 10_000
    assert (found / "separation.pdf").read_bytes().startswith(b"%PDF")
    assert not (found / "parts").exists()


def test_the_page_shows_each_method_as_it_was_measured(found: Path) -> None:
    page = (found / "separation.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert data
    content = json.loads(data[1])
    with h5py.File(found / "separation.h5") as file:
        psnr = {m.attrs["label"]: m["psnr"][:] for m in file["methods"].values()}
    assert [card["question"] for card in content["cards"]] == ["0.png", "1.png"]
    for place, card in enumerate(content["cards"]):
        shown = {content["sweeps"][seen["sweep"]]["label"]: seen for seen in card["seen"]}
        assert set(shown) == {"jpeg, envelope", "jpeg, capacity of the channel", "jpeg, QPSK 3/4"}
        for label, seen in shown.items():
            assert len(seen["received"]) == 4
            told = [float(note.split(" dB")[0]) for note in seen["notes"]]
            assert told == pytest.approx(psnr[label][:, place], abs=0.051)
        assert "bytes, QPSK 1/2" in shown["jpeg, envelope"]["notes"][1]


def test_several_ratios_are_studies_of_their_own_and_one_figure(
    folder: Path, found: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(study(folder, out, "--cbr", "1/8,1/4", "--snr", "5,12")) == 0
    assert (out / "over-cbr.png").stat().st_size > 10_000
    few, many = (Separation.load(out / f"cbr-1-{n}" / "separation.h5") for n in (8, 4))
    alone = Separation.load(found / "separation.h5")
    for one, other in zip(many.methods, alone.methods, strict=True):
        assert one.label == other.label
        assert np.array_equal(one.quality["psnr"], other.quality["psnr"][2:])
    (poor,), (rich,) = few.of_kind("envelope"), many.of_kind("envelope")
    assert (rich.means("psnr") > poor.means("psnr") + 1).all()
    table = (out / "over-cbr.txt").read_text()
    assert f"{rich.means('psnr')[1]:.2f}" in table.split("12 dB")[1]


def test_what_is_stored_is_read_as_it_was(found: Path, tmp_path: Path) -> None:
    stored = Separation.load(found / "separation.h5")
    stored.save(tmp_path / "again.h5")
    again = Separation.load(tmp_path / "again.h5")
    assert again.names == ["0.png", "1.png"]
    assert [m.chosen for m in again.methods] == [m.chosen for m in stored.methods]
    assert again.attributes == stored.attributes
    (tmp_path / "other.h5").write_bytes(b"nothing")
    with pytest.raises(Fault, match="can't be read"):
        Separation.load(tmp_path / "other.h5")


def test_who_knows_the_gain_hardly_fails_and_is_better(folder: Path, tmp_path: Path) -> None:
    faded = ["--channel", "rayleigh", "--coherence", "image", "--snr", "8,14,20"]
    assert run(study(folder, tmp_path / "out", *faded)) == 0
    found = Separation.load(tmp_path / "out" / "separation.h5")
    schemes = {method.label: method for method in found.of_kind("scheme")}
    (envelope,), (informed,) = found.of_kind("envelope"), found.of_kind("informed")
    best = np.max([method.quality["psnr"] for method in schemes.values()], axis=0)
    assert (informed.quality["psnr"] >= best - 1e-9).all()
    assert (informed.quality["psnr"] >= envelope.quality["psnr"]).all()
    assert "informed dB" in (tmp_path / "out" / "separation.txt").read_text()


def test_the_same_command_takes_what_is_there(
    folder: Path, found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (found / "separation.h5").read_bytes()
    assert run(study(folder, found)) == 0
    assert (found / "separation.h5").read_bytes() == before
    assert "envelope" in capsys.readouterr().out


def test_a_study_of_other_options_is_not_taken_for_what_is_there(
    found: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (found / "separation.h5").read_bytes()
    assert run(study(folder, found, "--cbr", "1/8")) == 2
    assert "a study of other options: --cbr 1/4 (now 1/8)" in capsys.readouterr().err
    assert (found / "separation.h5").read_bytes() == before


def test_metrics_that_are_asked_for_are_in_file_table_and_page(
    folder: Path, tmp_path: Path
) -> None:
    weights, out = write_perceptual_weights(tmp_path), tmp_path / "out"
    more = ["--snr", "12", "--metrics", "psnr_y,dists", "--models", str(weights)]
    assert run(study(folder, out, *more)) == 0
    (envelope,) = Separation.load(out / "separation.h5").of_kind("envelope")
    assert envelope.means("psnr_y")[0] == pytest.approx(envelope.means("psnr")[0], abs=12)
    assert 0 < envelope.means("dists")[0] < 1
    table = (out / "separation.txt").read_text()
    assert f"{envelope.means('psnr_y')[0]:.2f}" in table.split("DISTS")[1]
    assert "Distance in structure and texture" in (out / "separation.html").read_text()


def test_an_interrupted_study_goes_on_and_finds_the_same(
    folder: Path, found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from linksim.experiments.studies.separation import files as module

    sent, left = module.FileStudy._sent, [5]

    def interrupted(self: module.FileStudy, *given: object) -> dict[str, np.ndarray]:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return sent(self, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(module.FileStudy, "_sent", interrupted)
        assert run(study(folder, tmp_path / "out")) == 130
    assert list((tmp_path / "out" / "parts").glob("se000-*"))
    assert run(study(folder, tmp_path / "out")) == 0
    files = [h5py.File(out / "separation.h5") for out in (found, tmp_path / "out")]
    for name in ("psnr", "bits"):
        one, other = ([m[name][:] for m in file["methods"].values()] for file in files)
        assert all(map(np.array_equal, one, other))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--data", "/no/such"], "--data /no/such: no such folder"),
        (["--table", "5g"], "--table 5g: give jscc"),
        (["--codec", "uo_isc"], "--codec uo_isc: takes pictures of one size"),
        (["--codec", "deepjscc"], "--cbr 1/4: deepjscc sends 1/3 symbols per number"),
        (["--coherence", "image"], "--coherence: of --channel rayleigh"),
        (["--anchors", "/no/such.csv"], "--anchors /no/such.csv"),
        (["--cbr", "1/4,,1/8"], "--cbr 0: give channel symbols"),
        (["--size", "3x"], "--size 3x: give original"),
    ],
)
def test_what_can_not_be_is_one_line(
    more: list[str], says: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study(folder, tmp_path / "out", *more)) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


def test_a_folder_without_pictures_and_a_broken_one_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "table.csv").write_text(TABLE)
    assert run(study(empty, tmp_path / "out")) == 2
    assert "no pictures in it" in capsys.readouterr().err
    (empty / "a.png").write_bytes(b"no picture")
    assert run(study(empty, tmp_path / "out")) == 2
    assert "a.png: not a picture" in capsys.readouterr().err


def test_the_table_of_the_field_has_twelve_schemes() -> None:
    assert len(schemes_of("jscc")) == len(JSCC) == 12
    assert str(JSCC[-1]) == "64QAM 3/4"
    assert JSCC[-1].efficiency == 4.5


def test_published_points_have_sources() -> None:
    points = read_anchors(PUBLISHED)
    assert all(point.source for point in points)
    assert any(point.name == "SwinJSCC" and point.value == 33.17 for point in points)


def test_the_tables_of_5g_are_those_that_its_code_has_rates_for() -> None:
    schemes = schemes_of("5g-64qam")
    assert str(schemes[0]) == "QPSK 0.117"  # MCS 0: 120 of 1024
    assert len(schemes) == len(schemes_of("5g-64qam-lowse")) == 29  # its lowest: 30 of 1024
    assert schemes[-1].efficiency == pytest.approx(5.5547, abs=1e-4)
    assert max(scheme.efficiency for scheme in schemes_of("5g-256qam")) == pytest.approx(
        7.4063, abs=1e-4
    )


@pytest.mark.parametrize("row", ["a,x,1/16,psnr,3,s", "a,1,0,psnr,3,s", "a,1,1/6,ber,3,s"])
def test_a_point_that_is_none_is_refused_with_its_line(row: str, tmp_path: Path) -> None:
    file = tmp_path / "anchors.csv"
    file.write_text(f"name,snr,cbr,metric,value,source\n{row}\n")
    with pytest.raises(Fault, match="line 2"):
        read_anchors(file)
