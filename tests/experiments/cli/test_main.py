"""The command line: what it teaches, and how it takes mistakes."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import load_results
from linksim.phy import CHANNELS, CODES, DEMAPPERS, ENGINES, MODULATIONS


def mistake(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must fail with one line on stderr, and return that line."""
    code = run(arguments)
    captured = capsys.readouterr()
    assert code == 2, captured
    lines = [line for line in captured.err.splitlines() if not line.startswith("note:")]
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("linksim: ")
    assert "Traceback" not in captured.err
    return lines[0]


@pytest.mark.parametrize(
    "command", ["sweep", "transmit", "link", "list", "scenes", "evaluate", "train"]
)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 4


def test_list_names_what_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list"]) == 0
    out = capsys.readouterr().out
    for name in ("uo_isc", "ldpc", "8psk", "8qam", "rayleigh", "rician:k=K", "embedded", "paper"):
        assert name in out
    for name in (*CODES, *MODULATIONS, *CHANNELS, *DEMAPPERS, *ENGINES):
        assert f"\n  {name} " in out
    assert all(line in out for line in CODES["polar"].line.splitlines())
    assert "rate=15/512 to 19/20; blocks of 12 to 8448 information bits, crc=24 among them" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sweep", "--snr", "loud"], "--snr loud: no range"),
        (["sweep", "--snr", "5:1"], "--snr 5:1"),
        (["sweep", "--codec", "mp3"], "--codec mp3: unknown; one of"),
        (["sweep", "--codec", "uo_isc:no-thing"], "--codec uo_isc:no-thing: unknown; preset embed"),
        (["sweep", "--scenes", "plants"], "--scenes"),
        (["sweep", "--scenes", "animals", "--data", "."], "--scenes animals: of scenes and VQA"),
        (["evaluate", "uo-isc", "--codec", "uo_isc:x"], "--codec uo_isc:x: unknown; preset"),
        (["evaluate", "clip", "--codec", "uo_isc:no-text"], "--codec uo_isc:no-text: of MODEL"),
        (["evaluate", "clip", "--scenes", "animals"], "--scenes animals"),
        (["train", "uo-isc", "--variant", "x"], "--variant uo_isc:x: unknown; preset embedded has"),
        (["train", "uo-isc", "--schedule", "slow"], "--schedule slow: unknown schedule; one of"),
        (["train", "uo-isc", "--phase", "2", "--start", "/no/such"], "--start /no/such: no such"),
        (["train", "uo-isc", "--phase", "0", "--start", "."], "--start: phase 0 begins"),
        (["train", "clip", "--phase", "2"], "of uo-isc only"),
        (["sweep", "--preset", "best"], "--preset best: unknown preset; one of embedded, paper"),
        (["sweep", "--device", "toaster"], "--device toaster"),
        (["sweep", "--seed", "-1"], "--seed -1"),
        (["sweep", "--images", "0"], "--images"),
        (["sweep", "--data", "/no/such/folder", "--query", "what?"], "no such folder"),
        (["sweep", "--query", "what?"], "--query: scenes and VQA bring their questions"),
        (["sweep", "--nonsense"], "--nonsense"),
        (["sweep", "--workers", "0"], "--workers 0: give a number from 1"),
        (["sweep", "--workers", "2", "--scheduler", "tcp://a:1"], "--workers: of this machine"),
        (["sweep", "--worker-memory", "1MB"], "--worker-memory 1MB: give share, or 256MiB"),
        (["sweep", "--worker-memory", "much"], "--worker-memory much: give share, or 256MiB"),
        (["sweep", "--precision", "2"], "--precision"),
        (["bench", "--scaling", "--codec", "uo_isc"], "--scaling: goes without"),
        (["dance"], "dance"),
        (["transmit", "/no/such.png", "--query", "what?"], "/no/such.png"),
        (["transmit", "x.png"], "--query"),
        (["transmit", "x.png", "--query", "  "], "--query: the question is empty"),
        (["transmit", "x.png", "--query", "why? " * 200], "--query: longer than 500"),
        (["train", "gpt"], "gpt"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_option(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out")] if arguments[0] == "sweep" else []
    assert says in mistake([*arguments, *out], capsys)
    assert not (tmp_path / "out" / "results.h5").exists()


@pytest.mark.parametrize("command", ["sweep", "link", "transmit"])
@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--snr", "nan"], "--snr nan: values must lie from -100 to 100"),
        (["--snr", "0:inf"], "--snr 0:inf"),
        (["--snr", "1e3"], "--snr 1e3: values must lie"),
        (["--code", "ldpc:rate=0"], "--code ldpc:rate=0: ldpc has rates 15/512 to 19/20"),
        (["--code", "ldpc:rate=2"], "--code ldpc:rate=2: ldpc has rates 15/512 to 19/20"),
        (["--code", "ldpc:rate=-1/2"], "--code ldpc:rate=-1/2: ldpc has rates 15/512 to 19/20"),
        (["--code", "ldpc:rate=half"], "--code ldpc:rate=half: 'half' is no value of rate"),
        (["--code", "ldpc:rate=1/0"], "--code ldpc:rate=1/0: '1/0' is no value of rate"),
        (["--code", "ldpc:iterations=0"], "'0' is no value of iterations"),
        (["--code", "ldpc:crc=5"], "--code ldpc:crc=5: a CRC has"),
        (["--code", "polar:list=9999"], "'9999' is no value of list"),
        (["--code", "ldpc:colour=red"], "ldpc has no option 'colour'; it has rate, crc"),
        (["--code", "none:rate=1/2"], "--code none:rate=1/2: none has no option 'rate'"),
        (["--code", "magic"], "--code magic: unknown; one of ldpc, nr, polar"),
        (["--code", ""], "--code : unknown; one of ldpc"),
        (["--modulation", "9psk"], "--modulation 9psk: unknown; one of bpsk, qpsk, 8psk"),
        (["--demapper", "hard"], "--demapper hard: unknown; one of app, maxlog"),
        (["--channel", "rain"], "--channel rain: unknown; one of awgn, rayleigh"),
        (["--channel", "rician:k=-1"], "--channel rician:k=-1.0: k is a ratio of powers, 0 or"),
        (["--channel", "rician:k=inf"], "--channel rician:k=inf: k is a ratio of powers"),
        (["--channel", "rician:k=nan"], "--channel rician:k=nan: k is a ratio of powers"),
        (["--channel", "awgn:k=1"], "--channel awgn:k=1: awgn has no option 'k'"),
        (["--coherence", "-3"], "--coherence -3: give a number of symbols, block or image"),
        (["--coherence", "0"], "--coherence 0: give a number"),
        (["--coherence", "long"], "--coherence long: give a number"),
        (["--coherence", "9" * 12], "give a number below 2147483648, block or image"),
        (["--coherence", "9" * 5000], "give a number below 2147483648, block or image"),
        (["--csi", "psychic"], "--csi psychic: unknown; one of perfect, pilot"),
        (["--csi", "pilot:every=0"], "--csi pilot:every=0: every must be 1 or more"),
        (["--csi", "pilot:every=-4"], "--csi pilot:every=-4: every must be 1 or more"),
        (["--csi", "pilot:every=" + "9" * 30], "give a number of symbols below 2147483648"),
        (["--csi", "pilot:every=x"], "--csi pilot:every=x: 'x' is no value of every"),
        (
            ["--channel", "rayleigh", "--coherence", "10", "--csi", "pilot:every=4"],
            "--csi pilot:every=4: leaves parts of the fading without a pilot; make the coherence",
        ),
        (
            ["--coherence", "block", "--csi", "pilot:every=999999"],
            "--csi pilot:every=999999: a code block has",
        ),
        (["--engine", "steam"], "--engine steam: unknown; one of auto, native"),
        (["--engine", "native", "--code", "ldpc:decoder=bp"], "--engine native: decodes by min"),
        (["--threads", "-1"], "--threads -1: give a number of cores, or 0 for all"),
        (["--threads", "two"], "--threads"),
        (["--seed", "-1"], "--seed -1"),
    ],
)
def test_an_option_of_the_link_that_makes_no_sense_is_one_line_and_writes_nothing(
    command: str,
    option: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    Image.new("RGB", (20, 20), "red").save(tmp_path / "red.png")
    picture = [str(tmp_path / "red.png"), "--query", "what?"] if command == "transmit" else []
    arguments = [command, *picture, "--out", str(tmp_path / "out"), *option]
    assert says in mistake(arguments, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["red.png"]


@pytest.mark.parametrize("content", [b"", b"only text", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_picture(
    content: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    assert str(path) in mistake(["transmit", str(path), "--query", "what?"], capsys)
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("command", ["sweep", "transmit"])
def test_an_output_folder_that_cannot_be_written(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Image.new("RGB", (20, 20), "red").save(tmp_path / "red.png")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    arguments = {
        "sweep": ["sweep", "--snr", "20", "--images", "1"],
        "transmit": ["transmit", str(tmp_path / "red.png"), "--query", "what?"],
    }
    assert "file" in mistake([*arguments[command], "--out", str(blocked / "out")], capsys)
    assert blocked.read_text() == "in the way"


def test_a_file_system_that_takes_no_folders(capsys: pytest.CaptureFixture[str]) -> None:
    # /proc refuses even root; where there is none, its parent does.
    out = "/proc/linksim/out"
    assert "/proc" in mistake(["sweep", "--snr", "20", "--images", "1", "--out", out], capsys)


def test_a_full_disk_loses_nothing_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    out = tmp_path / "out"
    arguments = ["sweep", "--snr", "20", "--images", "2", "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "No space left" in mistake(arguments, capsys)
    assert list(out.rglob("*.npz")) == []
    assert run([*arguments, "--resume"]) == 0


def test_a_sweep_prints_a_table_and_leaves_its_pictures(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(["sweep", "--snr", "0,20", "--images", "4", "--out", str(out)]) == 0
    table = capsys.readouterr().out
    assert "Es/N0 dB" in table
    assert "index errors" in table
    assert {p.name for p in out.iterdir()} == {"results.h5", "curves.png", "pictures.png"}
    for name in ("curves.png", "pictures.png"):
        with Image.open(out / name) as picture:
            assert min(picture.size) > 300


def test_a_picture_of_ones_own_is_sent_and_its_limits_are_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Image.new("RGB", (300, 200), "orange").save(tmp_path / "photo.jpg")
    arguments = ["transmit", str(tmp_path / "photo.jpg"), "--query", "what is it?", "--snr", "3,20"]
    assert run(arguments) == 0
    captured = capsys.readouterr()
    assert "300×200, sent as 64×64" in captured.out
    assert "--preset paper" in captured.err
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {"photo.jpg", "photo-3dB.png", "photo-20dB.png", "photo-received.png"}
    mine = tmp_path / "photo-20dB.png"
    Image.new("RGB", (30, 20), "red").save(mine)
    before = mine.read_bytes()
    assert f"--out: {mine} is there already and not linksim's" in mistake(arguments, capsys)
    assert mine.read_bytes() == before
    mine.unlink()
    assert run(arguments) == 0  # over its own pictures


def test_a_folder_of_pictures_is_swept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["scenes", str(tmp_path / "mine"), "--count", "3"]) == 0
    table = str(tmp_path / "mine" / "questions.csv")
    arguments = ["sweep", "--snr", "20", "--data", str(tmp_path / "mine"), "--questions", table]
    assert run([*arguments, "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    assert "over 3 pictures" in captured.out
    assert "accuracy" in captured.out
    assert "sent as 64×64: their middle square, resized" in captured.out
    assert "--preset paper" in captured.err


def test_a_folder_with_a_broken_picture_is_refused_before_work_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    line = mistake(
        ["sweep", "--data", str(tmp_path), "--query", "what?", "--out", str(tmp_path / "out")],
        capsys,
    )
    assert "--data" in line
    assert "broken.png" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("part", ["clip", "llava", "uo_isc"])
def test_damaged_weights_are_one_line(
    part: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    zoo = Path(__file__).parents[3] / "source" / "zoo"
    shutil.copytree(zoo / "weights" / "embedded" / part, tmp_path / part)
    (weights,) = (tmp_path / part).glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:2000])
    preset = (zoo / "presets" / "embedded.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        preset.replace(f"weights:embedded/{part}", f"folder:{part}")
    )
    arguments = ["sweep", "--preset", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out")]
    assert "--preset mine: " in mistake(arguments, capsys)
    assert not (tmp_path / "out" / "results.h5").exists()


@pytest.mark.parametrize("option", ["--data", "--out"])
def test_folders_whose_names_are_no_text_are_refused_before_work_begins(
    option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/fotos-\xff"))
    folder.mkdir()
    arguments = ["sweep", "--codec", "png", "--data", str(tmp_path), "--query", "what?"]
    line = mistake([*arguments, option, str(folder)], capsys)
    assert f"{option} {tmp_path}/fotos-?: " in line
    assert "is not UTF-8; rename it" in line
    assert not any(folder.iterdir())


def test_names_of_pictures_that_are_no_text_cost_no_result(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data, out = tmp_path / "fotos", tmp_path / "out"
    data.mkdir()
    Image.new("RGB", (64, 64), "red").save(data / os.fsdecode(b"\xfe.png"))
    arguments = ["sweep", "--snr", "20", "--codec", "png", "--data", str(data), "--query", "what?"]
    assert run([*arguments, "--out", str(out)]) == 0
    assert f"{out}/results.h5" in capsys.readouterr().out
    assert run(["show", str(out / "results.h5")]) == 0
    assert "fotos" in capsys.readouterr().out
    (results,) = load_results(out / "results.h5").values()
    assert results.questions["name"].tolist() == ["\\xfe.png"]
