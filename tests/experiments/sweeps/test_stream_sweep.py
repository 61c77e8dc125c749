"""Sweeps of streams, over a codec so plain that its figures can be counted by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.faults import Fault
from linksim.experiments.report.plots import plot_curves
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.estimates import rate
from linksim.experiments.results.sweeps import COSTS, SweepResults, load_results
from linksim.experiments.sweeps import transmission, work
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, Piece, run_sweep
from linksim.phy import PhySetup, Refused
from linksim.source.zoo.preset import load_preset

from ...link.streams import ByteStreamCodec
from ..configurations import sweep_configuration

CONFIGURATION = sweep_configuration(snr="1,3.2,20", codec="byte-streams", images=20)


class SceneStreamCodec(ByteStreamCodec):
    side = 64


def fake(*_: object) -> SceneStreamCodec:
    return SceneStreamCodec()


def run(out: Path, batch_size: int = 32, **changes: object) -> SweepResults:
    def ignore(piece: Piece) -> None:
        pass

    configuration = replace(CONFIGURATION, **changes)  # type: ignore[arg-type]
    execution = Execution(out, batch_size, torch.device("cpu"), 1, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "load_codec", fake)
        return run_sweep(configuration, execution, ignore)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResults, Path]:
    out = tmp_path_factory.mktemp("streams")
    return run(out), out / RESULTS_FILE


def test_lost_packets_and_units_are_rates_over_all_that_was_sent(
    finished: tuple[SweepResults, Path],
) -> None:
    results, costs = finished[0], finished[0].costs
    assert results.of_streams
    assert len(set(costs["blocks"].tolist())) > 3
    for name, errors, trials in (
        ("packet_loss", "packets_lost", "blocks"),
        ("units_lost", "units_lost", "units"),
        ("index_error_rate", "index_errors", "indices"),
        ("ber", "bit_errors", "bits"),
    ):
        curve = results.curve(name)
        lost = results.pictures[errors].sum(axis=1) / costs[trials].sum()
        assert [e.value for e in curve] == pytest.approx(lost.tolist())
        assert curve[1] == rate(results.pictures[errors][1], costs[trials])
        assert curve[0].value > 0.3 if name != "ber" else curve[0].value > 0.01
        assert 0 < curve[1].value < curve[0].value
        assert curve[2].value == 0


def test_costs_are_of_each_picture_and_their_means_of_all(
    finished: tuple[SweepResults, Path],
) -> None:
    results = finished[0]
    bits, symbols = results.costs["bits"], results.costs["symbols"]
    assert [e.value for e in results.curve("bpp")] == pytest.approx([bits.mean() / 64**2] * 3)
    assert results.curve("symbols")[0].value == pytest.approx(symbols.mean())
    about = results.attributes
    assert {f"{name}_per_picture" for name in COSTS} <= set(about)
    assert about["symbols_per_picture"] == symbols.mean()
    assert about["information_bits_per_symbol"] == bits.sum() / symbols.sum()
    lost = results.snr_db - 10 * np.log10(bits.sum() / symbols.sum())
    assert results.ebno_db == pytest.approx(lost)


def test_the_file_holds_streams(finished: tuple[SweepResults, Path]) -> None:
    (loaded,) = load_results(finished[1]).values()
    for group in ("pictures", "costs"):
        for name, values in getattr(finished[0], group).items():
            assert np.array_equal(getattr(loaded, group)[name], values), name
    assert loaded.curve("units_lost") == finished[0].curve("units_lost")


def test_any_batch_size_gives_the_same_bytes(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    run(tmp_path, batch_size=1)
    assert (tmp_path / RESULTS_FILE).read_bytes() == finished[1].read_bytes()


def test_table_and_plot_show_them(finished: tuple[SweepResults, Path], tmp_path: Path) -> None:
    table = sweep_table(finished[0])
    for title in ("Streams", "packets lost", "units lost", "bits per pixel", "channel symbols"):
        assert title in table
    plot_curves(finished[0], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()


def test_ebno_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="--ebno: byte-streams sends other bits per symbol for every"):
        run(tmp_path / "out", ebno=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"protect": "body=1/3"}, "rates body: no part of the message"),
        ({"code": "none"}, "code none: packets need a CRC"),
        ({"receiver": "soft"}, "soft: byte-streams knows decided bits only"),
        ({"channel": "rayleigh", "coherence": "image"}, "coherence image: packets would fade"),
    ],
)
def test_what_streams_cannot_do_is_one_line(
    changes: dict[str, str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=says):
        run(tmp_path / "out", **changes)


def test_a_picture_is_transmitted_with_its_own_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transmission, "load_codec", fake)
    picture = tmp_path / "grey.png"
    Image.new("RGB", (80, 64), (120, 120, 120)).save(picture)
    report = transmission.transmit(
        picture,
        "what is the background?",
        [-5.0, 20.0],
        tmp_path,
        load_preset("embedded"),
        codec="byte-streams",
        device=torch.device("cpu"),
        setup=PhySetup(engine="native", threads=1),
        receiver="hard",
    )
    lines = [line.split() for line in report.splitlines() if line.strip().startswith(("-5", "20"))]
    assert "packets lost  units lost" in report
    assert all(int(count) > 0 for count in lines[0][1:5])
    assert lines[1][1:5] == ["0"] * 4
