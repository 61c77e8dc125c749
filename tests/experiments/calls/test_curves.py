"""Curves of a link, from Python."""

from pathlib import Path

import numpy as np
import pytest

import linksim
from linksim.experiments.cli.main import run

from .test_arguments import Repeat

FEW = {"message_bits": 64, "max_blocks": 200, "threads": 1, "progress": False}


def test_python_and_the_command_line_measure_the_same(tmp_path: Path) -> None:
    called = linksim.link_curves([2, 6], ["none", "conv"], "qpsk", seed=3, **FEW)  # type: ignore[arg-type]
    command = ["link", "--snr", "2,6", "--code", "none,conv", "--modulation", "qpsk", "--seed", "3"]
    command += ["--message-bits", "64", "--max-blocks", "200", "--threads", "1"]
    assert run([*command, "--out", str(tmp_path)]) == 0
    loaded = linksim.load(tmp_path / "results.h5")
    assert list(called) == list(loaded) == ["none", "conv:rate=1/2"]
    for label in called:
        assert called[label].curve("ber") == loaded[label].curve("ber")
    assert called["none"].attributes["command"] == loaded["none"].attributes["command"]


def test_objects_and_texts_side_by_side() -> None:
    star = linksim.Modulation.from_points("star", [1, 1j, -1j, -1])
    curves = linksim.link_curves(20, [Repeat(), "none"], [star, "qpsk"], **FEW)  # type: ignore[arg-type]
    assert list(curves) == ["repeat, star", "repeat, qpsk", "none, star", "none, qpsk"]
    assert all(curve.curve("ber")[0].value == 0 for curve in curves.values())
    command = curves["repeat, star"].attributes["command"]
    assert command.startswith("linksim.link_curves(")
    assert "'repeat'" in command


def test_a_run_with_other_code_of_the_same_name_is_not_gone_on_with(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    class Fragile(Repeat):
        """Fails after a while, as an interruption."""

        calls = 0

        def decode(self, llr: np.ndarray) -> np.ndarray:
            self.calls += 1
            if self.calls > 4:
                raise Stopped
            return super().decode(llr)

    class Other(Repeat):
        def encode(self, bits: np.ndarray) -> np.ndarray:
            return np.hstack([bits, bits])

        def decode(self, llr: np.ndarray) -> np.ndarray:
            return llr[:, :4] + llr[:, 4:]

    mine = [linksim.CodeSpec.of(code, "mine") for code in (Fragile(), Other())]
    with pytest.raises(Stopped):
        linksim.link_curves([0, 1, 2, 3], mine[0], "qpsk", out=tmp_path, **FEW)  # type: ignore[arg-type]
    with pytest.raises(linksim.Fault, match="other contents of: code mine"):
        linksim.link_curves([0, 1, 2, 3], mine[1], "qpsk", out=tmp_path, resume=True, **FEW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"message_bits": 0}, "message_bits 0: give 1 to"),
        ({"target_bler": 1.5}, "target_bler 1.5"),
        ({"code": "lpdc"}, "lpdc: unknown"),
        ({"modulation": "9psk"}, "9psk: unknown"),
        ({"seed": 2**32}, "seed"),
        ({"snr": "a:b"}, "--snr a:b"),
        ({"code": []}, "give one code"),
    ],
)
def test_what_is_no_argument_is_refused(arguments: dict[str, object], says: str) -> None:
    with pytest.raises((ValueError, linksim.Fault), match=says):
        linksim.link_curves(**{"snr": 3, **arguments})  # type: ignore[arg-type]


def test_an_unknown_argument_is_named() -> None:
    with pytest.raises(TypeError, match="colour"):
        linksim.link_curves(3, colour="red")  # type: ignore[call-arg]


def test_they_show_themselves_in_a_screen_of_a_notebook() -> None:
    curves = linksim.link_curves("0:12:0.25", "none", "16qam", target_bler=0, **FEW)  # type: ignore[arg-type]
    shown = curves._repr_html_()
    assert len(shown) < 6000
    assert shown.count("<tr>") <= 14
    assert "37 more" in shown
    assert repr(curves) == "<1 curve: none>"
    assert len(repr(curves["none"])) < 100


def test_axes_can_be_ones_own_and_metrics_are_known() -> None:
    from matplotlib.figure import Figure

    curves = linksim.link_curves([2, 4], "none", "qpsk", **FEW)  # type: ignore[arg-type]
    axes = Figure().subplots()
    assert curves.plot("BER", axes=axes, ebno=True) == [axes]
    assert axes.get_xlabel() == "Eb/N0 (dB)"
    assert curves.metrics == ["raw_ber", "ber", "bler"]
    with pytest.raises(ValueError, match="psnr: unknown; one of raw_ber"):
        curves.plot("psnr")
    with pytest.raises(ValueError, match="axes: 1 for 2 metrics"):
        curves.plot("ber", "bler", axes=axes)
