"""Results as xarray's Datasets and pandas' tables."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linksim.experiments import extras
from linksim.experiments.calls.curves import LinkCurves
from linksim.experiments.calls.sweeping import Sweeps
from linksim.experiments.links.curves import curves_of
from linksim.experiments.results.sweeps import SweepResults

from ..links.test_first_class import made_curve, made_link
from ..made_results import made_results, made_up

xarray = pytest.importorskip("xarray")
pytest.importorskip("pandas")


def two() -> Mapping[str, SweepResults]:
    """Return sweeps of other pictures, at other SNRs."""
    return {"a": made_results(), "b": made_up()}


def test_every_curve_has_its_values_and_intervals_by_name() -> None:
    sweeps = Sweeps(two())
    data = sweeps.to_xarray()
    assert dict(data.sizes) == {"sweep": 2, "snr": 3, "picture": 5}
    for label, found in sweeps.items():
        for snr_db, estimate in zip(found.snr_db, found.curve("answer_match"), strict=True):
            there = data.sel(sweep=label, snr=snr_db)
            assert there.answer_match == estimate.value
            assert there.answer_match_low == estimate.low
            assert there.answer_match_high == estimate.high
    assert np.isnan(data.answer_match.sel(sweep="a", snr=10))
    assert data.counted.sel(sweep="a", snr=10) == 0
    assert "packet_loss" not in data


def test_figures_of_pictures_are_there_under_names_of_their_own() -> None:
    sweeps = Sweeps(two())
    data = sweeps.to_xarray()
    there = data.sel(sweep="b", snr=5)
    assert there.picture_answers.values.tolist() == sweeps["b"].pictures["answers"][1].tolist()
    assert np.allclose(there.picture_psnr, sweeps["b"].pictures["psnr"][1])
    assert there.question.values.tolist() == sweeps["b"].questions["text"].tolist()
    assert int(there.picture_bits[0]) == 1000


def test_what_was_not_measured_is_empty() -> None:
    found = made_results()
    found.counted[1] = 2
    data = Sweeps({"a": found}).to_xarray()
    assert np.isnan(data.picture_psnr.values[0, 1]).tolist() == [False, False, True, True, True]
    assert data.picture_answers.values[0, 1, 2:].tolist() == ["", "", ""]
    assert not np.isnan(found.pictures["psnr"]).any()  # the results stay as they are


def test_results_by_ebno_share_that_axis() -> None:
    one = made_curve("a", [9, 1], [0, 1])
    other = replace(made_curve("b", [9, 1], [0, 1]), snr_db=np.array([-3.25, -2.25]))
    data = LinkCurves(curves_of(made_link(one, other))).to_xarray()
    assert dict(data.sizes) == {"curve": 2, "snr": 2}
    assert data.snr.attrs == {"long_name": "Eb/N0", "units": "dB"}
    assert data.snr_db.sel(curve="b").values.tolist() == [-3.25, -2.25]
    assert data.bler.sel(curve="b", snr=1) == 0.001


def test_netcdf_holds_everything(tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    data = Sweeps(two()).to_xarray()
    data.to_netcdf(tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc") as read:
        for name in data.variables:
            xarray.testing.assert_equal(read[name].load(), data[name])


def test_tables_are_the_exported_lines() -> None:
    sweeps = Sweeps(two())
    frame = sweeps.to_pandas()
    assert list(frame.columns[:7]) == [
        *("sweep", "codec", "code", "modulation", "channel", "snr_db", "ebno_db"),
    ]
    one = frame[(frame.sweep == "a") & (frame.metric == "relevance") & (frame.snr_db == 5)]
    assert one.value.item() == sweeps["a"].curve("relevance")[1].value
    assert len(sweeps.pictures_to_pandas()) == 2 * 5 + 3 * 5


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(ImportError, match=r"xarray is not installed; pip install .*\[data\]"):
        Sweeps(two()).to_xarray()


def test_results_say_what_they_are_in_a_line() -> None:
    sweeps = Sweeps(two())
    assert repr(sweeps) == "<2 sweeps: a; b>"
    assert len(repr(sweeps["a"])) < 120
    assert repr(sweeps["a"]).startswith("<sweep of uo_isc over ")
    assert len(sweeps._repr_html_()) < 6000
