"""Curves that another run measured, and files that nobody should trust."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from linksim.experiments.links import kept_curves, simulation
from linksim.experiments.links.kept_curves import KeptCurve
from linksim.experiments.links.results import LinkResults

from ..configurations import link_configuration
from .test_simulation import simulate

CONFIGURATION = link_configuration(
    snr="-4:8:4", code=("nr:mcs=1", "nr:mcs=5"), modulation=(), adapt="bler=0.1", max_blocks=100
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep curves in a folder of the test's own, and return it."""
    monkeypatch.setattr(kept_curves, "_KEPT_FOR", tmp_path / "kept" / "curves.py")
    return tmp_path / "kept" / "__pycache__"


@pytest.fixture
def first(tmp_path: Path, folder: Path) -> LinkResults:
    found = simulate(CONFIGURATION, tmp_path / "first")
    assert len(list(folder.glob("*.curve"))) == 2
    return found


def is_simulated(out: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> bool:
    """Tell whether a run simulates anything."""
    asked: list[float] = []
    real = simulation.rounds

    def rounds(configuration, setup, snr_db):  # type: ignore[no-untyped-def]
        for counted in real(configuration, setup, snr_db):
            asked.append(snr_db)
            yield counted

    monkeypatch.setattr(simulation, "rounds", rounds)
    simulate(replace(CONFIGURATION, **options), out)
    return bool(asked)


def test_a_second_run_simulates_nothing_and_finds_the_same(
    first: LinkResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_simulated(tmp_path / "again", monkeypatch)
    results = (tmp_path / one / "results.h5" for one in ("first", "again"))
    assert next(results).read_bytes() == next(results).read_bytes()
    # Points between those that are known are simulated, and then known too.
    assert is_simulated(tmp_path / "finer", monkeypatch, snr="-4:8:2")
    assert not is_simulated(tmp_path / "finer again", monkeypatch, snr="-4:8:2")
    assert not is_simulated(tmp_path / "as before", monkeypatch)


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 7},
        {"message_bits": 300},
        {"max_blocks": 120},
        {"channel": "rayleigh"},
        {"harq": "ir:rounds=2"},
        {"adapt": None},  # nothing is kept of links that do not adapt
    ],
)
def test_what_decides_counts_decides_what_is_known(
    options: dict[str, object], first: LinkResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_simulated(tmp_path / "other", monkeypatch, **options)


def forged(content: bytes, change: object) -> bytes:
    """Return a file with other counts in each point, and the digest that goes with them."""
    points = json.loads(content[32:])
    payload = json.dumps({snr: change(one) for snr, one in points.items()}).encode()  # type: ignore[operator]
    return content[:32] + payload


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:40] + b"9" + content[41:],
        lambda content: forged(content, lambda one: one | {"message_errors": 0}),
        lambda content: os.urandom(200),
    ],
)
def test_a_damaged_file_is_passed_over(
    damage: object,
    first: LinkResults,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file in folder.glob("*.curve"):
        file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert is_simulated(tmp_path / "again", monkeypatch)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one | {"messages": -1},
        lambda one: one | {"messages": 1.5},
        lambda one: one | {"messages": 2**60},
        lambda one: one | {"more": 1},
        lambda one: {"messages": 1},
        lambda one: [],
    ],
)
def test_counts_that_no_run_counts_are_passed_over(change: object, first: LinkResults) -> None:
    """Even with the right digest, which whoever knows the key can make."""
    setup = simulation.setup_of(CONFIGURATION, "nr:mcs=1", "", [0.0], 1)
    curve = KeptCurve(CONFIGURATION, setup.layer.spec, setup.about)
    assert curve.at(-4.0)
    file = kept_curves._KEPT_FOR.parent / "__pycache__" / curve._file
    payload = forged(file.read_bytes(), change)[32:]
    file.write_bytes(hashlib.sha256(curve._key + payload).digest() + payload)
    assert KeptCurve(CONFIGURATION, setup.layer.spec, setup.about).at(-4.0) is None


@pytest.mark.skipif(os.name != "posix", reason="files have modes on POSIX alone")
def test_a_file_that_others_may_write_is_not_read(
    first: LinkResults, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in folder.glob("*.curve"):
        file.chmod(0o666)
    assert is_simulated(tmp_path / "again", monkeypatch)
