"""A study from its options to its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.parts import parts_are_kept
from linksim.experiments.results.sweeps import versions
from linksim.experiments.studies.separation.anchors import Anchor
from linksim.experiments.studies.separation.figure import draw
from linksim.experiments.studies.separation.pictures import digests, pictures_of
from linksim.experiments.studies.separation.results import Method, Separation
from linksim.experiments.studies.separation.schemes import schemes_of
from linksim.experiments.studies.separation.study import (
    Bench,
    FileStudy,
    SeparationConfiguration,
    Tell,
    symbols_method,
)
from linksim.experiments.studies.separation.table import table_of
from linksim.link.cbr import parse_cbr
from linksim.source import AnyCodec, BudgetCodec, SizedCodec, SymbolsFormat, load_codec
from linksim.source.pictures import Framing, parse_size
from linksim.source.sizes import Sizes
from linksim.source.zoo.preset import load_preset

FILES = ("separation.h5", "separation.txt", "separation.png", "separation.pdf")


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
    preset = load_preset(configuration.preset)
    codecs = {name: load_codec(name, preset, device) for name in configuration.codec}
    multiple = max(_sizes(codec).multiple for codec in codecs.values())
    framing = Framing(parse_size(configuration.size), Sizes(multiple))
    ratio = parse_cbr(configuration.cbr)
    pictures = pictures_of(Path(configuration.data), framing, configuration.images, ratio)
    if multiple > 1 and framing.size is None:
        note(f"pictures are cut to sides that {multiple} divides, for all codecs alike")
    schemes, inputs = schemes_of(configuration.table), digests(pictures)
    with journalled_run(out, configuration, True, FILES, inputs) as parts:
        if parts is None:
            return (out / FILES[1]).read_text(encoding="utf-8")
        parts.begin()
        bench = Bench(configuration, pictures, schemes, parts, tell, threads)
        methods = [m for name, codec in codecs.items() for m in _methods(bench, codec, name)]
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
        with parts_are_kept(out):
            found.save(out / FILES[0])
            (out / FILES[1]).write_text(text + "\n", encoding="utf-8")
            draw(found, configuration.cbr, anchors, out / FILES[2], out / FILES[3])
    return text


def _sizes(codec: AnyCodec) -> Sizes:
    if not isinstance(codec, SizedCodec):
        raise Fault(f"--codec {codec.name}: takes pictures of one size; give codecs of any size")
    return codec.sizes


def _methods(bench: Bench, codec: AnyCodec, name: str) -> list[Method]:
    if isinstance(codec, BudgetCodec):
        return FileStudy(bench, codec, name).methods()
    if isinstance(codec.format, SymbolsFormat):
        return [symbols_method(bench, codec, name)]
    raise Fault(f"--codec {name}: sends neither files of any length nor symbols")
