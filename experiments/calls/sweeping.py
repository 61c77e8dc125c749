"""Sweeps of pictures over links, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from linksim.experiments.calls.arguments import (
    ChannelLike,
    CodeLike,
    JudgeLike,
    Lent,
    ModulationLike,
    SnrLike,
    channel_texts,
    code_texts,
    judge_text,
    modulation_texts,
    snr_text,
)
from linksim.experiments.calls.codecs import CodecLike, at_work, codec_texts
from linksim.experiments.calls.datasets import sweeps_dataset
from linksim.experiments.calls.folders import folder_for
from linksim.experiments.calls.measured import Measured
from linksim.experiments.calls.progress import SweepBars, stderr_console
from linksim.experiments.calls.python_call import python_call
from linksim.experiments.configuration import (
    SCENES,
    TOLD,
    SweepConfiguration,
    parse_metrics,
    parse_tasks,
)
from linksim.experiments.data import given
from linksim.experiments.extras import library
from linksim.experiments.report.tables import sweeps_table
from linksim.experiments.results.comparison import DIFFERENCES, common_snr, difference, gain_db
from linksim.experiments.results.csv_lines import picture_lines
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.sweeps.grid import GRID, SweepGrid
from linksim.experiments.text_out import note
from linksim.phy.checks import whole_number
from linksim.phy.options import known_name
from linksim.phy.retransmissions import HarqSpec
from linksim.source import codec as source_codec
from linksim.source.judge import NOBODY

if TYPE_CHECKING:
    import pandas as pd
    import torch
    import xarray as xr

    from linksim.experiments.sweeps.execution import Execution

_MOST_IMAGES, _MOST_SEED = 10_000_000, 2**32 - 1
_DEFAULT = SweepConfiguration()


class Sweeps(Measured[SweepResults]):
    """Sweeps by label: what they differ in, or the codec's name."""

    _ONE, _SHOWN = "sweep", ("ber", "answer_match", "relevance", "psnr_of_mse")

    def to_xarray(self) -> xr.Dataset:
        return sweeps_dataset(self)

    def pictures_to_pandas(self) -> pd.DataFrame:
        """Return a row for each picture at each SNR, as ``linksim export --pictures``.

        Raises:
            ImportError: if pandas is not installed.
        """
        frame: pd.DataFrame = library("pandas").DataFrame(picture_lines(self))
        return frame

    def difference(self, label: str, other: str, metric: str) -> dict[float, Estimate]:
        """Return by how much a figure of one sweep is above another's, by SNR in dB.

        Differences are paired, picture by picture, with 95 % intervals.

        Args:
            label, other: of sweeps of the same pictures.
            metric: one of answer_match, accuracy, relevance, psnr, lossless, ssim.

        Raises:
            ValueError: if they are of other pictures, or for another metric.
        """
        name = known_name(metric, DIFFERENCES)
        one, two = self[label], self[other]
        snrs_db = common_snr({label: one, other: two})
        return {snr_db: difference(one, two, name, snr_db) for snr_db in snrs_db}

    def gain_db(self, label: str, over: str, match: float, ebno: bool = False) -> Estimate:
        """Return by how many dB less one sweep reaches an answer match than another.

        Args:
            label, over: of sweeps of the same pictures.
            match: answer match that is to be reached, 0 to 1.
            ebno: count Eb/N0 per information bit in place of Es/N0.

        Returns:
            95 % interval by the bootstrap over questions; NaN where one does not reach it.
        """
        return gain_db(self[over], self[label], match, ebno)

    def table(self) -> str:
        return sweeps_table(self)


