"""The table of metrics: that one entry is all that files, tables, plots and exports need."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results import metrics, sweeps
from linksim.experiments.results.comparison import figures
from linksim.experiments.results.csv_lines import curves_csv
from linksim.experiments.results.estimates import mean
from linksim.experiments.results.metrics import FIDELITY, METRICS, SCORED, Metric
from linksim.experiments.sweeps import scores

from ..made_results import made_results


def test_what_is_scored_is_what_is_stored() -> None:
    assert set(scores._SCORES) == set(SCORED)


def test_a_metric_is_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = made_results()
    before = tmp_path / "before.h5"
    sweeps.save_results({"made": results}, before)
    error = Metric(
        "mean error",
        "mean error",
        FIDELITY,
        "Mean of the absolute error.",
        lambda sent: mean(sent.pictures["mae"]),
        lambda sent: sent.pictures["mae"].astype(float),
        scored=True,
    )
    monkeypatch.setitem(METRICS, "mae", error)
    for module in (metrics, sweeps):
        monkeypatch.setattr(module, "SCORED", (*SCORED, "mae"))
    monkeypatch.setitem(sweeps._FIGURES, "mae", "number")
    shape = results.pictures["psnr"].shape
    results.pictures["mae"] = np.full(shape, 0.25, np.float32)
    after = tmp_path / "after.h5"
    sweeps.save_results({"made": results}, after)
    (read,) = sweeps.load_results(after).values()
    assert "mean error" in sweep_table(read)
    assert ",mae,0.25," in curves_csv({"made": read})
    assert np.all(figures(read, "mae")[0][: read.counted[0]] == 0.25)
    (older,) = sweeps.load_results(before).values()
    assert all(np.isnan(point.value) for point in older.curve("mae"))
    assert "mean error" not in sweep_table(older)
