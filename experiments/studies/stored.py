"""The seed papers' figures, drawn again from what their studies have measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linksim.experiments.faults import Fault

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from linksim.experiments.configuration import SweepConfiguration


@dataclass(frozen=True)
class StoredFigure:
    """A figure of a paper: what it shows, and the study that measures it.

    Attributes:
        title: what it shows.
        study: as `linksim study` calls it.
        figure: its ``--figure``.
        folder: where the study writes unless told otherwise.
    """

    title: str
    study: str
    figure: str
    folder: Path


def _named(study: str, folder: str, titles: dict[str, str]) -> dict[str, StoredFigure]:
    return {
        f"{study}-{figure}": StoredFigure(title, study, figure, Path(folder))
        for figure, title in titles.items()
    }


FIGURES: dict[str, StoredFigure] = {
    **_named(
        "uo-isc",
        "runs/study-uo-isc",
        {
            "3": "pictures and answers at 0 dB, method by method",
            "4a": "answer match against SNR",
            "4b": "relevance loss against SNR",
            "5": "relevance loss against SNR by segment length",
            "6": "channel symbols per picture",
        },
    ),
    **_named(
        "discover-rate",
        "runs/study-discover",
        {
            "5": "rate against detection and classification",
            "6": "rate against what people see",
            "8": "rate against detection without each half",
        },
    ),
}
"""The figures by name."""


def draw_stored(name: str, folder: Path | None, width: float) -> Figure:
    """Draw one of `FIGURES`.

    Args:
        name: of the figure.
        folder: of the study; None for where it writes unless told otherwise.
        width: in inches.

    Raises:
        Fault: if the folder lacks what the figure shows, naming the command that measures it.
        ModelUnavailable: if a judge of DISCOVER's pictures is missing or damaged.
    """
    from linksim.experiments.studies.sweeps import NotMeasured

    figure, place = FIGURES[name], folder or FIGURES[name].folder
    draw = _uo_isc if figure.study == "uo-isc" else _discover_rate
    try:
        return draw(figure.figure, place, width)
    except NotMeasured as lack:
        command = f"linksim study {figure.study} --figure {figure.figure} --out {place}"
        raise Fault(
            f"--from {place}: lacks figure {name} ({lack}); measure it: {command}"
        ) from None


def _uo_isc(figure: str, folder: Path, width: float) -> Figure:
    import torch

    from linksim.experiments.studies.sweeps import Bench
    from linksim.experiments.studies.uo_isc import DRAWINGS, Study
    from linksim.experiments.sweeps.sweep import Execution

    common = _common(folder)
    execution = Execution(folder, 256, torch.device("cpu"), 1, resume=True)
    bench = Bench(common, execution, lambda *_: None, measures=False)
    return DRAWINGS[figure](Study(bench, common.codec.endswith("=natural"), 0), width)


def _common(folder: Path) -> SweepConfiguration:
    """Return what the figures' sweeps share: the options of UO-ISC's, the newest where several.

    Raises:
        NotMeasured: if there is none in the folder.
    """
    from linksim.experiments.configuration import OtherOptions, SweepConfiguration, parse_snr
    from linksim.experiments.results.sweep_files import load_sweeps
    from linksim.experiments.studies.sweeps import NotMeasured
    from linksim.experiments.studies.uo_isc import HIGH_DB, LOW_DB, METHODS
    from linksim.experiments.sweeps.sweep import RESULTS_FILE

    ours = METHODS["UO-ISC"]
    files = folder.glob(f"uo-isc*/{RESULTS_FILE}")
    for file in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        for results in load_sweeps([file]).values():
            try:
                found = SweepConfiguration.read(results.configuration)
            except OtherOptions as error:
                raise Fault(f"{file}: options of another version ({error})") from None
            plain = found.codec in (ours, f"{ours}:index-assignment=natural")
            if plain and {LOW_DB, HIGH_DB} <= set(parse_snr(found.snr)):
                return found
    raise NotMeasured("no sweep of UO-ISC over 0 and 20 dB")


def _discover_rate(figure: str, folder: Path, width: float) -> Figure:
    import torch

    from linksim.experiments.studies.discover_rate import RateStudy
    from linksim.source.zoo.preset import load_preset, preset_names

    about = _about(folder)
    if about["preset"] not in preset_names():  # a file names no models but linksim's own
        raise Fault(
            f"--from {folder}: measured with a preset of one's own; its figures are beside it, "
            "drawn by `linksim study discover-rate`"
        )
    study = RateStudy(
        preset=load_preset(about["preset"]),
        device=torch.device("cpu"),
        images=about["images"],
        seed=about["seed"],
        out=folder,
        advance=lambda *_: None,
        note=lambda _: None,
        stored=about["inputs"],
    )
    return study.drawn(figure, width)


_ABOUT = {"preset": str, "images": int, "seed": int, "inputs": str}
_MOST_IMAGES = 100_000


def _about(folder: Path) -> dict[str, Any]:
    """Return what all points of a study of DISCOVER's rate share.

    Raises:
        NotMeasured: if there is none.
    """
    from linksim.experiments.results.hdf5 import open_stored, table_of
    from linksim.experiments.studies.sweeps import NotMeasured

    for file in sorted((folder / "points").glob("discover-*.h5")):
        with open_stored(file, "a rate's results") as stored:
            found = table_of(stored.attributes().get("about"))
            count = len(stored.array("size", "count", [None]))
        if isinstance(found.get("data"), str):
            raise Fault(
                f"--from {folder}: measured on photographs, which are not in it; its figures are "
                "beside it, drawn by `linksim study discover-rate`"
            )
        kinds = {name: type(found.get(name)) for name in _ABOUT}
        sound = kinds == _ABOUT and found["images"] == count and 0 <= found["seed"] < 2**32
        if not sound or not 1 < count <= _MOST_IMAGES:
            raise Fault(f"--from {folder}: {file.name} is damaged; give another folder")
        return found
    raise NotMeasured("no points of DISCOVER")
