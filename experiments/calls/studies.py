"""The papers' studies, from Python: sweeps side by side, with what they say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from linksim.experiments.calls.arguments import SnrLike, snr_text
from linksim.experiments.calls.progress import StudyBar
from linksim.experiments.calls.sweeping import Sweeps, torch_device
from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.results.sweep_files import load_sweeps
from linksim.experiments.text_out import page_text
from linksim.source.judge import IMAGENET

if TYPE_CHECKING:
    import torch

    from linksim.experiments.studies.sweeps import Bench

_BATCH = 256  # pictures
_INJECTED = "injected_"  # folders of errors without a link
_DEFAULT = SweepConfiguration()


@dataclass(frozen=True)
class Studied:
    """What a study leaves.

    Attributes:
        text: its tables and claims.
        folder: of its sweeps, tables and pictures.
    """

    text: str
    folder: Path

    @property
    def sweeps(self) -> Sweeps:
        """All sweeps that it made."""
        files = sorted(self.folder.glob("*/results.h5"))
        return Sweeps(load_sweeps([f for f in files if not f.parent.name.startswith(_INJECTED)]))

    @property
    def pictures(self) -> list[Path]:
        """The figures that it drew."""
        return sorted(self.folder.glob("*.png"))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        import html

        lines = "\n".join(html.escape(page_text(line)) for line in self.text.split("\n")[:60])
        return f"<pre>{lines}</pre>"


class StudyOptions(TypedDict, total=False):
    """What every study takes.

    Attributes:
        scenes: ``all`` or ``animals``.
        preset: which models: a name, or the path of a ``.toml``.
        models: folder with models of one's own.
        seed: of everything drawn.
        device: of the neural networks; None for a GPU where there is one.
        threads: cores to use, 0 for all.
        workers: processes that share the work.
        scheduler: address of a Dask scheduler whose workers do it.
        memory: bytes that each worker may use, 0 for its share of the machine's.
        wait_s: for how many seconds to wait for a worker where there is none.
    """

    scenes: str
    preset: str
    models: str | Path | None
    seed: int
    device: str | torch.device | None
    threads: int
    workers: int
    scheduler: str
    memory: int
    wait_s: float


class LinkedOptions(StudyOptions, total=False):
    """What studies of one link take, too.

    Attributes:
        code, modulation, demapper, coherence, csi, engine: see `linksim.sweep`.
    """

    code: str
    modulation: str
    demapper: str
    coherence: str
    csi: str
    engine: str


_LINK = ("code", "modulation", "demapper", "coherence", "csi", "engine")
_OF_SWEEPS = ("scenes", "preset", "seed", *_LINK)


def codes(
    codec: str = _DEFAULT.codec,
    code: Sequence[str] = ("ldpc", "polar", "turbo", "conv", "none"),
    *,
    efficiency: float = 1.0,
    modulation: str = "qpsk",
    awgn: SnrLike | None = "-2:11",
    rayleigh: SnrLike | None = "0:28:2",
    images: int = 200,
    out: str | Path = "runs/study-codes",
    **options: Unpack[StudyOptions],
) -> Studied:
    """Swap channel codes under one source codec at equal symbols, as ``linksim study codes``.

    Args:
        codec, code: the source codec, and channel codes whose rates are chosen here.
        efficiency: message bits per channel symbol that all codes share.
        modulation: of coded messages.
        awgn, rayleigh: SNRs in dB over either channel; None leaves it out.
        images: held-out scenes, each with its question.
        out: the study's folder; what was measured there before is not measured again.
        options: see `StudyOptions`.

    Raises:
        ValueError: if no channel is left.
        Fault: if parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.studies.codes import CodesStudy

    given = {"awgn": awgn, "rayleigh": rayleigh}
    channels = {name: snr_text(snr) for name, snr in given.items() if snr is not None}
    if not channels:
        raise ValueError("awgn, rayleigh: give SNRs for one of them")
    common = _common(options, snr="0", codec=codec, code="none", modulation=modulation)
    with _bench(common, Path(out), images, options) as (bench, _):
        text = CodesStudy(bench, code, modulation, efficiency, channels).run()
    return Studied(text, Path(out))


