"""The baselines over the whole command line: files with a channel code, and symbols without one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from linksim.experiments.cli.main import run
from linksim.experiments.results.metrics import MACHINES, METRICS, in_group
from linksim.experiments.results.sweeps import load_results
from linksim.source.deepjscc.codec import WEIGHTS_FILE
from linksim.source.deepjscc.model import DeepJscc

LINK_CURVES = ("raw_ber", "ber", "bler", "index_error_rate", "packet_loss", "units_lost", "bpp")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return DeepJSCC with random weights, as a user names it."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("deepjscc")
    save_file({n: t.half() for n, t in DeepJscc().state_dict().items()}, folder / WEIGHTS_FILE)
    return f"deepjscc:weights={folder}"


def sweep(out: Path, codec: str, *options: str) -> list[str]:
    common = ["--images", "4", "--engine", "native", "--threads", "1", "--out", str(out)]
    return ["sweep", "--codec", codec, *common, *options]


def test_a_codec_of_symbols_is_swept_without_bits(
    untrained: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fading = ["--channel", "rayleigh", "--coherence", "64", "--csi", "pilot:every=32"]
    assert run(sweep(tmp_path / "out", untrained, "--snr", "0,20", *fading)) == 0
    table = capsys.readouterr().out
    assert "Errors on the link" not in table
    assert "answer match" in table
    assert f"\n{4096 + 128} channel symbols per picture" in table
    (results,) = load_results(tmp_path / "out" / "results.h5").values()
    for name in METRICS:
        values = np.array([estimate.value for estimate in results.curve(name)])
        unknown = name in (*LINK_CURVES, *in_group(MACHINES), "lossless") or METRICS[name].optional
        assert np.isnan(values).all() == unknown, name
    assert np.isnan(results.ebno_db).all()
    assert results.attributes["engine"] == "analogue"
    assert (tmp_path / "out" / "curves.png").exists()


def test_symbols_of_a_batch_arrive_the_same_whatever_its_size(
    untrained: str, tmp_path: Path
) -> None:
    for size in ("16", "32"):
        options = ["--snr", "5", "--images", "20", "--batch-size", size]
        assert run(sweep(tmp_path / size, untrained, *options)) == 0
    first, other = ((tmp_path / size / "results.h5").read_bytes() for size in ("16", "32"))
    assert first == other


def test_without_bits_there_is_no_ebno(
    untrained: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(sweep(tmp_path / "out", untrained, "--ebno")) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("linksim: --ebno: deepjscc")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("codec", "bits"), [("jpeg2000", 6144), ("png:bits=40000", 40000)])
def test_a_file_is_swept_like_any_message(
    codec: str, bits: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(sweep(tmp_path / "out", codec, "--snr", "-5,20")) == 0
    assert f"\n{bits} bits, " in capsys.readouterr().out
    (results,) = load_results(tmp_path / "out" / "results.h5").values()
    assert [estimate.value for estimate in results.curve("bler")] == [1, 0]
    low, high = results.pictures["psnr"]
    assert (high > low + 5).all()
    assert results.attributes["indices_per_picture"] == bits // 8
    assert results.curve("bpp")[0].value == bits / 64**2
    assert np.isnan(results.curve("packet_loss")[0].value)


def test_a_picture_is_transmitted_as_symbols_and_as_a_file(
    untrained: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["scenes", str(tmp_path), "--count", "1"]) == 0
    picture = [str(tmp_path / "scene-0.png"), "--query", "what is the background?"]
    link = ["--snr", "10", "--engine", "native", "--threads", "1"]
    for codec, cost in (("jpeg2000", "6144 bits, 4112"), (untrained, "4096")):
        out = ["--out", str(tmp_path / codec[:4])]
        assert run(["transmit", *picture, *link, *out, "--codec", codec]) == 0
        report = capsys.readouterr().out
        assert f"; {cost} channel symbols" in report
        assert ("bit errors" in report) == (codec == "jpeg2000")


def test_a_photograph_is_transmitted_at_its_own_size_and_ratio(
    untrained: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pixels = np.mgrid[:70, :101].sum(axis=0).astype(np.uint8)
    Image.fromarray(pixels).convert("RGB").save(tmp_path / "photo.png")
    link = ["--snr", "12", "--engine", "native", "--threads", "1", "--modulation", "16qam"]
    for codec, cbr, sent in (("jpeg", "1/6", "as it is"), (untrained, "1/3", "as 100×68, cut off")):
        out = ["--out", str(tmp_path), "--size", "original", "--cbr", cbr]
        assert run(["transmit", str(tmp_path / "photo.png"), *link, *out, "--codec", codec]) == 0
        report = capsys.readouterr().out
        assert f"photo.png: 101×70, sent {sent}" in report
        assert float(report.partition("CBR ")[2].split()[0]) == pytest.approx(eval(cbr), abs=2e-3)
        shown = Image.open(tmp_path / "photo-12dB.png").size
        assert shown == ((101, 70) if codec == "jpeg" else (100, 68))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--codec", "uo_isc", "--size", "original"], "--size original: uo_isc takes pictures of"),
        (["--codec", "jpeg", "--size", "1x"], "--size 1x: give original, N for a square, or WxH"),
        (["--codec", "jpeg", "--cbr", "0"], "--cbr 0: give channel symbols per number"),
        (
            ["--codec", "uo_isc", "--cbr", "1/6"],
            "--cbr: the length of uo_isc's messages is its own",
        ),
        (["--codec", "jpeg", "--cbr", "1/999999"], "--cbr 1/999999: of a picture of 64×64 0"),
    ],
)
def test_sizes_and_ratios_that_can_not_be_are_one_line(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    asked = ["transmit", str(tmp_path / "a.png"), "--query", "what?", *options]
    assert run(asked) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("command", ["sweep", "transmit"])
@pytest.mark.parametrize(
    ("codec", "says"),
    [
        ("jpeg2000:bits=no", "--codec jpeg2000:bits=no: give the bits of a picture"),
        ("png:rate=2", "--codec png:rate=2: png has no option 'rate'; it has bits"),
        ("deepjscc:weights=/no/such/folder", "/no/such/folder"),
        (
            "gif:bits=1",
            "--codec gif:bits=1: unknown; one of asked, avif, deepjscc, discover, hevc, jpeg, ",
        ),
    ],
)
def test_options_of_a_codec_that_make_no_sense_are_one_line(
    command: str, codec: str, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["scenes", str(tmp_path / "scenes"), "--count", "1"]) == 0
    picture = [str(tmp_path / "scenes" / "scene-0.png"), "--query", "what?"]
    capsys.readouterr()
    given = picture if command == "transmit" else []
    assert run([command, *given, "--codec", codec, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not (tmp_path / "out").exists()


def test_a_receiver_that_a_codec_does_not_have_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--codec", "jpeg2000", "--receiver", "soft", "--out", str(tmp_path / "out")]
    assert run(["sweep", "--snr", "5", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--receiver soft: jpeg2000" in line
    assert not (tmp_path / "out").exists()


def test_list_says_what_a_codec_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list"]) == 0
    out = capsys.readouterr().out
    for name in ("deepjscc", "jpeg2000", "png"):
        assert f"\n  {name} " in out
    assert "6144 bits for 64×64" in out
