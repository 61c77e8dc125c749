"""The training of UO-ISC, phase by phase, to weights with a card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from linksim.experiments.configuration import SCENES_DRAWN, last_part
from linksim.experiments.faults import Fault
from linksim.experiments.training.asked_batches import Batches, check_data, learnt_from
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.importance import damage_by_group
from linksim.experiments.training.index_prior import IndexPriorRecipe
from linksim.experiments.training.job import HOME, Job, Request, finish
from linksim.experiments.training.need import NeedRecipe
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.schedule import Phase, load_schedule, scenes_before
from linksim.experiments.training.scores import score_codec, score_codec_on
from linksim.experiments.training.uo_isc import AdversarialUoIscRecipe, UoIscRecipe
from linksim.source.uo_isc import codec as uo_isc
from linksim.source.uo_isc.variants import find_variant
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava

_HEAD, _PRIOR = 3, 4  # the phases of a head, and of a prior


@dataclass(frozen=True)
class UoIscJob(Job):
    """Training of UO-ISC. Of ``start``, phase 1 takes what fits, phase 2 all.

    Attributes:
        variant: of the codec, as in ``uo_isc:VARIANT``; empty for UO-ISC itself.
        schedule_name, schedule: all phases; ``steps`` replaces those of the phase in hand.
        phase: 0 to 4.
        data: ``scenes``, or ``vqa:FOLDER``.
    """

    variant: str
    schedule_name: str
    schedule: tuple[Phase, ...]
    phase: int
    data: str

    @property
    def schedule_in_hand(self) -> Phase:
        return replace(self.schedule[self.phase], steps=self.steps)

    def options(self) -> dict[str, Any]:
        own = {"variant": self.variant, "phase": self.phase, "data": self.data}
        return super().options() | own | {"schedule": repr(self.schedule)}

    def command(self) -> str:
        variant = f" --variant {self.variant}" if self.variant else ""
        planned = self.steps == self.schedule[self.phase].steps
        steps = "" if planned else f" --steps {self.steps}"
        usual = self.schedule_name == "embedded"
        schedule = "" if usual else f" --schedule {Path(self.schedule_name).name}"
        own = f" --preset {self.preset.name} --data {last_part('data', self.data)}"
        data = "" if self.data == SCENES_DRAWN else own
        options = f"{variant} --phase {self.phase}{steps}{schedule}{data} --seed {self.seed}"
        return f"linksim train {self.model}{options}"


def train_uo_isc(asked: Request) -> Trained:
    """Train a phase of UO-ISC with the preset's CLIP and LLaVA; return what that leaves.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if weights to begin with are missing or damaged.
        Fault: if the data is not as it should be, or weights to begin with are nowhere.
        UnreadablePicture: if a picture of it is missing or none.
    """
    job = _job(asked)
    torch.manual_seed(job.seed)
    codec, phase = uo_isc.build(job.preset, job.device, job.variant), job.schedule_in_hand
    if job.start and job.phase == 1:
        uo_isc.begin_with(codec, job.start, job.preset)
    elif job.start:
        uo_isc.fill(codec, job.start, job.preset)
    batches, judged = learnt_from(job.data, job.preset.world, job.seed, codec.side)
    llava = load_llava(job.preset, job.device)
    first = scenes_before(job.schedule, job.phase)
    if job.phase == _HEAD:
        codec.need = uo_isc.need_head(codec)
        job.run(NeedRecipe(codec, llava, phase, batches, first))
    elif job.phase == _PRIOR:
        codec.prior = uo_isc.index_prior(codec)
        job.run(IndexPriorRecipe(codec, phase, batches, first))
    else:
        _train_codec(job, codec, llava, batches, first)
    for name, part in codec.parts.items():
        save_half(part, uo_isc.weights_file(job.out, name))
    uo_isc.fill(codec, job.out, job.preset)  # scores are those of the weights as saved
    config, last = codec.model.config, first + phase.steps * phase.batch_size - 1
    card = Card(
        f"UO-ISC ({codec.name})",
        f"{config.indices} codeword indices of {config.index_bits} bits for each picture, from "
        f"CLIP layers {', '.join(map(str, config.layers))}; segment length "
        f"{config.segment_length}, {config.codewords} codewords. Phase {job.phase}."
        + (" A head tells which tokens a question needs." if codec.need else "")
        + (
            " A soft receiver has a prior of what indices say of one another."
            if codec.prior
            else ""
        ),
        job.command(),
        batches.described(first, last),
        score_codec_on(judged, codec, llava) if judged else score_codec(codec, llava, animals=True),
    )
    return finish(job, card)


def _train_codec(
    job: UoIscJob, codec: uo_isc.UoIscCodec, llava: Llava, batches: Batches, first: int
) -> None:
    """Train all of a codec but its head; then choose its indices, and measure their order."""
    phase = job.schedule_in_hand
    make = AdversarialUoIscRecipe if phase.adversarial else UoIscRecipe
    judge = llava if codec.variant.relevance and phase.relevance else None
    job.run(make(codec, judge, phase, batches, first))
    for quantizer in codec.model.each_quantizer():
        quantizer.assign_indices()
    codec.model.eval()
    codec.model.order.copy_(damage_by_group(codec, llava, batches).argsort(descending=True))


def _job(asked: Request) -> UoIscJob:
    """Return the training of the phase that is asked for."""
    own = asked.own
    variant, data, phase = (
        own.get("variant", ""),
        own.get("data", SCENES_DRAWN),
        own.get("phase", 0),
    )
    check_data(data)
    find_variant(asked.preset, variant)
    name, phases = asked.schedule(load_schedule, "embedded")
    if phase >= len(phases):
        raise Fault(f"--phase {phase}: the schedule {name} has no table [phase-{phase}]")
    if phase == 0 and asked.start:
        raise Fault("--start: phase 0 begins from nothing; use it with a later --phase")
    home = f"uo-isc-{variant.replace('=', '-')}" if variant else "uo-isc"
    before = HOME / home / f"phase-{phase - 1}" if phase else None
    start = asked.begin(before, f"train phase {phase - 1}, or name its folder")
    return UoIscJob.of(
        asked,
        f"{home}/phase-{phase}",
        phases[phase].steps,
        start,
        variant=variant,
        schedule_name=name,
        schedule=phases,
        phase=phase,
        data=data,
    )