def relevance_vs_errors(
    codec: Sequence[str] = ("uo_isc", "jpeg2000"),
    errors: str = "1e-4,3e-4,1e-3,3e-3,1e-2,3e-2,0.1,0.3",
    *,
    code: Sequence[str] = ("none", "ldpc:rate=1/2", "conv:rate=1/2"),
    modulation: Sequence[str] = ("qpsk", "16qam"),
    channel: str = _DEFAULT.channel,
    snr: SnrLike = "-2:20",
    images: int = 200,
    out: str | Path = "runs/study-relevance-vs-errors",
    **options: Unpack[StudyOptions],
) -> Studied:
    """Measure what errors do to meaning, as ``linksim study relevance-vs-errors``.

    Args:
        codec: source codecs.
        errors: probabilities of injected errors, with commas between.
        code, modulation: every code with every modulation is a link.
        channel, snr: of all links.
        images, out, options: see `codes`.

    Raises:
        Fault: if parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.studies.relevance_errors import RelevanceStudy

    links = {"modulation": modulation[0], "channel": channel, "snr": snr_text(snr)}
    common = _common(options, codec="", code="none", **links)
    with _bench(common, Path(out), images, options) as (bench, bar):
        text = RelevanceStudy(bench, errors, code, modulation, bar.advance).run(codec)
    return Studied(text, Path(out))


def question(
    codec: Sequence[str] = ("uo_isc", "jpeg2000"),
    *,
    snr: float = 20.0,
    code: str = _DEFAULT.code,
    modulation: str = _DEFAULT.modulation,
    data: str = _DEFAULT.data,
    judge: str = _DEFAULT.judge,
    images: int = 512,
    out: str | Path = "runs/study-question",
    **options: Unpack[StudyOptions],
) -> Studied:
    """Measure what codecs make of the user's question, as ``linksim study question``.

    Args:
        codec: source codecs.
        snr: Es/N0 in dB over AWGN.
        code, modulation: of the link.
        data: ``scenes`` or ``mosaic:FOLDER``, about whose pictures more can be asked than is.
        judge: who is asked, by name, see `linksim.sweep`.
        images, out, options: see `codes`.

    Raises:
        Fault: if parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.studies.question import QuestionStudy
    from linksim.experiments.sweeps.setting import sized

    link = {"code": code, "modulation": modulation, "snr": f"{snr:g}"}
    common = sized(_common(options, codec="", data=data, judge=judge, **link), codec)
    with _bench(common, Path(out), images, options) as (bench, _):
        text = QuestionStudy(bench).run(codec)
    return Studied(text, Path(out))


def harq(
    codec: str = _DEFAULT.codec,
    *,
    snr: SnrLike = "-2,2",
    need: Sequence[int] = (6, 8, 9, 10, 12),
    rounds: int = 4,
    outage: float = 0.05,
    channel: str = "rayleigh",
    receiver: str = "soft",
    images: int = 256,
    out: str | Path = "runs/study-harq",
    **options: Unpack[LinkedOptions],
) -> Studied:
    """Measure what asking again for needed units alone is worth, as ``linksim study harq``.

    Args:
        codec: whose messages consist of units.
        snr: Es/N0 in dB.
        need: numbers of units among which to choose.
        rounds: transmissions at most.
        outage: share of accepted pictures whose answer may be another than without errors.
        channel: what they are sent over; it keeps its gain for a picture's round unless
            ``coherence`` says otherwise.
        receiver: ``hard`` or ``soft``, see `linksim.sweep`.
        images, out, options: see `codes` and `LinkedOptions`.

    Raises:
        ValueError: for an outage that is no share, or no number of units.
        Fault: if parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.studies.asking_again import HarqStudy

    if not 0 < outage < 1:
        raise ValueError(f"outage {outage:g}: give a share between 0 and 1")
    if not need or min(need) < 1:
        raise ValueError(f"need {need}: give numbers of units, 1 or more")
    link: LinkedOptions = {"coherence": "image", "modulation": "qpsk", **options}
    common = _common(link, codec=codec, channel=channel, receiver=receiver)
    with _bench(common, Path(out), images, options) as (bench, _):
        points = parse_snr(snr_text(snr))
        text = HarqStudy(bench, sorted(set(need)), rounds, outage).run(points)
    return Studied(text, Path(out))


def photographs(
    data: str,
    codec: Sequence[str] = ("avif",),
    *,
    bpp: Sequence[float] = (0.15, 0.3),
    snr: SnrLike = "0:12:3",
    query: str | None = None,
    judge: str = IMAGENET,
    code: str = _DEFAULT.code,
    modulation: str = _DEFAULT.modulation,
    channel: str = _DEFAULT.channel,
    images: int = 48,
    out: str | Path = "runs/study-photographs",
    **options: Unpack[StudyOptions],
) -> Studied:
    """Send photographs plain and behind a question, as ``linksim study photographs``.

    Args:
        data: a folder, ``coco:FOLDER`` or ``mosaic:FOLDER``.
        codec: still codecs, without options.
        bpp: bits per pixel.
        snr: Es/N0 in dB of all links.
        query: the question about every picture; None for mosaics, which bring theirs.
        judge: who is asked, by name, see `linksim.sweep`.
        code, modulation, channel: of the link.
        images, out, options: see `codes`.

    Raises:
        Fault: if nobody asks, parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.studies.photographs import PhotographsStudy
    from linksim.experiments.sweeps.setting import sized, source_of
    from linksim.source.stills.formats import STILLS

    link = {"code": code, "modulation": modulation, "channel": channel, "snr": snr_text(snr)}
    common = _common(options, codec="", data=data, query=query, judge=judge, **link)
    if not source_of(common).is_asked:
        raise Fault("--query: say what you want to know, or give --data mosaic:FOLDER")
    if odd := [one for one in codec if one not in STILLS]:
        raise Fault(f"--codec {odd[0]}: give still codecs without options: {', '.join(STILLS)}")
    budgets = sorted(set(bpp))
    with _bench(sized(common, codec), Path(out), images, options) as (bench, _):
        text = PhotographsStudy(bench, budgets).run(codec)
    return Studied(text, Path(out))