class SweepOptions(TypedDict, total=False):
    """What `sweep` takes besides; see ``linksim sweep --help``.

    Attributes:
        ebno: read ``snr`` as Eb/N0 per information bit.
        demapper: ``app``, exact LLRs, or ``maxlog``.
        coherence: over what fading stays the same: symbols, ``block`` or ``image``.
        csi: ``perfect``, or ``pilot:every=N``.
        engine: ``auto``, ``native``, ``hybrid`` or ``sionna``.
        query: the question about every picture of a folder, or of data that has none.
        questions: path of a CSV with ``picture,question[,answer]`` for a folder.
        told: what the sender is told of the question: ``own``, ``another``, ``family``, ``none``.
        size: ``original``, ``N`` or ``WxH``, of codecs for pictures of any size.
        cbr: channel symbols per number of a picture, like ``"1/16"``.
        preset: which models: a name, or the path of a ``.toml``.
        models: folder with models of one's own, for presets that need them.
        seed: of everything drawn.
        scenes: what drawn scenes show: ``all`` or ``animals``.
        receiver: ``hard`` or ``soft``.
        protect: code rates of a message's parts, ``PART=RATE,…``.
        precision: send no more pictures at an SNR once the answer match is known so well.
        machine_tasks: what models do on received pictures, ``detection``, ``segmentation``,
            ``classification``, with commas between; of scenes and of ``coco:FOLDER``.
        metrics: of received pictures besides: ``psnr_y``, ``ms_ssim_y``, ``lpips``, ``dists``, with
            commas between; the last two by weights in ``models``.
        harq: ``chase`` or ``ir``, and ``:rounds=N``: messages are sent again; or ``semantic`` and
            ``:need=K,rounds=N``: units of them by what they are worth.
    """

    ebno: bool
    demapper: str
    coherence: str
    csi: str
    engine: str
    query: str | None
    questions: str | Path | None
    told: str
    size: str
    cbr: str
    preset: str
    models: str | Path | None
    seed: int
    scenes: str
    receiver: str
    protect: str
    precision: float
    machine_tasks: str
    metrics: str
    harq: str


def sweep(
    codec: CodecLike | Sequence[CodecLike] = _DEFAULT.codec,
    snr: SnrLike = _DEFAULT.snr,
    *,
    code: CodeLike | Sequence[CodeLike] = _DEFAULT.code,
    modulation: ModulationLike | Sequence[ModulationLike] = _DEFAULT.modulation,
    channel: ChannelLike | Sequence[ChannelLike] = _DEFAULT.channel,
    data: str | Path | given.Pairs = _DEFAULT.data,
    judge: JudgeLike = _DEFAULT.judge,
    images: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    device: str | torch.device | None = None,
    threads: int = 0,
    workers: int = 1,
    scheduler: str = "",
    batch_size: int = 64,
    trusted: bool = False,
    progress: bool = True,
    **options: Unpack[SweepOptions],
) -> Sweeps:
    """Send pictures at a range of SNRs and measure errors against meaning, as ``linksim sweep``.

    Args:
        codec: one source codec or several: ``NAME`` or ``NAME:OPTIONS``, or objects with ``name``,
            ``side``, ``format``, ``encode`` and ``decode`` (`linksim.Codec`); modules of PyTorch's
            are evaluated on the device.
        snr: Es/N0 in dB: ``"A:B"``, ``"A:B:STEP"``, a number, or several.
        code, modulation: one or several, see `linksim.link_curves`.
        channel: one or several, see `linksim.link_curves`. Of every combination a sweep is made,
            all of the same pictures.
        data: ``scenes``; a folder of pictures; ``vqa:FOLDER``; ``coco:FOLDER``; ``mosaic:FOLDER``;
            or anything with a length and items: a list, a dataset of PyTorch's, torchvision's or
            Hugging Face's. Items are pictures (paths, Pillow's, arrays or tensors), pairs of one
            and a question, or (picture, question, answer), tuples that begin with a picture, or
            rows with a column ``image``; without questions the judge is ``none``.
        judge: who answers the questions: ``llava``, ``none``, or an object with ``name`` and
            ``respond`` (`linksim.Judge`).
        images: pictures sent at every SNR; None for 200, or all pairs that there are.
        out: folder for ``results.h5`` and pictures; None keeps no file.
        resume: go on with a sweep that was interrupted in this folder.
        device: of the neural networks; None for a GPU where there is one.
        threads: cores to use, 0 for all; changes no figure.
        workers, scheduler: processes that share the work, or a Dask scheduler whose workers do.
        batch_size: pictures per piece of work; changes no figure.
        trusted: run code that comes with a preset's LLaVA.
        progress: whether bars show how far it is, in a terminal or a notebook.
        options: see `SweepOptions`.

    Raises:
        TypeError, ValueError: for an argument that is none.
        Fault: if parts do not fit together, or the folder is in use.
        ModelUnavailable: if the preset's weights are missing or damaged.
        UnreadablePicture: if a picture cannot be read.
    """
    from linksim.experiments.sweeps.execution import Execution
    from linksim.experiments.sweeps.setting import judged, sized

    lent = Lent()
    lists = {
        "codec": codec_texts(codec, lent),
        "code": code_texts(code, lent),
        "modulation": modulation_texts(modulation, lent),
        "channel": channel_texts(channel, lent),
    }
    own = list(lent.objects.get(source_codec.GROUP, {}).values())
    common = _common(snr_text(snr), data, images, lent, options)
    asked = all(each.is_asked for each in lent.objects.get(given.KIND, {}).values())
    common["judge"] = judge_text(judge, lent) if asked else NOBODY
    if common["judge"] == NOBODY and common.get("precision"):
        raise ValueError("precision: of answers, and judge 'none' gives none; leave one out")
    first: dict[str, Any] = {name: values[0] for name, values in lists.items()}
    with lent.named():
        said = sized(SweepConfiguration(**common, **first), lists["codec"])
    said = judged(said) if isinstance(data, (str, Path)) else said
    grid = (_FromPython if lent else SweepGrid)(said, lists)
    if lent and (workers > 1 or scheduler):
        raise ValueError(
            "workers: other processes know no objects of this one; leave workers and scheduler "
            "out, or bring them by a package (docs/plugin.md)"
        )
    run_on = torch_device(device)
    with folder_for(out) as folder, lent.named(), at_work(own, run_on, lent):
        how = Execution(folder, batch_size, run_on, threads, resume, trusted)
        how = _shared(how, workers, scheduler)
        return _run(grid, how, progress, bool(lent), out is not None)


