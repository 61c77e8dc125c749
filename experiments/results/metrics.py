"""Every metric of a sweep, once: what it is called, how it is estimated, and how it is shown.

Tables, plots, pages, comparisons, exports and files take what they show from `METRICS`. A metric of
pictures is computed by a function of its name in `linksim.experiments.sweeps.scores`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from linksim.experiments.configuration import (
    CLASSIFICATION,
    DETECTION,
    DISTS,
    LPIPS,
    MS_SSIM_Y,
    PSNR_Y,
    SEGMENTATION,
)
from linksim.experiments.data.mosaic_names import photographs_of
from linksim.experiments.results.estimates import Estimate, mean, mean_of_shared, rate, wider
from linksim.experiments.results.fidelity import LOSSLESS, PSNR, PSNR_OF_MSE, average
from linksim.experiments.results.finds import truth_in

INDEX_ERRORS, BER, BLER = "index_error_rate", "ber", "bler"
ANSWER_MATCH, ACCURACY, RELEVANCE, SSIM = "answer_match", "accuracy", "relevance", "ssim"

LINK, USER, FIDELITY, COST = "Errors on the link", "What the user gets", "Fidelity", "Costs"
MACHINES = "What machines get"
"""Groups of metrics."""

THINGS = "things"
"""What is in each original, beside its question; see `linksim.experiments.results.finds`."""

UNKNOWN = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Sent:
    """N pictures that were sent at an SNR, and what became of them.

    Attributes:
        pictures: figures of each, ``[N]``, by their names in a file of results.
        costs: what each costs, ``[N]``.
        all_costs: the same of all pictures, those among them that were sent at other SNRs alone.
        questions: texts of each, ``[N]``.
        pixels: of a picture, or of each of all, ``[N]``.
        judged: whether anybody answered the questions.
    """

    pictures: Mapping[str, np.ndarray]
    costs: Mapping[str, np.ndarray]
    questions: Mapping[str, np.ndarray]
    all_costs: Mapping[str, np.ndarray]
    pixels: int | np.ndarray = 0
    judged: bool = True


@dataclass(frozen=True)
class Metric:
    """A metric of pictures that were sent over a link.

    Attributes:
        title: of an axis, or in a legend.
        column: its heading in a table.
        group: one of `LINK`, `USER`, `MACHINES`, `FIDELITY`, `COST`.
        about: what it is, in a line.
        estimate: makes it, with its interval, of pictures that were sent at an SNR.
        each: makes it of each of those pictures, float64 ``[N]``, NaN where it is not known; None
            where it is no figure of a picture.
        scored: whether it is stored as a number for each picture, under its name.
        log: whether its axis is logarithmic, as that of error rates.
        range: foot of a linear axis, and its top if that is fixed; None fits the curves.
        streams: whether it tells of streams alone, where a table is concerned.
        drawn: whether it is among the curves that a sweep leaves as a picture.
        optional: whether a file leaves it out that knows nothing of it.
        rare: whether it says nothing where it is 0 at every SNR.
    """

    title: str
    column: str
    group: str
    about: str
    estimate: Callable[[Sent], Estimate]
    each: Callable[[Sent], np.ndarray] | None = None
    scored: bool = False
    log: bool = False
    range: tuple[float, float | None] | None = None
    streams: bool = False
    drawn: bool = False
    optional: bool = False
    rare: bool = False


def _rate_of(errors: str, trials: str) -> Callable[[Sent], Estimate]:
    """Return an estimate of a rate; unknown where a link counts no such errors."""

    def estimate(sent: Sent) -> Estimate:
        known = errors in sent.pictures
        return rate(sent.pictures[errors], sent.costs[trials]) if known else UNKNOWN

    return estimate


def _share_of(each: Callable[[Sent], np.ndarray]) -> Callable[[Sent], Estimate]:
    """Return an estimate of the share of pictures for which something holds."""

    def estimate(sent: Sent) -> Estimate:
        holds = each(sent)
        share = dependent(rate(holds[~np.isnan(holds)], 1.0), holds, sent.questions)
        return Estimate(share.value, max(share.low, 0.0), min(share.high, 1.0))

    return estimate


def _scored(name: str) -> Callable[[Sent], np.ndarray]:
    def each(sent: Sent) -> np.ndarray:
        found = sent.pictures[name].astype(float)
        return np.where(np.isinf(found), np.nan, found)

    return each


def _asked(name: str) -> Callable[[Sent], np.ndarray]:
    """Return what makes a metric that is asked for of each picture; NaN where none was asked."""

    def each(sent: Sent) -> np.ndarray:
        known = name in sent.pictures
        return _scored(name)(sent) if known else np.full(len(sent.pictures[PSNR]), np.nan)

    return each


def _mean_if_asked(name: str) -> Callable[[Sent], Estimate]:
    known = _mean_of(name)
    return lambda sent: known(sent) if name in sent.pictures else UNKNOWN


def _mean_of(name: str) -> Callable[[Sent], Estimate]:
    def estimate(sent: Sent) -> Estimate:
        return dependent(mean(sent.pictures[name]), sent.pictures[name], sent.questions)

    return estimate


def dependent(alone: Estimate, values: np.ndarray, questions: Mapping[str, np.ndarray]) -> Estimate:
    """Return an estimate as it is where pictures share photographs, as mosaics do.

    Args:
        alone: the estimate where they are independent.
        values: what it is of, ``[N]``; NaN where it is not known.
        questions: texts of each picture, the name among them.
    """
    names = questions.get("name", np.array([], dtype=str))[: len(values)]
    if not len(names) or not photographs_of(str(names[0])):
        return alone
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < 2:
        return alone
    shown = [photographs_of(str(names[number])) for number in known]
    return wider(alone, mean_of_shared(values[known], shown))


def _of_psnr(name: str) -> Callable[[Sent], Estimate]:
    return lambda sent: average(name, sent.pictures[PSNR])


def _matches(sent: Sent) -> np.ndarray:
    alike = np.asarray(sent.pictures["answers"] == sent.questions["wanted"], dtype=float)
    return alike if sent.judged else np.full_like(alike, np.nan)


def _is_right(sent: Sent) -> np.ndarray:
    truth = sent.questions["truth"]
    return np.where((truth == "") | (not sent.judged), np.nan, sent.pictures["answers"] == truth)


def _is_lossless(sent: Sent) -> np.ndarray:
    return np.isposinf(sent.pictures[PSNR]).astype(float)


def _mean_count(name: str) -> Callable[[Sent], Estimate]:
    """Return an estimate of the mean of counts that some sweeps have."""

    def estimate(sent: Sent) -> Estimate:
        found = sent.pictures.get(name)
        return UNKNOWN if found is None else mean(found.astype(float))

    return estimate


def _accepted(sent: Sent) -> Estimate:
    found = sent.pictures.get("accepted")
    return UNKNOWN if found is None else rate(found, 1.0)


def _accepted_outage(sent: Sent) -> Estimate:
    """Estimate the share of accepted pictures of which the answer is another."""
    if "accepted" not in sent.pictures or not sent.judged:
        return UNKNOWN
    accepted = sent.pictures["accepted"]
    return rate(accepted * (1 - _matches(sent)), accepted)


def _goodput(sent: Sent) -> Estimate:
    """Estimate accepted pictures of the same answer for each thousand symbols."""
    if "accepted" not in sent.pictures or not sent.judged:
        return UNKNOWN
    good = rate(sent.pictures["accepted"] * _matches(sent), sent.pictures["symbols_sent"])
    return Estimate(1000 * good.value, 1000 * good.low, 1000 * good.high)


def _unknown(_: Sent) -> Estimate:
    return UNKNOWN


def _precision(task: str, name: str) -> Callable[[Sent], Estimate]:
    """Return an estimate of average precision; unknown where nobody looked for things."""

    def estimate(sent: Sent) -> Estimate:
        if task not in sent.pictures or THINGS not in sent.questions:
            return UNKNOWN
        from linksim.experiments.results.average_precision import precision_of_texts

        texts = tuple(map(str, sent.questions[THINGS])), tuple(map(str, sent.pictures[task]))
        return precision_of_texts(*texts, masks=task == SEGMENTATION)[name]

    return estimate


def _is_named(sent: Sent) -> np.ndarray:
    if CLASSIFICATION not in sent.pictures or THINGS not in sent.questions:
        return np.full(len(sent.pictures[PSNR]), np.nan)
    pairs = zip(sent.pictures[CLASSIFICATION], sent.questions[THINGS], strict=True)
    return np.array([named in truth_in(things).labels for named, things in pairs], dtype=float)


def _named(sent: Sent) -> Estimate:
    right = _is_named(sent)
    return UNKNOWN if np.isnan(right).all() else rate(right, 1.0)


def _bits_per_pixel(sent: Sent) -> Estimate:
    bits = sent.all_costs["bits"]
    return mean(bits / sent.pixels) if bits.any() else UNKNOWN


_SHARE = (0.0, 1.0)

METRICS: dict[str, Metric] = {
    "raw_ber": Metric(
        "raw BER",
        "raw BER",
        LINK,
        "Bit errors before decoding.",
        _rate_of("raw_errors", "coded_bits"),
        log=True,
        drawn=True,
    ),
    BER: Metric(
        "BER",
        "BER",
        LINK,
        "Bit errors of the message, after decoding.",
        _rate_of("bit_errors", "bits"),
        log=True,
        drawn=True,
    ),
    BLER: Metric(
        "BLER",
        "BLER",
        LINK,
        "Code blocks with an error.",
        _rate_of("block_errors", "blocks"),
        log=True,
        drawn=True,
    ),
    "tb_bler": Metric(
        "transport block error rate",
        "TB BLER",
        LINK,
        "Transport blocks with an error, after their last transmission.",
        _unknown,
        log=True,
        optional=True,
    ),
    "transmissions": Metric(
        "transmissions of a message",
        "transmissions",
        LINK,
        "How often a message is sent, on average.",
        _unknown,
        range=(1.0, None),
        optional=True,
    ),
    "outage": Metric(
        "outage probability",
        "outage",
        LINK,
        "The channel carries less than a code block's rate, however it is coded.",
        _unknown,
        log=True,
        optional=True,
    ),
    "throughput": Metric(
        "throughput (bits per symbol)",
        "bits/symbol",
        LINK,
        "Message bits that arrive, for each channel symbol sent. Higher is better.",
        _unknown,
        range=(0.0, None),
        optional=True,
    ),
    "symbols_sent": Metric(
        "channel symbols sent",
        "symbols sent",
        LINK,
        "Channel symbols of all transmissions of a picture, pilots among them.",
        _mean_count("symbols_sent"),
        range=(0.0, None),
        optional=True,
    ),
    "rounds": Metric(
        "rounds",
        "rounds",
        LINK,
        "Transmissions of a picture in which something of it was sent.",
        _mean_count("rounds"),
        range=(1.0, None),
        optional=True,
    ),
    "accepted": Metric(
        "accepted pictures",
        "accepted",
        LINK,
        "Pictures of which the receiver got what it asked for. Higher is better.",
        _accepted,
        range=_SHARE,
        optional=True,
    ),
    INDEX_ERRORS: Metric(
        "index error rate",
        "index errors",
        LINK,
        "Wrong codeword indices, or bytes.",
        _rate_of("index_errors", "indices"),
        log=True,
        drawn=True,
    ),
    "packet_loss": Metric(
        "packet loss rate",
        "packets lost",
        LINK,
        "Packets whose CRC failed.",
        _rate_of("packets_lost", "blocks"),
        log=True,
        streams=True,
    ),
    "units_lost": Metric(
        "units lost",
        "units lost",
        LINK,
        "Units of a stream that are not whole and right.",
        _rate_of("units_lost", "units"),
        log=True,
        streams=True,
        drawn=True,
    ),
    "bpp": Metric(
        "bits per pixel",
        "bits per pixel",
        COST,
        "Bits of a message for each pixel of its picture.",
        _bits_per_pixel,
        streams=True,
    ),
    "symbols": Metric(
        "channel symbols",
        "channel symbols",
        COST,
        "Channel symbols of a picture, pilots among them.",
        lambda sent: mean(sent.all_costs["symbols"]),
        streams=True,
    ),
    ANSWER_MATCH: Metric(
        "answer match",
        "answer match",
        USER,
        "The judge answers as about the original.",
        _share_of(_matches),
        _matches,
        range=_SHARE,
        drawn=True,
    ),
    "accepted_outage": Metric(
        "outage of accepted pictures",
        "accepted outage",
        USER,
        "Accepted pictures about which the judge answers otherwise. Lower is better.",
        _accepted_outage,
        range=(0.0, None),
        optional=True,
    ),
    "goodput": Metric(
        "goodput (pictures per 1000 symbols)",
        "goodput",
        USER,
        "Accepted pictures with the answer of the original, for 1000 symbols. Higher is better.",
        _goodput,
        range=(0.0, None),
        optional=True,
    ),
    ACCURACY: Metric(
        "answer accuracy",
        "accuracy",
        USER,
        "The judge answers as the truth has it.",
        _share_of(_is_right),
        _is_right,
        range=_SHARE,
        drawn=True,
    ),
    "ap": Metric(
        "AP of detection",
        "AP",
        MACHINES,
        "Average precision of boxes, COCO's, overlaps 0.5 to 0.95. Higher is better.",
        _precision(DETECTION, "ap"),
        range=_SHARE,
    ),
    "ap50": Metric(
        "AP50 of detection",
        "AP50",
        MACHINES,
        "Average precision of boxes that overlap by half. Higher is better.",
        _precision(DETECTION, "ap50"),
        range=_SHARE,
    ),
    "mask_ap": Metric(
        "AP of segmentation",
        "mask AP",
        MACHINES,
        "Average precision of masks, COCO's, overlaps 0.5 to 0.95. Higher is better.",
        _precision(SEGMENTATION, "ap"),
        range=_SHARE,
    ),
    "class_accuracy": Metric(
        "accuracy of classification",
        "class accuracy",
        MACHINES,
        "The likeliest class is that of a thing in the picture. Higher is better.",
        _named,
        _is_named,
        range=_SHARE,
    ),
    RELEVANCE: Metric(
        "relevance loss",
        "relevance loss",
        USER,
        "1 − cosine of the judge's states, original against received. Lower is better.",
        _mean_of(RELEVANCE),
        _scored(RELEVANCE),
        scored=True,
        range=(0.0, None),
        drawn=True,
    ),
    PSNR: Metric(
        "PSNR (dB)",
        "PSNR dB",
        FIDELITY,
        "Peak signal to noise of pictures that are not lossless, averaged. Higher is better.",
        _of_psnr(PSNR),
        _scored(PSNR),
        scored=True,
        drawn=True,
    ),
    PSNR_OF_MSE: Metric(
        "PSNR of the mean error (dB)",
        "PSNR of MSE",
        FIDELITY,
        "Peak signal to the squared error averaged over all pictures. Higher is better.",
        _of_psnr(PSNR_OF_MSE),
        drawn=True,
    ),
    LOSSLESS: Metric(
        "lossless pictures",
        "lossless",
        FIDELITY,
        "Pictures received as they are, to the bit.",
        _of_psnr(LOSSLESS),
        _is_lossless,
        range=_SHARE,
        rare=True,
    ),
    SSIM: Metric(
        "SSIM",
        "SSIM",
        FIDELITY,
        "Structural similarity to the original. Higher is better.",
        _mean_of(SSIM),
        _scored(SSIM),
        scored=True,
        range=_SHARE,
    ),
    PSNR_Y: Metric(
        "PSNR of luma (dB)",
        "PSNR Y dB",
        FIDELITY,
        "Peak signal to noise of luma (BT.601), of pictures whose luma differs. Higher is better.",
        _mean_if_asked(PSNR_Y),
        _asked(PSNR_Y),
        optional=True,
    ),
    MS_SSIM_Y: Metric(
        "MS-SSIM of luma",
        "MS-SSIM Y",
        FIDELITY,
        "Structural similarity of luma (BT.601), over five scales. Higher is better.",
        _mean_if_asked(MS_SSIM_Y),
        _asked(MS_SSIM_Y),
        range=_SHARE,
        optional=True,
    ),
    LPIPS: Metric(
        "LPIPS",
        "LPIPS",
        FIDELITY,
        "Distance of VGG-16's features, by weights that people's judgements gave. Lower is better.",
        _mean_if_asked(LPIPS),
        _asked(LPIPS),
        range=(0.0, None),
        optional=True,
    ),
    DISTS: Metric(
        "DISTS",
        "DISTS",
        FIDELITY,
        "Distance in structure and texture of VGG-16's features. Lower is better.",
        _mean_if_asked(DISTS),
        _asked(DISTS),
        range=(0.0, None),
        optional=True,
    ),
}
"""All metrics by name, in the order in which files, tables and plots have them."""


def title_of(name: str, ssim: str = "SSIM") -> str:
    """Return a metric's name as a heading; ``ssim`` is the similarity that was measured.

    >>> title_of("answer_match")
    'Answer match'
    """
    title = ssim if name == SSIM else METRICS[name].title
    return title[:1].upper() + title[1:]


def in_group(group: str) -> dict[str, Metric]:
    """Return the metrics of a group, by name."""
    return {name: metric for name, metric in METRICS.items() if metric.group == group}


SCORED = tuple(
    name for group in (FIDELITY, USER) for name, metric in in_group(group).items() if metric.scored
)
"""Metrics that are stored as a number for each picture, in the order in which files have them."""
