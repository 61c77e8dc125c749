"""What a call returns: measurements by label, that become tables, figures and pages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from linksim.experiments.calls.html import html_table
from linksim.experiments.extras import library
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.csv_lines import curve_lines
from linksim.experiments.results.drawable import Drawable, ssim_of
from linksim.experiments.results.metrics import METRICS, title_of
from linksim.phy.options import known_name

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

Kind = TypeVar("Kind", bound=Drawable)

_PANEL = (4.8, 3.8)  # inches


class Measured(Mapping[str, Kind]):
    """Measurements by label, in their order; a mapping that cannot be changed.

    Args:
        found: by label.
    """

    _ONE: ClassVar[str]  # what one of them is called
    _SHOWN: ClassVar[tuple[str, ...]]  # metrics that are drawn and shown unless told otherwise

    def __init__(self, found: Mapping[str, Kind]) -> None:
        self._found = dict(found)

    def __getitem__(self, label: str) -> Kind:
        return self._found[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics that any of them has."""
        return [name for name in METRICS if self._has(name)]

    def _has(self, name: str) -> bool:
        return any(np.isfinite([e.value for e in one.curve(name)]).any() for one in self.values())

    @abstractmethod
    def to_xarray(self) -> xr.Dataset:
        """Return everything as a Dataset with named dimensions, see `calls.datasets`.

        Raises:
            ImportError: if xarray is not installed.
        """

    def to_pandas(self) -> pd.DataFrame:
        """Return the curves in long form: a row for each metric at each SNR, as ``linksim export``.

        Columns are those of the CSV: label, codec, code, modulation, channel, ``snr_db``,
        ``ebno_db``, ``metric``, ``value``, ``low`` and ``high``.

        Raises:
            ImportError: if pandas is not installed.
        """
        frame: pd.DataFrame = library("pandas").DataFrame(curve_lines(self, self._ONE))
        return frame

    def plot(
        self, *metrics: str, ebno: bool = False, axes: Axes | Sequence[Axes] | None = None
    ) -> list[Axes]:
        """Draw curves with their intervals, a panel for each metric.

        Args:
            metrics: some of `metrics`; none for the usual ones.
            ebno: draw against Eb/N0 per information bit in place of Es/N0.
            axes: panels to draw into, one for each metric; None for a new figure of pyplot's.

        Returns:
            the panels, to be styled; their ``figure`` saves them.

        Raises:
            ValueError: for a metric that there is none of, or another number of panels.
        """
        from linksim.experiments.report.plots import draw_methods

        names = [known_name(name, self.metrics) for name in metrics] or self._usual()
        panels = _panels(axes, len(names))
        for panel, name in zip(panels, names, strict=True):
            draw_methods(panel, self, name, title_of(name, ssim_of(self)), ebno)
        panels[-1].legend(frameon=False, fontsize="small")
        return panels

    def report(self, path: str | Path) -> Path:
        """Write one page that opens in any browser, as ``linksim report``; return its path."""
        from linksim.experiments.report.page.page import render
        from linksim.experiments.results.parts import write_atomically

        write_atomically(Path(path), render(self).encode())
        return Path(path)

    @abstractmethod
    def table(self) -> str:
        """Return everything as text, as the command line prints it."""

    def _usual(self) -> list[str]:
        return [name for name in self._SHOWN if self._has(name)] or self.metrics[:1]

    def __repr__(self) -> str:
        many = f"{len(self)} {self._ONE}{'s' * (len(self) != 1)}"
        return f"<{many}: {'; '.join(self)}>" if len(self) <= 6 else f"<{many}>"

    def _repr_html_(self) -> str:
        names = self._usual()
        head = [self._ONE, "Es/N0 dB", *(METRICS[name].column for name in names)]
        rows = [
            [label, f"{snr_db:g}", *(format_estimate(curve[at]) for curve in curves)]
            for label, one in self.items()
            for curves in [[one.curve(name) for name in names]]
            for at, snr_db in enumerate(one.snr_db)
        ]
        return html_table(head, rows, f"{self!r}, 95 % intervals")


def _panels(axes: Axes | Sequence[Axes] | None, count: int) -> list[Axes]:
    if axes is None:
        from matplotlib import pyplot

        size = (_PANEL[0] * count, _PANEL[1])
        _, made = pyplot.subplots(1, count, squeeze=False, layout="constrained", figsize=size)
        return list(made.flat)
    given: list[Axes] = list(np.ravel(np.array(axes, dtype=object)))
    if len(given) != count:
        raise ValueError(f"axes: {len(given)} for {count} metrics; give one for each")
    return given
