"""Scores of the embedded models on held-out scenes: what their cards and ``evaluate`` print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata

from linksim.experiments.data.samples import HELD_OUT, Sample, Samples
from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import Estimate, mean, percentiles, rate, resamples
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.results.metrics import RELEVANCE, SSIM
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.sweeps.scores import score
from linksim.experiments.text_out import align
from linksim.link.bridge import to_numpy
from linksim.source import Codec, Received
from linksim.source.scenes import (
    ANIMALS,
    FAMILIES,
    KINDS,
    Scene,
    ask,
    ask_about_animals,
    caption,
)
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.llava import Llava

_RETRIEVAL = 64  # captions to choose from
_RESAMPLES = 200  # of the bootstrap over scenes
_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps


def score_clip(clip: Clip, scenes: int = 1024) -> str:
    """Return caption retrieval among 64 and the zero-shot AUC of class presence, as a table."""
    drawn = draw_batch(_SEED, 0, scenes // _RETRIEVAL * _RETRIEVAL)
    rng = np.random.default_rng(_SEED)
    return clip_table(clip, drawn, [caption(scene, rng) for scene in drawn], KINDS)


@dataclass(frozen=True)
class ClipScores:
    """How well a CLIP knows what scenes show.

    Attributes:
        retrieval: share of pictures whose caption it finds among 64.
        auc: mean over kinds of the area under the curve by which it tells that one is there.
        aucs: by kind.
    """

    retrieval: Estimate
    auc: Estimate
    aucs: dict[str, float]


def clip_scores(
    clip: Clip, drawn: Sequence[Any], captions: Sequence[str], kinds: Sequence[str]
) -> ClipScores:
    """Score a CLIP on scenes of any world with their captions; they are a multiple of 64."""
    pictures = torch.cat([clip.embed_images(images_of(part)) for part in _chunks(drawn)])
    texts = torch.cat(
        [clip.embed_texts(captions[i : i + _RETRIEVAL]) for i in range(0, len(drawn), _RETRIEVAL)]
    )
    found = [
        (pictures[i : i + _RETRIEVAL] @ texts[i : i + _RETRIEVAL].T).argmax(1).cpu()
        == torch.arange(_RETRIEVAL)
        for i in range(0, len(drawn), _RETRIEVAL)
    ]
    article = {kind: "an" if kind[0] in "aeiou" else "a" for kind in kinds}
    prompts = clip.embed_texts([f"a picture of {article[kind]} {kind}" for kind in kinds])
    similarity = to_numpy(pictures @ prompts.T)
    present = np.array([[scene.count(kind) > 0 for kind in kinds] for scene in drawn])
    aucs = _aucs(similarity, present)
    bootstrap = [
        float(np.nanmean(_aucs(similarity.repeat(times, 0), present.repeat(times, 0))))
        for times in resamples(len(drawn), _RESAMPLES, _SEED)
    ]
    low, high = percentiles(bootstrap)
    return ClipScores(
        rate(torch.cat(found).numpy(), 1.0),
        Estimate(float(np.nanmean(aucs)), float(low), float(high)),
        dict(zip(kinds, aucs, strict=True)),
    )


def clip_table(
    clip: Clip, drawn: Sequence[Any], captions: Sequence[str], kinds: Sequence[str]
) -> str:
    """Return what `clip_scores` does as a table."""
    scores = clip_scores(clip, drawn, captions, kinds)
    rows = [
        ["score", "value"],
        ["caption retrieval among 64", format_estimate(scores.retrieval)],
        ["zero-shot presence AUC, mean", format_estimate(scores.auc)],
        *([f"zero-shot presence AUC, {kind}", f"{auc:.3f}"] for kind, auc in scores.aucs.items()),
    ]
    return align(rows)


def _aucs(similarity: np.ndarray, present: np.ndarray) -> list[float]:
    """Return the area under the curve of each kind, a column of both ``[scenes, kinds]``."""
    return [area_under_curve(*pair) for pair in zip(similarity.T, present.T, strict=True)]


def area_under_curve(scores: np.ndarray, positive: np.ndarray) -> float:
    """Return the area under the ROC curve (Mann and Whitney's U over the number of pairs).

    NaN where there are no pairs.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not (positives and negatives):
        return np.nan
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def score_llava(llava: Llava, scenes: int = 2000, animals: bool = False) -> str:
    """Return the share of right single-turn answers, over all and per family, as a table.

    With ``animals`` scenes show, and questions are about, animals alone.
    """
    right: dict[str, list[bool]] = {family: [] for family in FAMILIES}
    rng = np.random.default_rng(_SEED)
    for part in _chunks(_drawn(scenes, animals)):
        questions = [(ask_about_animals if animals else ask)(scene, rng) for scene in part]
        texts = [question.text for question in questions]
        answers = llava.respond(images_of(part).to(llava.device), texts).answers
        for question, answer in zip(questions, answers, strict=True):
            right[question.family].append(answer == question.answer)
    pooled = [ok for family in right.values() for ok in family]
    rows = [["family", "right", "questions"], *_rate_row("all", pooled)]
    for family, oks in right.items():
        rows += _rate_row(family, oks)
    return align(rows)


def score_codec(codec: Codec, llava: Llava, scenes: int = 1000, animals: bool = False) -> str:
    """Return fidelity and answer match on a clean channel, per family and beside two floors.

    The floors are what a receiver would reach that shows grey, or another picture. With
    ``animals`` scenes show, and questions are about, animals alone.
    """
    families = [family for family in FAMILIES if not animals or family != "background"]
    return _match_and_fidelity(_asked(scenes, animals, codec.side), families, codec, llava)


def score_codec_on(samples: Samples, codec: Codec, llava: Llava) -> str:
    """Return what `score_codec` does, on samples of another kind."""
    every = [samples.sample(number, codec.side) for number in range(len(samples))]
    parts = [every[i : i + GROUP] for i in range(0, len(every), GROUP)]
    families = sorted({sample.family for sample in every})
    return _match_and_fidelity(parts, families, codec, llava)


def _asked(scenes: int, animals: bool, side: int) -> Iterator[list[Sample]]:
    """Yield scenes, each with a question, in chunks."""
    rng = np.random.default_rng(_SEED)
    for part in _chunks(_drawn(scenes // GROUP * GROUP, animals)):
        images = images_of(part)
        if side != images.shape[-1]:
            images = F.interpolate(images, (side, side), mode="bicubic", antialias=True).clamp(0, 1)
        asked = [(ask_about_animals if animals else ask)(scene, rng) for scene in part]
        yield [
            Sample(image, question.text, question.answer, question.family, "")
            for image, question in zip(images, asked, strict=True)
        ]


def _match_and_fidelity(
    parts: Iterable[list[Sample]], families: Sequence[str], codec: Codec, llava: Llava
) -> str:
    matches: dict[str, dict[str, list[bool]]] = {
        shown: {family: [] for family in families} for shown in ("received", "grey", "another")
    }
    figures: dict[str, list[np.ndarray]] = {PSNR: [], SSIM: [], RELEVANCE: []}
    for part in parts:
        images = torch.stack([sample.image for sample in part]).to(llava.device)
        texts = [sample.question for sample in part]
        wanted = llava.respond(images, texts)
        received = _over_clean_channel(codec, images, texts)
        scores = score(llava, images, received, texts, wanted)
        for name, values in figures.items():
            values.append(scores.numbers[name])
        shown = {
            "received": scores.answers,
            "grey": llava.respond(torch.full_like(images, 0.5), texts).answers,
            "another": llava.respond(images.roll(1, 0), texts).answers,
        }
        for name, answers in shown.items():
            for sample, answer, right in zip(part, answers, wanted.answers, strict=True):
                matches[name][sample.family].append(answer == right)
    rows = [["answer match", "received", "floor: grey", "floor: another picture", "questions"]]
    for family in ("all", *families):
        cells = []
        for by_family in matches.values():
            pool = [ok for f, oks in by_family.items() if family in ("all", f) for ok in oks]
            cells.append(format_estimate(rate(np.array(pool), 1.0)))
        rows.append([family, *cells, str(len(pool))])
    found = {name: np.concatenate(values) for name, values in figures.items()}
    averages = {name: average(name, found[PSNR]) for name in (PSNR, PSNR_OF_MSE)}
    averages |= {name: mean(values) for name, values in found.items() if name != PSNR}
    fidelity = [f"{name} {format_estimate(estimate)}" for name, estimate in averages.items()]
    return f"{align(rows)}\n{', '.join(fidelity)}"


def _drawn(scenes: int, animals: bool) -> list[Scene]:
    return draw_batch(_SEED, 0, scenes, ANIMALS if animals else KINDS)


def _over_clean_channel(codec: Codec, images: torch.Tensor, texts: list[str]) -> torch.Tensor:
    message = codec.encode(images, texts)
    values = message.values
    certain = torch.zeros((*values.shape, message.width))
    erased = torch.zeros_like(values, dtype=torch.bool)
    return codec.decode(Received(values, message.width, erased, certain))


def _rate_row(name: str, oks: list[bool]) -> list[list[str]]:
    return [[name, format_estimate(rate(np.array(oks), 1.0)), str(len(oks))]] if oks else []


def _chunks(scenes: Sequence[Scene]) -> list[Sequence[Scene]]:
    return [scenes[i : i + _RETRIEVAL] for i in range(0, len(scenes), _RETRIEVAL)]
