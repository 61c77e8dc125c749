"""Refusals are one line about an option, by their type; all other errors keep their traceback."""

import pickle
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.phy import Refused as ArgumentRefused
from linksim.source import Refused, UnknownCodec
from linksim.source.pictures import UnreadablePicture
from linksim.source.text_files import UnreadableText
from linksim.source.zoo import preset
from linksim.source.zoo.preset import ModelUnavailable

LINK = ["link", "--snr", "9", "--message-bits", "100", "--max-blocks", "9", "--engine", "native"]
SWEEP = ["sweep", "--snr", "20", "--images", "1", "--codec", "png", "--engine", "native"]
TRANSMIT = ["transmit", "PICTURE", "--query", "what?", "--codec", "png", "--engine", "native"]
DEPTHS = {
    "phy.codes:parse_options": LINK,
    "phy.channel:parse_options": LINK,
    "phy.modulation:known_name": LINK,
    "phy.physical_layer:segment": LINK,
    "phy.engines:_load_engine": LINK,
    "phy.native.engine:NativeEngine.count": LINK,
    "link.link:_layer": TRANSMIT,
    "link.link:frame": TRANSMIT,
    "link.link:deframe": TRANSMIT,
    "source.text_files:parse_toml": TRANSMIT,
    "source.zoo.preset:check_tables": TRANSMIT,
    "source.zoo.inspection:stored_in": TRANSMIT,
    "source.zoo.loading:frozen": TRANSMIT,
    "source.zoo.llava:Llava.respond": TRANSMIT,
    "source.stills.codec:StillCodec.encode": TRANSMIT,
    "source.stills.codec:StillCodec.decode": TRANSMIT,
    "experiments.physical:check_rates": LINK,
    "experiments.data.samples:draw_scene": SWEEP,
    "experiments.data.inputs:folder_digest": SWEEP,
    "experiments.results.journal:only_run": LINK,
    "experiments.links.results:write_atomically": LINK,
    "experiments.links.simulation:rounds": LINK,
    "experiments.report.plots:write_atomically": SWEEP,
    "experiments.sweeps.schedule:rate_from_sums": SWEEP,
    "experiments.sweeps.viewing:digests_of": SWEEP,
    "experiments.training.job:train": ["train", "clip", "--steps", "1"],
    "experiments.cli.options:split_values": LINK,
}
"""Where something goes wrong, in every room, and a command that gets there."""

OPTIONS = "snr|code|channel|coherence|csi|modulation|demapper|engine|protect|receiver"
NAMED = re.compile(rf"--({OPTIONS})\b")


def arguments(command: list[str], folder: Path) -> list[str]:
    picture = folder / "red.png"
    Image.new("RGB", (20, 20), "red").save(picture)
    given = [str(picture) if word == "PICTURE" else word for word in command]
    return [*given, "--out", str(folder / "out")]


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_bug_keeps_its_traceback(
    depth: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = depth.partition(":")
    import_module(f"linksim.{module}")
    for number, kind in enumerate((ValueError, KeyError, RuntimeError)):
        bug = kind("soft: of a bug, engine: native")

        def fail(*_: Any, bug: Exception = bug, **__: Any) -> None:
            raise bug

        folder = tmp_path / str(number)
        folder.mkdir()
        command = arguments(DEPTHS[depth], folder)
        preset._read.cache_clear()  # files that were read before are not read again
        with monkeypatch.context() as patched:
            patched.setattr(f"linksim.{module}.{name}", fail)
            with pytest.raises(kind) as raised:
                run(command)
        assert raised.value is bug


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (ArgumentRefused("csi", "give another", "pilot:every=3"), "--csi pilot:every=3: give anot"),
        (ArgumentRefused("message_bits", "give more"), "--message-bits: give more"),
        (ArgumentRefused("rates", "no part of it", "a"), "--protect a: no part of it"),
        (ArgumentRefused("soft", "knows no bits"), "--receiver soft: knows no bits"),
        (UnknownCodec("png:x: unknown"), "--codec png:x: unknown"),
        (ModelUnavailable("paper: no weights"), "--preset paper: no weights"),
        (UnreadablePicture("a.png: no picture"), "IMAGE a.png: no picture"),
        (UnreadableText(Path("a.csv"), "no text", 3), "a.csv, line 3: no text"),
        (Refused("nothing is right"), "linksim: nothing is right"),
    ],
)
def test_a_refusal_is_a_line_about_its_option_wherever_it_is_raised(
    refusal: Exception,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: Any) -> None:
        raise pickle.loads(pickle.dumps(refusal))  # as from another process

    monkeypatch.setattr("linksim.link.link.frame", refuse)
    assert run(arguments(TRANSMIT, tmp_path)) == 2
    assert line in capsys.readouterr().err


@pytest.mark.parametrize("room", ["phy", "link"])
def test_physical_layer_and_link_name_no_option_of_the_command_line(room: str) -> None:
    root = Path(__file__).parents[3]
    for file in sorted((root / room).rglob("*.py")):
        assert not NAMED.search(file.read_text(encoding="utf-8")), file