def _common(options: StudyOptions, **fixed: Any) -> SweepConfiguration:
    """Return what the sweeps of a study share."""
    shared = {name: value for name, value in options.items() if name in _OF_SWEEPS}
    models = options.get("models")
    return SweepConfiguration(**{**shared, **fixed}, models=str(models) if models else None)


@contextmanager
def _bench(
    common: SweepConfiguration, out: Path, images: int, options: StudyOptions
) -> Iterator[tuple[Bench, StudyBar]]:
    from dataclasses import replace

    from linksim.experiments.studies.sweeps import Bench
    from linksim.experiments.sweeps.execution import Execution, LazyCrew

    out.mkdir(parents=True, exist_ok=True)
    execution = Execution(
        out,
        _BATCH,
        torch_device(options.get("device")),
        options.get("threads", 0),
        resume=True,
        workers=options.get("workers", 1),
        scheduler=options.get("scheduler", ""),
        memory=options.get("memory", 0),
        wait_s=options.get("wait_s", 600.0),
    )
    with ExitStack() as stack:
        bar, crew = stack.enter_context(StudyBar()), stack.enter_context(LazyCrew(execution))
        yield Bench(replace(common, images=images), execution, bar.piece_done, crew), bar


def uo_isc(
    figures: Sequence[str] = ("4a",),
    *,
    beyond: bool = False,
    snr: SnrLike = "-5:20:5",
    images: int = 512,
    questions: int = 2000,
    natural_indices: bool = True,
    channel: str = _DEFAULT.channel,
    out: str | Path = "runs/study-uo-isc",
    **options: Unpack[LinkedOptions],
) -> Studied:
    """Measure UO-ISC as its paper does, as ``linksim study uo-isc``.

    Args:
        figures: some of 3, 4a, 4b, 5, 6.
        beyond: what linksim's own link gains over the paper's, too.
        snr: of the figures, in dB; holds 0 and 20.
        questions: over which the claims of figure 4a are judged.
        natural_indices: whether codewords keep the indices that training gave them.
        channel: of all sweeps.
        images, out: see `codes`.
        options: see `LinkedOptions`.

    Raises:
        ValueError: for no such figure, or SNRs without 0 and 20 dB.
        Fault: if parts do not fit together, or the folder is in use.
    """
    from linksim.experiments.configuration import parse_snr
    from linksim.experiments.studies.beyond import run_beyond
    from linksim.experiments.studies.uo_isc import DRAWINGS, HIGH_DB, LOW_DB, Study

    if unknown := set(figures) - set(DRAWINGS):
        raise ValueError(f"figures {sorted(unknown)[0]}: give some of {', '.join(DRAWINGS)}")
    if not {LOW_DB, HIGH_DB} <= set(parse_snr(snr_text(snr))):
        raise ValueError(f"snr {snr}: must hold 0 and 20 dB, which figures and claims are about")
    chosen: LinkedOptions = {"scenes": "animals", **options}
    common = _common(chosen, snr=snr_text(snr), channel=channel)
    with _bench(common, Path(out), images, options) as (bench, _):
        said = [Study(bench, natural_indices, questions).run(list(figures))] if figures else []
        said += [run_beyond(bench)] if beyond else []
    return Studied("\n\n".join(said), Path(out))


def discover_rate(
    figures: Sequence[str] = ("5", "6", "8"),
    *,
    images: int = 512,
    data: str = _DEFAULT.data,
    anchors: str | Path | None = None,
    seed: int = 0,
    preset: str = _DEFAULT.preset,
    models: str | Path | None = None,
    device: str | torch.device | None = None,
    out: str | Path = "runs/study-discover",
) -> Studied:
    """Measure DISCOVER's bytes against tasks and fidelity, as ``linksim study discover-rate``.

    Args:
        figures: some of 5, 6, 8.
        images: held-out scenes, or photographs at most.
        data: ``scenes`` or ``coco:FOLDER``.
        anchors: CSV of other people's points, ``name,bpp,metric,value,source``.
        seed, preset, models, device: see `StudyOptions`.
        out: the study's folder; what was measured there before is not measured again.

    Raises:
        ValueError: for no such figure.
    """
    from linksim.experiments.studies.discover_rate import FIGURES, RateStudy
    from linksim.experiments.studies.rate_anchors import read_rate_anchors
    from linksim.source.zoo.preset import load_preset

    if unknown := set(figures) - set(FIGURES):
        raise ValueError(f"figures {sorted(unknown)[0]}: give some of {', '.join(FIGURES)}")
    known = tuple(read_rate_anchors(Path(anchors))) if anchors else ()
    folder, chosen = Path(out), load_preset(preset, Path(models) if models else None)
    folder.mkdir(parents=True, exist_ok=True)
    with StudyBar() as bar:
        run_on = torch_device(device)
        how = bar.advance, bar.note, None, data, known
        study = RateStudy(chosen, run_on, images, seed, folder, *how)
        return Studied(study.run(list(figures)), folder)
