"""Options of a sweep in a file: written, read again, and refused where they make no sense."""

import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from linksim.experiments.cli.config_file import read_options
from linksim.experiments.cli.main import run
from linksim.experiments.cli.sweep import command

GIVEN = [
    "--snr=-2:9:0.5",
    "--ebno",
    "--codec=jpeg2000:bits=4096,uo_isc:no-text,tokens=40",
    "--code=ldpc:rate=1/2,polar:rate=1/2,list=4",
    "--channel=rician:k=4",
    "--images=7",
    "--batch-size=32",
    '--query=what\'s "new" in\\here, 新?',
    "--out=runs/my sweep",
    "--seed=3",
]


def read(arguments: list[str]) -> dict[str, Any]:
    """Return what the command would be called with."""
    with command.make_context("sweep", arguments) as context:
        return {name: value for name, value in context.params.items() if name != "save_config"}


def test_what_is_saved_is_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sweep.toml"
    assert run(["sweep", *GIVEN, "--save-config", str(file)]) == 0
    assert f"wrote {file}" in capsys.readouterr().out
    assert not Path("runs/my sweep").exists()
    assert read(["--config", str(file)]) == read(GIVEN)
    again = tmp_path / "again.toml"
    assert run(["sweep", "--config", str(file), "--save-config", str(again)]) == 0
    assert tomllib.loads(again.read_text("utf-8")) == tomllib.loads(file.read_text("utf-8"))


def test_a_saved_file_has_every_option_with_what_it_means(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    assert run(["sweep", "--save-config", str(file)]) == 0
    lines = file.read_text("utf-8").splitlines()
    for option in command.params:
        name = option.opts[0].removeprefix("--")
        kept = name not in ("config", "save-config", "trust-remote-code")
        assert any(line.removeprefix("# ").startswith(f"{name} =") for line in lines) == kept, name
    assert "# Es/N0 in dB: A:B, A:B:STEP, or a list A,B,C." in lines
    assert 'device = "auto"' in lines
    assert read(["--config", str(file)]) == read([])


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text('codec = ["png", "jpeg2000"]\nimages = 9\nebno = true\ncode = "none"\n')
    found = read(["--config", str(file), "--codec", "uo_isc", "--no-ebno"])
    assert found["codec"] == ("uo_isc",)
    assert found["images"] == 9
    assert found["ebno"] is False
    assert found["code"] == ("none",)
    assert read(["--images", "5", "--config", str(file)])["images"] == 5


def test_options_of_discover_are_taken_into_its_text(tmp_path: Path) -> None:
    file, saved = tmp_path / "sweep.toml", tmp_path / "saved.toml"
    file.write_text('codec = ["discover", "png"]\ntask = "detection"\n')
    codecs = ("discover:transmit=detection", "png")
    assert read(["--config", str(file)])["codec"] == codecs
    assert run(["sweep", "--config", str(file), "--save-config", str(saved)]) == 0
    assert read(["--config", str(saved)])["codec"] == codecs


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"image = 5", "image is no option of linksim sweep; did you mean images?"),
        (b"colour = 5", "colour is no option of linksim sweep; `linksim sweep --help`"),
        (b"[sweep]\nimages = 5", "sweep is no option"),
        (b'images = "5"', "images must be a whole number"),
        (b"images = 5.0", "images must be a whole number"),
        (b"images = true", "images must be a whole number"),
        (b"ebno = 1", "ebno must be true or false"),
        (b"snr = 5", "snr must be a text in quotes"),
        (b"data = ['a']", "data must be a text in quotes"),
        (b"codec = [1]", "codec must be a text in quotes, or a list of them"),
        (b"codec = []", "codec must be a text in quotes, or a list of them"),
        (b"codec = 1979-05-27", "codec must be a text"),
        (b"trust-remote-code = true", "trust-remote-code is a permission"),
        (b"config = 'a.toml'", "config is no option"),
        (b"images = ", "no TOML"),
        (b"images = 5\nimages = 6", "no TOML"),
        (b"snr = '\xff'", "no TOML"),
        (b"a = " + b"[" * 5000, "no TOML"),
        (b"#" * 70000, "larger than 65536 bytes"),
    ],
)
def test_what_is_no_option_is_one_line_that_names_file_and_key(
    content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.toml"
    file.write_bytes(content)
    assert run(["sweep", "--config", str(file), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"--config {file}: " in line
    assert says in line


@pytest.mark.parametrize("content", ['codec = "mp3"', "images = 0", 'receiver = "harder"'])
def test_values_are_checked_as_on_the_command_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(content)
    assert run(["sweep", "--config", str(file), "--out", str(tmp_path / "out")]) == 2
    assert f"--{content.split()[0]}" in capsys.readouterr().err


def test_a_file_is_not_overwritten_and_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.toml"
    assert run(["sweep", "--config", str(file)]) == 2
    assert f"--config {file}: can't be read" in capsys.readouterr().err
    file.write_text("images = 5")
    assert run(["sweep", "--save-config", str(file)]) == 2
    assert f"--save-config {file}: is there already" in capsys.readouterr().err
    assert file.read_text() == "images = 5"


def test_numbers_and_flags_of_any_command_are_read(tmp_path: Path) -> None:
    @click.command()
    @click.option("--share", type=click.FloatRange(0, 1))
    @click.option("--loud", is_flag=True)
    def other(share: float, loud: bool) -> None:
        pass

    file = tmp_path / "other.toml"
    file.write_text("share = 1\nloud = true")
    assert read_options(file, other) == {"share": 1, "loud": True}
