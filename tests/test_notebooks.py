"""The notebooks of docs/notebooks run from top to bottom, as Jupyter would run their cells."""

from pathlib import Path

import pytest
from matplotlib import pyplot

NOTEBOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.py"))


def test_there_are_six() -> None:
    assert len(NOTEBOOKS) == 6


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pyplot.switch_backend("agg")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ---\n# jupyter:\n")
    assert text.count("\n# %% [markdown]\n") >= 2
    exec(compile(text, file.name, "exec"), {"__name__": "__main__"})
    pyplot.close("all")
