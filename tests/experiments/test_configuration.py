import json
import shlex
from pathlib import Path

import pytest

from linksim.experiments.configuration import LinkConfiguration, SweepConfiguration, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.grid import SweepGrid


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-5:20", [float(v) for v in range(-5, 21)]),
        ("0:1:0.25", [0, 0.25, 0.5, 0.75, 1]),
        ("0:1:0.3", [0, 0.3, 0.6, 0.9]),
        ("7", [7]),
        ("3,-1,3", [3, -1]),
        ("1,1.0004,1.0006", [1, 1.001]),
        ("4:4", [4]),
    ],
)
def test_ranges_and_lists_are_read(text: str, values: list[float]) -> None:
    assert parse_snr(text) == values


@pytest.mark.parametrize(
    "text",
    "|a|1:|:|5:1|0:1:0|0:1:-1|1:2:3:4|nan|inf|0:inf|0:9:nan|1e9|0:100:1e-9|-200:0|1,,2|5 dB".split(
        "|"
    ),
)
def test_anything_else_is_one_line_that_names_the_option(text: str) -> None:
    with pytest.raises(Fault, match="--snr") as fault:
        parse_snr(text)
    assert "\n" not in str(fault.value)


def test_the_command_of_a_configuration_gives_it_again() -> None:
    configuration = SweepConfiguration(
        snr="-5:20",
        ebno=True,
        codec="uo_isc",
        code="ldpc:rate=1/2",
        modulation="8psk",
        demapper="maxlog",
        channel="rician:k=4",
        coherence="image",
        csi="pilot:every=8",
        engine="native",
        images=7,
        data="my pictures",
        query="what is it?",
        questions=None,
        preset="embedded",
        models=None,
        seed=3,
    )
    words = shlex.split(configuration.command())
    assert words[:2] == ["linksim", "sweep"]
    assert words[words.index("--data") + 1] == "my pictures"
    assert words[words.index("--coherence") + 1] == "image"
    assert "--ebno" in words
    assert words[words.index("--channel") + 1] == "rician:k=4"
    assert words[words.index("--csi") + 1] == "pilot:every=8"
    assert "--ebno" in words
    assert "--models" not in words


def test_a_list_is_given_again_as_several_options() -> None:
    configuration = LinkConfiguration(
        snr="0:3",
        ebno=False,
        code=("ldpc:rate=1/2", "none"),
        modulation=("8psk",),
        demapper="app",
        channel="awgn",
        coherence="1",
        csi="perfect",
        engine="native",
        message_bits=512,
        block_errors=200,
        max_blocks=1000,
        target_bler=1e-5,
        seed=0,
    )
    words = shlex.split(configuration.command())
    assert words[:2] == ["linksim", "link"]
    assert [words[i + 1] for i, word in enumerate(words) if word == "--code"] == [
        "ldpc:rate=1/2",
        "none",
    ]
    assert words[words.index("--target-bler") + 1] == "1e-05"
    assert words[words.index("--message-bits") + 1] == "512"


def test_results_hold_the_last_parts_of_paths_alone(tmp_path: Path) -> None:
    secret = tmp_path / "name-of-the-user"
    configuration = SweepConfiguration(
        codec=f"deepjscc:weights={secret}/mine",
        data=f"{secret}/pictures",
        questions=str(secret / "q.csv"),
        preset=f"{secret}/own.toml",
        models=f"{secret}/models/",
    )
    grid = SweepGrid.of(configuration)
    (label,) = grid.sweeps()
    for text in (configuration.to_json(), configuration.command(), grid.command(), label):
        assert "name-of-the-user" not in text
        assert str(tmp_path) not in text
    shared = json.loads(configuration.to_json())
    assert (shared["data"], shared["preset"], shared["models"]) == (
        "pictures",
        "own.toml",
        "models",
    )
    assert label == "deepjscc:weights=mine"


def test_a_folder_called_scenes_is_not_taken_for_drawn_scenes() -> None:
    assert SweepConfiguration(data="x/scenes").shared()["data"] == "./scenes"
    assert SweepConfiguration().shared()["data"] == "scenes"


def test_codecs_whose_folders_are_called_alike_keep_labels_of_their_own() -> None:
    codecs = ("deepjscc:weights=/a/mine", "deepjscc:weights=/b/mine")
    lists = {**SweepGrid.of(SweepConfiguration()).lists, "codec": codecs}
    assert list(SweepGrid(SweepConfiguration(), lists).sweeps()) == list(codecs)
