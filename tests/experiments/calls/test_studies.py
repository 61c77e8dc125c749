"""Studies from Python."""

from pathlib import Path

import pytest

import linksim


def test_a_study_returns_what_it_says_its_sweeps_and_its_pictures(tmp_path: Path) -> None:
    studied = linksim.studies.codes(
        "jpeg2000",
        ["conv", "none"],
        awgn=[6, 10],
        rayleigh=None,
        images=16,
        out=tmp_path,
        device="cpu",
        threads=1,
    )
    assert "conv" in studied.text
    assert len(studied.sweeps) == 3  # the clean channel's, too
    assert {"none"} < {one.configuration["code"] for one in studied.sweeps.values()}
    assert studied.pictures
    assert len(studied._repr_html_()) < 6000


def test_what_a_study_cannot_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="awgn, rayleigh"):
        linksim.studies.codes(awgn=None, rayleigh=None, out=tmp_path)
    with pytest.raises(ValueError, match="must hold 0 and 20 dB"):
        linksim.studies.uo_isc(snr="0:10", out=tmp_path)
    with pytest.raises(ValueError, match="figures 7"):
        linksim.studies.uo_isc(["7"], out=tmp_path)
    with pytest.raises(ValueError, match="figures 9"):
        linksim.studies.discover_rate(["9"], out=tmp_path)
