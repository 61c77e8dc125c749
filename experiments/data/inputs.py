"""What a run reads besides its options, as digests: who goes on with it must read the same.

Names say what a digest is of, in words for the user: ``pictures``, ``questions``, ``model
weights:embedded/llava``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from linksim.experiments.configuration import (
    DISTS,
    LPIPS,
    WORLD,
    SweepConfiguration,
    parse_metrics,
)
from linksim.experiments.data.given import GivenSamples
from linksim.experiments.data.mosaics import MosaicSamples
from linksim.experiments.data.samples import FolderSamples, Samples, SceneSamples
from linksim.source.deepjscc.codec import shipped
from linksim.source.judge import IMAGENET, LLAVA
from linksim.source.scenes import SIDE
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import WIDE, ModelUnavailable, Preset, load_preset

_DRAWN = 2  # scenes that stand for what this version draws
_JUDGE = ("clip", "llava")
_OBSERVERS = ("clip", "detector")
_TABLES = {
    "deepjscc": ("deepjscc",),
    "query_aware": ("diffusion", "query_aware"),
    "discover": ("detector", "diffusion", "discover"),
    "uo_isc": ("uo_isc",),
}
"""Tables of a preset that codecs read besides those of `_JUDGE`."""

_ASKED = "asked:"  # stands before a still codec
_WITHOUT_MODELS = ("avif", "deepjscc", "hevc", "jpeg", "jpeg2000", "jpegxl", "png", "vvc", "webp")

_REFERENCES = ("weights:", "folder:", "hub:", "open_clip:")
_MODEL_FILES = (".safetensors", ".json", ".txt", ".model", ".py", ".jinja")
_BLOCK, _WHOLE = 1 << 20, 1 << 28  # bytes; of larger files some blocks stand for all
_BLOCKS = 64

Inputs = dict[str, str]
"""Digests by what they are of."""


def inputs_of(
    configuration: SweepConfiguration, samples: Samples, codecs: Iterable[str] = ()
) -> Inputs:
    """Return digests of everything that a sweep reads.

    Args:
        configuration: of the sweep.
        samples: its pictures and questions.
        codecs: of all its sweeps, if they are several.

    Raises:
        ValueError: if there is no such preset.
    """
    models = Path(configuration.models) if configuration.models else None
    preset = load_preset(configuration.preset, models)
    names = tuple(codecs) or (configuration.codec,)
    judge = configuration.judge
    lite = _judge_inputs(judge) | _asked_inputs(names)
    tasks = configuration.machine_tasks
    lite |= measure_inputs(configuration.metrics, preset)
    return _data(samples) | model_inputs(preset, names, judge, tasks) | lite


def _data(samples: Samples) -> Inputs:
    if isinstance(samples, GivenSamples):
        return dict(samples.inputs())
    if isinstance(samples, MosaicSamples):
        shown = [(one.names, one.question, one.other_question) for one in samples.mosaics]
        return {
            "pictures": _digest(map(file_digest, samples.files)),
            "mosaics": _digest([json.dumps(shown).encode()]),
        }
    if not isinstance(samples, FolderSamples):
        drawn = [samples.sample(number, SIDE) for number in range(min(_DRAWN, len(samples)))]
        pixels = [sample.image.numpy().tobytes() for sample in drawn]
        said = [(sample.question, sample.truth, sample.family) for sample in drawn]
        found = {"drawn scenes": _digest([*pixels, json.dumps(said).encode()])}
        is_wide = isinstance(samples, SceneSamples) and samples.world == WIDE
        return {WORLD: WIDE, **found} if is_wide else found
    rows = samples.rows
    return {
        "names of pictures": _digest(samples.name(n).encode() for n in range(len(rows))),
        "pictures": _digest(file_digest(row[0]) for row in rows),
        "questions": _digest(json.dumps(row[1:]).encode() for row in rows),
    }


def _judge_inputs(judge: str) -> Inputs:
    """Return a digest of a judge that is no model of a preset's."""
    if judge != IMAGENET:
        return {}
    from linksim.source.zoo.imagenet.judge import digest

    return {f"judge {judge}": digest()}


