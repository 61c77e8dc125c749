"""What a sweep's configuration names: pictures with their questions, a physical layer, a link."""

from __future__ import annotations

from pathlib import Path

from linksim._given import lent
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.data.given import KIND
from linksim.experiments.data.samples import Samples, SceneSamples, checked_query, folder_samples
from linksim.experiments.data.vqa import PREFIX, vqa_samples
from linksim.experiments.faults import Fault
from linksim.experiments.physical import phy_spec
from linksim.link import Connection, connect
from linksim.phy import PhySpec
from linksim.source import AnyCodec


def samples_for(configuration: SweepConfiguration) -> Samples:
    """Return the pictures and questions that a configuration names.

    Raises:
        Fault: if they cannot be had.
    """
    if (given := lent(KIND).get(configuration.data)) is not None:
        samples: Samples = given
        return samples
    data, query, scenes = configuration.data, configuration.query, configuration.scenes
    images, seed = configuration.images, configuration.seed
    questions = Path(configuration.questions) if configuration.questions else None
    if data != "scenes" and not data.startswith(PREFIX):
        if scenes != "all":
            raise Fault(f"--scenes {scenes}: of scenes and VQA; leave it out with --data FOLDER")
        return folder_samples(Path(data), query, questions, images)
    if query is not None:
        checked_query(query)
        raise Fault("--query: scenes and VQA bring their questions; use it with --data FOLDER")
    if questions is not None:
        raise Fault("--questions: scenes and VQA bring their own; use it with --data FOLDER")
    if data.startswith(PREFIX):
        return vqa_samples(Path(data.removeprefix(PREFIX)), images, seed, scenes)
    return SceneSamples(images, seed, scenes)


def spec_of(configuration: SweepConfiguration) -> PhySpec:
    """Return the physical layer that a configuration names."""
    return phy_spec(
        code=configuration.code,
        modulation=configuration.modulation,
        demapper=configuration.demapper,
        channel=configuration.channel,
        coherence=configuration.coherence,
        csi=configuration.csi,
        protect=configuration.protect,
    )


def link_of(configuration: SweepConfiguration, codec: AnyCodec, threads: int) -> Connection:
    """Return the link that a configuration names, for a codec.

    Raises:
        linksim.phy.Refused: if it cannot carry the codec's messages.
    """
    soft = configuration.receiver == "soft"
    spec, engine = spec_of(configuration), configuration.engine
    return connect(codec, spec, configuration.seed, engine, threads, soft)
