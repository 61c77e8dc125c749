"""The codec's speed as tables in Markdown."""

from __future__ import annotations

from linksim.experiments.bench.chains import SNRS_DB
from linksim.experiments.bench.codec import BARE, LINK, POINT, WHOLE, CodecSpeed
from linksim.experiments.bench.report import markdown_table, processor
from linksim.experiments.sweeps.measurement import GROUP


def codec_report(speed: CodecSpeed, device: str) -> str:
    """Return the report.

    Args:
        device: of the networks, as PyTorch names it.
    """
    machine = (
        f"CPU time on one core of {processor()}" if device == "cpu" else f"wall time, {device}"
    )
    weights = "" if speed.trained else ", with RANDOM WEIGHTS: the work is the same"
    count = len(speed.rounds[WHOLE])
    return "\n\n".join(
        [
            f"{speed.codec}{weights}. {GROUP} pictures at a time, {speed.questions} distinct "
            f"questions; LDPC of rate 1/2, 8-PSK, AWGN at {SNRS_DB[POINT]} dB, engine "
            f"{speed.engine}; {machine}; medians of {count} rounds.",
            _whole(speed),
            _stages(speed),
        ]
    )


def _whole(speed: CodecSpeed) -> str:
    rows = [
        [name, f"{speed.pictures_per_second(name):.3g}", f"{speed.ratio(name, BARE):.2f}"]
        for name in (BARE, WHOLE)
    ]
    return markdown_table(["", "pictures per second", f"time / {BARE}"], rows)


def _stages(speed: CodecSpeed) -> str:
    rows = [
        [name, f"{speed.ratio(name, WHOLE):.1%}", f"{speed.ratio(name, BARE):.3f}"]
        for name in speed.stages
    ]
    added = speed.added_by(LINK)
    rows.append([f"{LINK} / all other stages", f"{added:.1%}", ""])
    return markdown_table(["stage", "share of the whole", f"time / {BARE}"], rows)