def _asked_inputs(codecs: Sequence[str]) -> Inputs:
    """Return a digest of the network that finds what is asked for, where a codec has one."""
    if not any(codec.startswith(_ASKED) for codec in codecs):
        return {}
    from linksim.source.asked.codec import digest

    return {"model of asked": digest()}


def measure_inputs(metrics: str, preset: Preset) -> Inputs:
    """Return digests of the weights, as far as they are there, that metrics asked for read."""
    asked = [name for name in parse_metrics(metrics) if name in (LPIPS, DISTS)]
    files = [preset.models / f"{name}.safetensors" for name in (*asked, *(["vgg16"] * bool(asked)))]
    return {f"model {file.name}": file_digest(file).hex()[:16] for file in files if file.is_file()}


def model_inputs(
    preset: Preset, codecs: Sequence[str], judge: str = LLAVA, machine_tasks: str = ""
) -> Inputs:
    """Return digests of a preset's judge and of what codecs are made of, as far as it is there.

    What is not there is left out: who needs it will say so.
    """
    judged = judge == LLAVA or any(reads_models(codec) for codec in codecs)
    common = (*(_JUDGE if judged else ()), *(_OBSERVERS if machine_tasks else ()))
    names = dict.fromkeys([*common, *(t for c in codecs for t in _tables_of(c))])
    tables = {name: preset.table(name) for name in names}
    found = {f"preset {preset.name}": _digest([json.dumps(tables, sort_keys=True).encode()])}
    references = [*_references(tables), *([shipped(preset)] if "deepjscc" in names else [])]
    for reference in references:
        if (folder := _folder(reference, preset)) is not None:
            found[f"model {reference}"] = folder_digest(folder)
    for folder in _own_folders(codecs):
        found[f"model {folder.name}"] = folder_digest(folder)
    return found


def reads_models(codec: str) -> bool:
    """Tell whether a codec may read CLIP or LLaVA; of another package's nobody knows."""
    return codec.removeprefix(_ASKED).partition(":")[0] not in _WITHOUT_MODELS


def _tables_of(codec: str) -> tuple[str, ...]:
    return _TABLES.get(codec.partition(":")[0], ())


def _references(value: Any) -> Iterator[str]:
    """Yield the references to models among the texts of a preset's tables."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, str) and value.startswith(_REFERENCES):
        yield value


def _folder(reference: str, preset: Preset) -> Path | None:
    """Return where a model lies on this machine; None if it does not."""
    scheme, _, name = reference.partition(":")
    if scheme == "open_clip":
        folder = preset.models / name.replace("/", "--")
        return folder if folder.is_dir() else None
    try:
        return model_folder(reference, preset)
    except ModelUnavailable:
        return _cached(name) if scheme == "hub" else None


def _cached(name: str) -> Path | None:
    """Return the hub's cached snapshot of a model; None if there is none."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json")
    return Path(found).parent if isinstance(found, str) else None


def _own_folders(codecs: Sequence[str]) -> Iterator[Path]:
    """Yield the folders that codecs are told to take weights from."""
    for codec in codecs:
        for option in codec.partition(":")[2].split(","):
            name, _, folder = option.partition("=")
            if name == "weights" and Path(folder).is_dir():
                yield Path(folder)


def folder_digest(folder: Path) -> str:
    """Return a digest of a model's files: of their names within the folder, and what they hold."""
    files = sorted(
        file for file in folder.rglob("*") if file.suffix in _MODEL_FILES and file.is_file()
    )
    parts = [(str(file.relative_to(folder)).encode(), file_digest(file)) for file in files]
    return _digest(part for pair in parts for part in pair)


def file_digest(file: Path) -> bytes:
    """Return a digest of what a file holds; of one above 256 MiB, of 64 blocks spread over it.

    Raises:
        OSError: if it can't be read.
    """
    found = file.stat()
    return _read(file, found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=1 << 20)
def _read(file: Path, size: int, *_: int) -> bytes:
    digest = hashlib.sha256(str(size).encode())
    step = _BLOCK if size <= _WHOLE else (size - _BLOCK) // (_BLOCKS - 1)
    with file.open("rb") as opened:
        for start in range(0, size, step):
            opened.seek(start)
            digest.update(opened.read(_BLOCK))
    return digest.digest()


def _digest(parts: Iterable[bytes]) -> str:
    """Return a digest of some byte strings, each told apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
