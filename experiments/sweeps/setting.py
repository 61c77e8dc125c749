"""What a sweep's configuration names, read once: points, a physical layer, where pictures are from.

Text is read here and nowhere else: everything further down, workers too, is given a `Plan`'s parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linksim._given import lent
from linksim.experiments.configuration import OWN, SCENES_DRAWN, TOLD, SweepConfiguration, parse_snr
from linksim.experiments.data import coco
from linksim.experiments.data.given import KIND
from linksim.experiments.data.mosaics import PREFIX as MOSAIC
from linksim.experiments.data.mosaics import MosaicSamples
from linksim.experiments.data.samples import (
    LEAST_SIDE,
    Samples,
    checked_query,
    folder_samples,
)
from linksim.experiments.data.vqa import PREFIX, vqa_samples
from linksim.experiments.data.worlds import samples_of
from linksim.experiments.faults import Fault
from linksim.experiments.physical import phy_spec
from linksim.phy import HarqSpec, PhySetup, PhySpec
from linksim.source.codec import takes_any_size
from linksim.source.judge import NOBODY
from linksim.source.pictures import ORIGINAL
from linksim.source.zoo.preset import SMALL, UnknownPreset, load_preset


@dataclass(frozen=True)
class Source:
    """Where pictures and their questions are from; `samples_for` reads them.

    Attributes:
        kind: ``scenes``, ``vqa``, ``coco``, ``mosaic``, ``folder``, or ``given`` by a script.
        folder: of VQA, COCO, photographs, or of pictures of one's own; else None.
        images: at most so many samples.
        seed, scenes: of scenes and VQA, see `SceneSamples`; the former of mosaics, too.
        world: that scenes are drawn from.
        query, questions: of a folder, see `folder_samples`; COCO's pictures may have a query.
        name: of what a script gives, see `linksim._given`.
        told: what the sender is told of the question, see `linksim.experiments.configuration`.
        own_size: whether pictures keep their sizes, however small.
        asked: of what a script gives, whether it brings questions.
    """

    kind: str
    folder: Path | None
    images: int
    seed: int
    scenes: str
    query: str | None = None
    questions: Path | None = None
    name: str = ""
    told: str = OWN
    own_size: bool = False
    asked: bool = True
    world: str = SMALL

    @property
    def is_asked(self) -> bool:
        """Whether somebody asks about its pictures."""
        if self.kind == "given":
            return self.asked
        brought = self.kind not in ("folder", "coco")
        return brought or self.query is not None or self.questions is not None


@dataclass(frozen=True)
class Plan:
    """A sweep as its configuration says it, read.

    Attributes:
        configuration: what results say of it.
        points: the SNRs in dB, as they were given.
        setup: the physical layer; how many threads it has, the execution says.
        source: of the pictures.
    """

    configuration: SweepConfiguration
    points: tuple[float, ...]
    setup: PhySetup
    source: Source


def plan_of(configuration: SweepConfiguration) -> Plan:
    """Return the plan of a single sweep; raises as `plans_of`."""
    (plan,) = plans_of({"": configuration}).values()
    return plan


def plans_of(sweeps: Mapping[str, SweepConfiguration]) -> dict[str, Plan]:
    """Read the configurations of sweeps of the same pictures at the same SNRs, by label.

    Raises:
        Fault: if the SNRs are none, or options about pictures do not go together.
        linksim.phy.Refused: if the physical layer can't be.
    """
    common = next(iter(sweeps.values()))
    points, source = tuple(parse_snr(common.snr)), source_of(common)
    if common.precision and common.judge == NOBODY:
        raise Fault("--precision: of answers, and nobody gives any here; leave it out")
    return {label: Plan(one, points, _setup_of(one), source) for label, one in sweeps.items()}


def _setup_of(configuration: SweepConfiguration) -> PhySetup:
    harq = configuration.harq
    again = HarqSpec.parse(harq) if harq else None
    if again and configuration.cbr:
        raise Fault(f"--harq {harq}: symbols of a picture then vary; leave out --cbr")
    return PhySetup(spec_of(configuration), configuration.seed, configuration.engine, harq=again)


def judged(configuration: SweepConfiguration) -> SweepConfiguration:
    """Return a configuration with nobody as the judge, if nobody asks about its pictures."""
    asked = source_of(configuration).is_asked
    return configuration if asked else replace(configuration, judge=NOBODY)


def sized(configuration: SweepConfiguration, codecs: Sequence[str]) -> SweepConfiguration:
    """Return a configuration with the size of its pictures, where none is given.

    Pictures from outside stay as large as they are if all codecs take any size: those of a grid are
    to be compared, and the square of one is the square of all.
    """
    own = configuration.data != SCENES_DRAWN and not configuration.size
    whole = own and all(map(takes_any_size, codecs))
    return replace(configuration, size=ORIGINAL) if whole else configuration


def source_of(configuration: SweepConfiguration) -> Source:
    """Return where the pictures that a configuration names are from; nothing is read yet.

    Raises:
        Fault: if its options do not go together.
    """
    if configuration.told not in TOLD:
        raise Fault(f"--told {configuration.told}: give one of {', '.join(TOLD)}")
    return replace(_source_of(configuration), told=configuration.told)


def _source_of(configuration: SweepConfiguration) -> Source:
    data, query, scenes = configuration.data, configuration.query, configuration.scenes
    images, seed = configuration.images, configuration.seed
    if data in lent(KIND):
        asked = lent(KIND)[data].is_asked
        return Source("given", None, images, seed, scenes, name=data, asked=asked)
    questions = Path(configuration.questions) if configuration.questions else None
    if data.startswith(MOSAIC):
        if query is not None or questions is not None or scenes != "all":
            raise Fault("--query, --questions, --scenes: mosaics bring their own; leave them out")
        return Source("mosaic", Path(data.removeprefix(MOSAIC)), images, seed, scenes)
    if data != "scenes" and not data.startswith(PREFIX):
        if scenes != "all":
            raise Fault(f"--scenes {scenes}: of scenes and VQA; leave it out with --data FOLDER")
        own = configuration.size == ORIGINAL
        if data.startswith(coco.PREFIX):
            if questions is not None:
                raise Fault("--questions: of a folder of pictures; ask all of COCO's by --query")
            folder = Path(data.removeprefix(coco.PREFIX))
            return Source("coco", folder, images, seed, scenes, query, own_size=own)
        return Source("folder", Path(data), images, seed, scenes, query, questions, own_size=own)
    if query is not None:
        checked_query(query)
        raise Fault("--query: scenes and VQA bring their questions; use it with --data FOLDER")
    if questions is not None:
        raise Fault("--questions: scenes and VQA bring their own; use it with --data FOLDER")
    if data.startswith(PREFIX):
        return Source("vqa", Path(data.removeprefix(PREFIX)), images, seed, scenes)
    return Source("scenes", None, images, seed, scenes, world=_world_of(configuration.preset))


def _world_of(preset: str) -> str:
    """Return the world that a preset's models know.

    A preset that is not there stands for the usual one: who needs its models will say so.
    """
    try:
        return load_preset(preset).world
    except UnknownPreset:
        return SMALL


def samples_for(source: Source) -> Samples:
    """Read the pictures and questions of a source.

    Raises:
        Fault: if they cannot be had.
        UnreadablePicture: if a picture can't be read.
    """
    if source.kind == "given":
        given: Samples = lent(KIND)[source.name]
        return given
    if source.folder is None:
        return samples_of(source.world)(source.images, source.seed, source.scenes)
    if source.kind == "mosaic":
        return MosaicSamples(source.folder, source.images, source.seed)
    if source.kind == "vqa":
        return vqa_samples(source.folder, source.images, source.seed, source.scenes)
    least = 1 if source.own_size else LEAST_SIDE
    if source.kind == "coco":
        return coco.coco_samples(source.folder, source.images, source.seed, source.query, least)
    return folder_samples(source.folder, source.query, source.questions, source.images, least)


def spec_of(configuration: SweepConfiguration) -> PhySpec:
    """Return the physical layer that a configuration names.

    Raises:
        linksim.phy.Refused: if it can't be.
    """
    return phy_spec(
        code=configuration.code,
        modulation=configuration.modulation,
        demapper=configuration.demapper,
        channel=configuration.channel,
        coherence=configuration.coherence,
        csi=configuration.csi,
        protect=configuration.protect,
    )
