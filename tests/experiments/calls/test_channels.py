"""Channels of a user's own in calls from Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linksim
from linksim.experiments.faults import Fault
from linksim.phy import Frames


class Louder:
    """Noise of so many times the power, of which the receiver knows nothing."""

    def __init__(self, times: float) -> None:
        self.times, self.left = times, 1_000_000

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        noise = np.sqrt(self.times * frames.n0) * frames.noise()
        return symbols + noise, None, frames.n0


OPTIONS: dict[str, Any] = {
    "code": "none",
    "modulation": "bpsk",
    "progress": False,
    "max_blocks": 300,
    "message_bits": 64,
    "threads": 1,
}


def rates(channel: Any, snr: float) -> list[float | None]:
    curves = linksim.link_curves(snr, channel=channel, **OPTIONS)
    return [estimate.value for estimate in curves["none"].curve("raw_ber")]


def test_a_link_takes_an_object_for_a_channel() -> None:
    """BPSK in four times the noise is BPSK 6.02 dB lower, but for other draws at other SNRs."""
    assert rates(Louder(1.0), 4.0) == rates("awgn", 4.0)
    (ours,), (awgn,) = rates(Louder(4.0), 6.021), rates("awgn", 0.0)
    assert ours == pytest.approx(awgn, rel=0.1)
    assert rates(linksim.ChannelSpec.of(Louder(4.0), "four"), 6.021) == [ours]


def test_a_run_goes_on_with_the_channel_that_it_was_begun_with_alone(tmp_path: Path) -> None:
    begun = Louder(4.0)
    spec = linksim.ChannelSpec.of(begun)
    begun.left = 5
    kept = {**OPTIONS, "out": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        linksim.link_curves([2.0, 4.0], channel=spec, **kept)
    with pytest.raises(Fault, match="channel louder"):
        linksim.link_curves([2.0, 4.0], channel=Louder(3.0), resume=True, **kept)
    begun.left = 1_000_000
    resumed = linksim.link_curves([2.0, 4.0], channel=spec, resume=True, **kept)
    whole = linksim.link_curves([2.0, 4.0], channel=Louder(4.0), **OPTIONS)
    for name in ("ber", "bler"):
        assert resumed["none"].curve(name) == whole["none"].curve(name)


def test_linksims_channels_go_by_name() -> None:
    with pytest.raises(ValueError, match="give linksim's by name; coherence and csi are options"):
        linksim.link_curves(4.0, channel=linksim.ChannelSpec("rayleigh"), **OPTIONS)
    with pytest.raises(ValueError, match="awgn: is linksim's; give yours a name"):
        linksim.ChannelSpec.of(Louder(1.0), "awgn")
