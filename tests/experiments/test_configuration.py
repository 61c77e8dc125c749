import shlex

import pytest

from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.faults import Fault


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-5:20", [float(v) for v in range(-5, 21)]),
        ("0:1:0.25", [0, 0.25, 0.5, 0.75, 1]),
        ("0:1:0.3", [0, 0.3, 0.6, 0.9]),
        ("7", [7]),
        ("3,-1,3", [3, -1]),
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
        channel="rayleigh",
        coherence=0,
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
    assert "--models" not in words
