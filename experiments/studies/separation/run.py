"""A study from its options to its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.inputs import measure_inputs
from linksim.experiments.faults import Fault
from linksim.experiments.results.hdf5 import json_of
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.parts import differences, differing, parts_are_kept
from linksim.experiments.results.sweeps import versions
from linksim.experiments.studies.separation import page
from linksim.experiments.studies.separation.anchors import Anchor
from linksim.experiments.studies.separation.bench import Bench, SeparationConfiguration, Tell
from linksim.experiments.studies.separation.figure import draw
from linksim.experiments.studies.separation.files import FileStudy
from linksim.experiments.studies.separation.over_cbr import draw_over_cbr, table_over_cbr
from linksim.experiments.studies.separation.pictures import Eye, digests, pictures_of
from linksim.experiments.studies.separation.results import Separation
from linksim.experiments.studies.separation.schemes import schemes_of
from linksim.experiments.studies.separation.symbols import SymbolsStudy
from linksim.experiments.studies.separation.table import table_of
from linksim.experiments.sweeps.measures import load_measures
from linksim.link.cbr import parse_cbr
from linksim.source import AnyCodec, BudgetCodec, SizedCodec, SymbolsFormat, load_codec
from linksim.source.pictures import Framing, parse_size
from linksim.source.sizes import Sizes
from linksim.source.zoo.preset import load_preset

FILES = ("separation.h5", "separation.txt", "separation.png", "separation.pdf", "separation.html")

FILES_OVER_CBR = ("over-cbr.txt", "over-cbr.png", "over-cbr.pdf")


def folder_of(cbr: str) -> str:
    """Return the name of a study's folder, where there are several, by its ratio."""
    return f"cbr-{cbr.replace('/', '-')}"


def compare_ratios(out: Path, ratios: Sequence[str]) -> str:
    """Set studies of several ratios side by side, write `FILES_OVER_CBR` and return the table.

    Args:
        out: the folder that has the studies' folders.
        ratios: of the studies.

    Raises:
        Fault: if what is stored can't be read.
    """
    studies = {cbr: Separation.load(out / folder_of(cbr) / FILES[0]) for cbr in ratios}
    text = table_over_cbr(studies)
    table, *figures = (out / name for name in FILES_OVER_CBR)
    table.write_text(text + "\n", encoding="utf-8")
    draw_over_cbr(studies, *figures)
    return text


def run_separation(
    configuration: SeparationConfiguration,
    out: Path,
    anchors: list[Anchor],
    tell: Tell,
    device: torch.device,
    threads: int = 0,
    note: Callable[[str], None] = lambda _: None,
) -> str:
    """Measure, write `FILES` into a folder, and return the table.

    What was measured is kept: a run that was interrupted goes on when it is called again, and one
    that is over returns its table.

    Raises:
        Fault: if an option is wrong, or the folder holds something else.
        UnreadablePicture, UnfitPicture: naming the picture.
    """
    models = Path(configuration.models) if configuration.models else None
    preset = load_preset(configuration.preset, models)
    codecs = {name: load_codec(name, preset, device) for name in configuration.codec}
    multiple = max(_sizes(codec).multiple for codec in codecs.values())
    framing = Framing(parse_size(configuration.size), Sizes(multiple))
    ratio = parse_cbr(configuration.cbr)
    pictures = pictures_of(Path(configuration.data), framing, configuration.images, ratio)
    if multiple > 1 and framing.size is None:
        note(f"pictures are cut to sides that {multiple} divides, for all codecs alike")
    eye = Eye(load_measures(configuration.metrics, preset, device))
    schemes, inputs = schemes_of(configuration.table), digests(pictures)
    inputs |= measure_inputs(configuration.metrics, preset)
    with journalled_run(out, configuration, True, FILES, inputs) as parts:
        if parts is None:
            _check_same(out, configuration, inputs)
            return (out / FILES[1]).read_text(encoding="utf-8")
        parts.begin()
        bench = Bench(configuration, pictures, schemes, parts, tell, threads, eye)
        studies = {name: _study(bench, codec, name) for name, codec in codecs.items()}
        methods = [method for study in studies.values() for method in study.methods()]
        found = Separation(
            {
                "linksim_version": version("semantic-linksim"),
                "command": configuration.command(),
                "configuration": configuration.to_json(),
                "inputs": json.dumps(inputs, sort_keys=True),
                "versions": versions(),
            },
            np.array(bench.snr_db),
            [one.name for one in pictures],
            np.array([one.size for one in pictures]),
            np.array([one.symbols for one in pictures]),
            methods,
        )
        text = table_of(found)
        originals = [picture.image() for picture in pictures[: page.MOST_SHOWN]]
        images = {name: one.images for name, one in studies.items()}
        shown = page.render(found, originals, images, tell)
        with parts_are_kept(out):
            found.save(out / FILES[0])
            (out / FILES[1]).write_text(text + "\n", encoding="utf-8")
            draw(found, configuration.cbr, anchors, out / FILES[2], out / FILES[3])
            (out / FILES[4]).write_text(shown, encoding="utf-8")
    return text


def _check_same(
    out: Path, configuration: SeparationConfiguration, inputs: Mapping[str, str]
) -> None:
    """Raise a `Fault` if a folder's study is of other options, or of other pictures."""
    about = Separation.load(out / FILES[0]).attributes
    begun, read = (json_of(about.get(name, "")) for name in ("configuration", "inputs"))
    other = differences(begun, configuration.shared()) if isinstance(begun, dict) else "all"
    if other:
        raise Fault(f"--out {out}: holds a study of other options: {other}; give another folder")
    if others := differing(read if isinstance(read, dict) else {}, inputs):
        raise Fault(f"--out {out}: holds a study of other {others}; give another folder")


def _sizes(codec: AnyCodec) -> Sizes:
    if not isinstance(codec, SizedCodec):
        raise Fault(f"--codec {codec.name}: takes pictures of one size; give codecs of any size")
    return codec.sizes


def _study(bench: Bench, codec: AnyCodec, name: str) -> FileStudy | SymbolsStudy:
    if isinstance(codec, BudgetCodec):
        return FileStudy(bench, codec, name)
    if isinstance(codec.format, SymbolsFormat):
        return SymbolsStudy(bench, codec, name)
    raise Fault(f"--codec {name}: sends neither files of any length nor symbols")
