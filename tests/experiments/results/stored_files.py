"""A file of each kind that linksim reads, and how it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linksim.experiments.links.results import Curve, LinkResults, load_link_results, tally
from linksim.experiments.results.finds import Found
from linksim.experiments.results.sweeps import load_results, save_results
from linksim.experiments.studies.injected import Injected, InjectedConfiguration, load_injected
from linksim.experiments.studies.rate_points import Point, load_point, save_point
from linksim.phy import BlockCounts

from ..configurations import link_configuration
from ..made_results import made_results


@dataclass(frozen=True)
class Kind:
    """How a kind of file is written and read."""

    write: Callable[[Path], None]
    read: Callable[[Path], object]


def _write_sweeps(path: Path) -> None:
    save_results({"one": made_results(), "two": made_results(1)}, path)


def _write_link(path: Path) -> None:
    counts = BlockCounts(np.array([3, 0, 0, 1] * 10, np.int32), np.ones(40, np.int32))
    about = {"blocks_per_message": 1, "bits_per_message": 10, "coded_bits_per_message": 20}
    about |= {"code": "none", "modulation": "qpsk", "channel": "awgn"}  # type: ignore[dict-item]
    curve = Curve(about, np.zeros(2), np.ones(2), [Counter(tally(counts, 1))] * 2)
    configuration = link_configuration()
    attributes = {
        "configuration": configuration.to_json(),
        "command": configuration.command(),
        "versions": '{"numpy": "2"}',
    }
    LinkResults(attributes, [curve, curve]).save(path)


_INJECTED = InjectedConfiguration("uo_isc", "0.1", 4, "all", "embedded", None, 0)


def _write_injected(path: Path) -> None:
    rng, shape = np.random.default_rng(0), (3, 4)
    figures = {name: rng.integers(0, 3, shape) for name in ("index_errors", "bit_errors")}
    figures |= {name: rng.random(shape) for name in ("psnr", "ssim", "relevance")}
    figures["answers"] = np.full(shape, "red")
    costs = {"bits": np.full(4, 100), "indices": np.full(4, 20)}
    questions = {"text": np.full(4, "what?"), "wanted": np.full(4, "red")}
    kinds, levels = np.array(["index", "index", "bit"]), np.array([0, 0.1, 0.1])
    Injected(_INJECTED, kinds, levels, figures, costs, questions).save(path)


_POINT = {"images": 4, "seed": 0, "inputs": "digest"}


def _write_point(path: Path) -> None:
    rng = np.random.default_rng(0)
    found = Found(rng.random((2, 4)).astype(np.float32), ("car", "boat"), rng.random(2))
    point = Point(
        size=np.arange(4),
        psnr=rng.random(4),
        ssim=rng.random(4),
        distances={"lpips": rng.random(4)},
        found=[found] * 4,
        classes=["car", "boat"] * 2,
        features=rng.random((4, 3)),
        shown=rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8),
    )
    save_point(path, point, _POINT)


KINDS = {
    "sweeps": Kind(_write_sweeps, load_results),
    "link": Kind(_write_link, load_link_results),
    "injected": Kind(_write_injected, lambda path: load_injected(path, _INJECTED, {})),
    "rate point": Kind(_write_point, lambda path: load_point(path, _POINT)),
}