def _run(grid: SweepGrid, how: Execution, progress: bool, lent: bool, pictures: bool) -> Sweeps:
    from dataclasses import replace

    from linksim.experiments.sweeps.sweep import run_sweeps
    from linksim.experiments.sweeps.work import forget_models

    console = stderr_console()
    how = replace(how, note=cache(partial(note, console=console)))
    bars = SweepBars(console, len(grid.sweeps()) > 1)
    try:
        with bars if progress else nullcontext():
            tell = bars.advance if progress else _silent
            return Sweeps(run_sweeps(grid, how, tell, pictures=pictures))
    finally:
        if lent:  # the same names may stand for other objects in the next call
            forget_models()


def _silent(_: Any) -> None:
    pass


def _shared(how: Execution, workers: int, scheduler: str) -> Execution:
    from dataclasses import replace

    return replace(how, workers=whole_number(workers, "workers", 1), scheduler=scheduler)


class _FromPython(SweepGrid):
    """A grid whose names stand for objects, which no command has."""

    def command(self) -> str:
        return python_call("sweep", self.shared())


def _common(
    snr: str, data: str | Path | given.Pairs, images: int | None, lent: Lent, options: SweepOptions
) -> dict[str, Any]:
    """Return what all sweeps share but codec, code, modulation and channel."""
    common: dict[str, Any] = {**options, "snr": snr}
    for name in ("models", "questions"):
        if common.get(name) is not None:
            common[name] = str(common[name])
    if unknown := set(common) - set(vars(_DEFAULT)) or set(common) & set(GRID):
        raise TypeError(f"{sorted(unknown)[0]}: sweep() takes no such argument")
    whole_number(common.get("seed", 0), "seed", 0, _MOST_SEED)
    for name, choice in (("scenes", SCENES), ("receiver", ("hard", "soft")), ("told", TOLD)):
        common[name] = known_name(common.get(name, choice[0]), choice)
    if harq := common.get("harq"):
        common["harq"] = str(HarqSpec.parse(harq))
    common["machine_tasks"] = ",".join(parse_tasks(common.get("machine_tasks", "")))
    common["metrics"] = ",".join(parse_metrics(common.get("metrics", "")))
    if not 0 <= common.get("precision", 0) <= 0.5:
        raise ValueError(f"precision {common['precision']}: give 0, for off, to 0.5")
    if isinstance(data, (str, Path)):
        common["data"] = str(data)
        common["images"] = _DEFAULT.images if images is None else images
    else:
        samples = given.GivenSamples(data, common.get("query"), images)
        lent.objects[given.KIND] = {given.NAME: samples}
        common |= {"data": given.NAME, "images": len(samples)}
    whole_number(common["images"], "images", 1, _MOST_IMAGES)
    return common


def torch_device(device: str | torch.device | None) -> torch.device:
    """Return a device; None for a GPU where there is one."""
    import torch

    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)
