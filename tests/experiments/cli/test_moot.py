"""Options that do nothing, or blame another: refused or noted, each in a line that names it."""

from pathlib import Path

import click
import pytest

from linksim.experiments.cli import moot
from linksim.experiments.cli.main import _interrupted, cli, run
from linksim.experiments.configuration import SweepConfiguration

REFUSED = [
    (["sweep", "--protect", "strong=1/3", "--code", "none"], "--protect: the code none has no"),
    (["sweep", "--protect", "strong=0.01"], "--protect strong=1/100: ldpc has rates 15/512 to"),
    (["sweep", "--protect", "strong=1/3", "--code", "ldpc,none"], "--protect: the code none"),
    (["sweep", "--protect", "odd=1/3"], "--protect odd: no part of the message; it has"),
    (["sweep", "--protect", "a=1/3", "--codec", "deepjscc"], "--protect: deepjscc makes its symb"),
    (["sweep", "--receiver", "soft", "--codec", "deepjscc"], "--receiver soft: deepjscc knows no"),
    (["sweep", "--receiver", "soft", "--codec", "png"], "--receiver soft: png knows"),
    (["sweep", "--ebno", "--codec", "deepjscc"], "--ebno: deepjscc sends no bits"),
    (["sweep", "--worker-memory", "1GiB"], "--worker-memory: of --workers; give 2 or more"),
    (["sweep", "--worker-memory", "1GiB", "--scheduler", "tcp://a:1"], "--worker-memory: of --w"),
    (["sweep", "--models", "/no/such"], "--models /no/such: no such folder"),
    (["sweep", "--task", "detection"], "--task: of --codec discover only"),
    (["sweep", "--composition", "off"], "--composition: of --codec discover only"),
    (["sweep", "--query", "\udcff", "--data", "PICTURES"], "--query: is not UTF-8 text"),
    (["sweep", "--query", "what?"], "--query: scenes and VQA bring their questions"),
    (["sweep", "--questions", "q.csv"], "--questions: scenes and VQA bring their own"),
    (
        ["link", "--code", "nr:mcs=10", "--modulation", "qpsk"],
        "--modulation: --code nr:mcs=10",
    ),
    (["sweep", "--code", "nr:mcs=1", "--modulation", "8psk"], "--modulation: --code nr:mcs=1 br"),
    (["link", "--code", "nr"], "--code nr: give a scheme, nr:mcs=0 to mcs=28"),
    (["link", "--code", "nr:mcs=0", "--message-bits", "9985"], "--message-bits 9985: a transport"),
    (["sweep", "--protect", "strong=1/3", "--code", "nr:mcs=3"], "--protect: the code nr has no"),
    (["study", "uo-isc", "--figure", "4a", "--beyond"], "--beyond: goes without --figure"),
    (["study", "uo-isc", "--beyond", "--snr", "0,20"], "--snr: of --figure; --beyond has"),
    (["study", "uo-isc", "--beyond", "--code", "none"], "--code: of --figure; --beyond"),
    (["study", "uo-isc", "--beyond", "--index-assignment", "optimised"], "--index-assignment: of"),
    (["study", "codes", "--code", "ldpc:rate=3/4"], "--code ldpc:rate=3/4: rates are chosen by"),
    (["train", "uo-isc", "--stage", "1"], "--stage: of discover only"),
    (["train", "clip", "--rate", "2"], "--rate: of discover only"),
    (["evaluate", "clip", "--codec", "uo_isc"], "--codec uo_isc: of MODEL uo-isc"),
    (["evaluate", "discover", "--codec", "uo_isc"], "--codec uo_isc: of MODEL uo-isc"),
    (["bench", "--random-weights"], "--random-weights: of bench --codec"),
    (["bench", "--scaling", "--device", "cpu"], "--device: of bench --codec"),
    (["labels", "--task", "a", "--labels", "x", "--preset", "paper"], "--preset: of linksim's own"),
    (["swep"], "swep: no such command; did you mean sweep?"),
    (["study", "code"], "'codes'"),
    (["sweep", "--codex", "png"], "--codec"),
    (["sweep", "--code", "lpdc"], "; did you mean ldpc?"),
    (["sweep", "--code", "ldpc:itrations=5"], "; did you mean iterations?"),
    (["sweep", "--codec", "jpg2000"], "; did you mean jpeg2000?"),
    (["sweep", "--modulation", "16qan"], "; did you mean 16qam?"),
    (["sweep", "--channel", "raileigh"], "; did you mean rayleigh?"),
    (["sweep", "--preset", "embeded"], "; did you mean embedded?"),
    (["plot", "x.h5", "--metric", "psnrr"], "; did you mean psnr?"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_can_not_be_had_is_refused_and_names_its_option(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "PICTURES" in arguments:
        from PIL import Image

        Image.new("RGB", (20, 20), "red").save(tmp_path / "red.png")
        arguments = [str(tmp_path) if a == "PICTURES" else a for a in arguments]
    out = tmp_path / "out"
    if arguments[0] in ("sweep", "train") or arguments[:2] == ["study", "uo-isc"]:
        arguments = [*arguments, "--out", str(out)]
    assert run(arguments) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if not x.startswith("note:")]
    assert len(lines) == 1
    assert says in lines[0]
    assert not list(out.rglob("*.h5"))


NOTED = [
    (["sweep", "--coherence", "block"], "--coherence has no effect: nothing fades over"),
    (["link", "--coherence", "8"], "--coherence has no effect"),
    (["sweep", "--demapper", "maxlog", "--modulation", "QPSK"], "--demapper has no effect: bpsk"),
    (["sweep", "--codec", "deepjscc", "--code", "none"], "--code has no effect: deepjscc makes"),
    (["sweep", "--codec", "deepjscc", "--engine", "native"], "--engine has no effect: deepjscc"),
    (["sweep", "--precision", "0.1", "--images", "16"], "--precision has no effect: up to 16"),
    (["study", "uo-isc", "--figure", "6", "--questions", "99"], "--questions has no effect: cl"),
]
QUIET = [
    ["sweep", "--coherence", "block", "--channel", "awgn,rayleigh"],
    ["sweep", "--demapper", "maxlog", "--modulation", "qpsk,8psk"],
    ["sweep", "--demapper", "app", "--modulation", "qpsk"],
    ["sweep", "--codec", "deepjscc,png", "--code", "none"],
    ["sweep", "--precision", "0.1", "--images", "17"],
    ["sweep", "--worker-memory", "1GiB", "--workers", "2"],
    ["study", "uo-isc", "--beyond", "--images", "64"],
    ["study", "uo-isc", "--figure", "all", "--questions", "99"],
    ["evaluate", "uo-isc", "--codec", "uo_isc:no-text"],
    ["bench", "--codec", "uo_isc", "--random-weights"],
]


def checked(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Return what is said of a command's options; nothing is run."""
    monkeypatch.setattr(click.Command, "invoke", lambda *_: None)
    name, words = "linksim", arguments
    command: click.Command | None = cli
    context: click.Context | None = None
    while isinstance(command, click.Group):
        context = command.make_context(name, words[:1], parent=context)
        found, command, words = command.resolve_command(context, words)
        name = str(found)
    assert command is not None
    context = command.make_context(name, words, parent=context)
    assert isinstance(command, moot.Checked)
    capsys.readouterr()
    command.invoke(context)
    return capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "says"), NOTED, ids=lambda value: str(value)[:60])
def test_what_has_no_effect_is_noted(
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (line,) = checked(arguments, monkeypatch, capsys).splitlines()
    assert line.startswith(f"note: {says}")


@pytest.mark.parametrize("arguments", QUIET, ids=str)
def test_what_has_an_effect_is_not(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(arguments, monkeypatch, capsys) == ""


def test_a_file_of_defaults_says_nothing_and_what_was_changed_in_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.toml"
    assert run(["sweep", "--save-config", str(file)]) == 0
    assert checked(["sweep", "--config", str(file)], monkeypatch, capsys) == ""
    file.write_text(file.read_text().replace('coherence = "1"', 'coherence = "block"'))
    assert "--coherence" in checked(["sweep", "--config", str(file)], monkeypatch, capsys)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (["--modulation", "QPSK"], {"modulation": ("qpsk",)}),
        (["--modulation", "16-QAM,64 QAM,8PSK"], {"modulation": ("16qam", "64qam", "8psk")}),
        (["--code", "LDPC:Rate=1/2,Polar"], {"code": ("ldpc:rate=1/2", "polar:rate=1/2")}),
        (["--codec", "UO-ISC:no-text,JPEG2000"], {"codec": ("uo_isc:no-text", "jpeg2000")}),
        (["--channel", "AWGN,Rician:K=4"], {"channel": ("awgn", "rician:k=4")}),
        (["--csi", "Pilot:every=8"], {"csi": "pilot:every=8"}),
        (["--coherence", "Block", "--channel", "rayleigh"], {"coherence": "block"}),
        (["--demapper", "Max-Log"], {"demapper": "maxlog"}),
        (["--engine", "Native"], {"engine": "native"}),
        (["--receiver", "SOFT"], {"receiver": "soft"}),
        (["--preset", "Embedded"], {"preset": "embedded"}),
        ([], {"code": (SweepConfiguration.code,), "csi": "perfect"}),
    ],
)
def test_names_are_understood_as_people_write_them_and_kept_in_one_form(
    given: list[str], stored: dict[str, object]
) -> None:
    command = cli.get_command(click.Context(cli), "sweep")
    assert command is not None
    context = command.make_context("sweep", given)
    assert {name: context.params[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sweep", "--snr", "5"], "interrupted; go on with --resume"),
        (["link"], "interrupted; go on with --resume"),
        (["study", "codes"], "interrupted; the same command goes on where it ended"),
        (["study", "discover-pictures"], "interrupted"),
        (["evaluate", "clip"], "interrupted"),
    ],
)
def test_a_ctrl_c_advises_only_what_the_command_has(arguments: list[str], says: str) -> None:
    assert _interrupted(arguments) == says
