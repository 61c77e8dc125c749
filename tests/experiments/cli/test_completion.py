"""What Tab offers."""

import os
import subprocess
import sys

import pytest


def offered(words: str) -> list[str]:
    """Return what bash is offered for the last word, which may be empty."""
    environment = {
        **os.environ,
        "_LINKSIM_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    command = [sys.executable, "-m", "linksim"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("linksim tr", ["transmit", "train"]),
        ("linksim sweep --codec uo", ["uo_isc"]),
        ("linksim sweep --codec uo_isc,jpeg2", ["uo_isc,jpeg2000"]),
        ("linksim transmit a.png --codec dis", ["discover"]),
        ("linksim link --code po", ["polar"]),
        ("linksim link --code ldpc:rate=1/2,tu", ["ldpc:rate=1/2,turbo"]),
        ("linksim link --modulation 8", ["8psk", "8qam", "8qam-circular", "8qam-cross"]),
        ("linksim link --channel ri", ["rician"]),
        ("linksim link --engine h", ["hybrid"]),
        ("linksim sweep --preset paper-", ["paper-nanollava"]),
        ("linksim link --demapper m", ["maxlog"]),
    ],
)
def test_names_are_completed(words: str, names: list[str]) -> None:
    assert offered(words) == names
