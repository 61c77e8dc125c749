"""The simulation of the link alone: random bits at each SNR until enough errors are seen."""

from __future__ import annotations

import math
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from linksim._given import DIGESTS, lent
from linksim.experiments.configuration import LinkConfiguration, last_part, parse_snr
from linksim.experiments.constellations import constellation_inputs
from linksim.experiments.faults import Fault
from linksim.experiments.links.adaptation import Adaptation
from linksim.experiments.links.kept_curves import KeptCurve
from linksim.experiments.links.results import (
    TB_BLER,
    Curve,
    LinkResults,
    Tally,
    estimate,
    load_link_results,
    rates_of,
    tally,
)
from linksim.experiments.physical import phy_spec, with_modulations
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.parts import Parts, differences, parts_are_kept
from linksim.experiments.results.sweeps import versions
from linksim.phy import HarqLayer, HarqSpec, PhysicalLayer, ebno_db_from_snr_db, snr_db_from_ebno_db

CURVES_FILE = "curves.png"
_FIRST_ROUND, _LARGEST_ROUND = 1 << 16, 1 << 24  # message bits


@dataclass(frozen=True)
class Setup:
    """A curve to be: a physical layer, the attributes that describe it, and its SNRs."""

    layer: PhysicalLayer | HarqLayer
    about: dict[str, Any]
    snr_db: list[float]


@dataclass(frozen=True)
class Place:
    """Where a simulation is: an SNR of a curve, ``done`` of all ``total`` points before it."""

    setup: Setup
    snr_db: float
    done: int
    total: int


Progress = Callable[[Place, Tally, bool], None]
"""Called after each round with the counts so far, and with True when a point is finished."""


def run_link(
    configuration: LinkConfiguration,
    out: Path,
    threads: int,
    resume: bool,
    progress: Progress,
    picture: bool = True,
) -> LinkResults:
    """Simulate every code with every modulation; write ``results.h5`` and draw ``curves.png``.

    Args:
        configuration: what is simulated, and when it is enough.
        out: folder of the results.
        threads: cores to use, 0 for all; changes no count.
        resume: go on with an unfinished run.
        progress: told of every round.
        picture: whether curves are drawn.

    Raises:
        Fault: if the results folder is in use.
        linksim.phy.Refused: if an option is wrong.
    """
    axis = sorted(parse_snr(configuration.snr))
    file, drawing = out / RESULTS_FILE, out / CURVES_FILE
    files = [RESULTS_FILE, *([CURVES_FILE] if picture else [])]
    inputs = {**constellation_inputs(configuration.modulation), **lent(DIGESTS)}
    with journalled_run(out, configuration, resume, files, inputs) as parts:
        if parts is None:
            results = _finished(file, configuration)
        else:
            with parts_are_kept(out):
                curves = _measured(configuration, axis, parts, progress, threads)
                results = LinkResults(_attributes(configuration), curves)
                results.save(file)
        if picture and not drawing.exists():
            with parts_are_kept(out):
                _draw(results, drawing)
    return results


def _draw(results: LinkResults, path: Path) -> None:
    # Here, because Matplotlib is slow to load.
    from linksim.experiments.links.adaptation_plot import plot_adaptation
    from linksim.experiments.links.outer_plot import plot_outer
    from linksim.experiments.links.plots import plot_link

    adapt = results.configuration.get("adapt")
    if adapt and Adaptation.parse(adapt).outer:
        plot_outer(results, path)
    else:
        (plot_adaptation if adapt else plot_link)(results, path)


def _finished(file: Path, configuration: LinkConfiguration) -> LinkResults:
    """Return results that are there already: a run that was killed at the last moment has them.

    Raises:
        Fault: if they are of other options.
    """
    results = load_link_results(file)
    if differing := differences(results.configuration, configuration.shared()):
        raise Fault(
            f"--out {file.parent}: holds results of other options: {differing}; give another folder"
        )
    return results


def _measured(
    configuration: LinkConfiguration,
    axis: list[float],
    parts: Parts,
    progress: Progress,
    threads: int,
) -> list[Curve]:
    """Simulate what a configuration names."""
    if configuration.adapt and Adaptation.parse(configuration.adapt).outer:
        from linksim.experiments.links.outer_run import outer_curves  # which is made of this file

        return outer_curves(configuration, axis, parts, progress, threads)
    pairs = with_modulations(configuration.code, configuration.modulation)
    setups = [setup_of(configuration, *pair, axis, threads) for pair in pairs]
    return measured_curves(configuration, setups, parts, progress)


def measured_curves(
    configuration: LinkConfiguration,
    setups: list[Setup],
    parts: Parts,
    progress: Progress,
    total: int = 0,
) -> list[Curve]:
    """Simulate all curves; what the parts have is not simulated again.

    Args:
        configuration: says when a point is done, and when a curve.
        setups: of the curves, of equally many points.
        parts: where points are kept.
        progress: told of every round.
        total: points, if more follow than those of the curves.
    """
    parts.begin()
    curves, points = [], len(setups[0].snr_db)
    for number, setup in enumerate(setups):
        tallies: list[Tally] = []
        known = KeptCurve(configuration, setup.layer.spec, setup.about)
        for point, snr_db in enumerate(setup.snr_db):
            place = Place(setup, snr_db, number * points + point, total or len(setups) * points)
            # Named after the engine too: resumed elsewhere, auto may choose another.
            name = f"{number:03d}-{point:04d}-{setup.layer.engine}"
            found = known.at(snr_db) if configuration.adapt else None
            simulation = rounds(configuration, setup, snr_db) if found is None else iter([found])
            counted = counted_point(parts, name, simulation, partial(progress, place))
            known.add(snr_db, counted)
            tallies.append(counted)
            if is_last(configuration, setup, counted):
                break
        if configuration.adapt:
            known.keep()
        curves.append(_curve(setup, tallies))
    return curves


def counted_point(
    parts: Parts, name: str, simulation: Iterator[Tally], tell: Callable[[Tally, bool], None]
) -> Tally:
    """Return a point's counts: from its part, or from its simulation, which leaves a part."""
    stored = parts.load(name)
    if stored is not None:
        counted = Counter({key: int(count) for key, count in stored.items()})
    else:
        for counted in simulation:
            tell(counted, False)
        parts.save(name, {key: np.array(count) for key, count in counted.items()})
    tell(counted, True)
    return counted


def rounds(configuration: LinkConfiguration, setup: Setup, snr_db: float) -> Iterator[Tally]:
    """Simulate a point; yield its counts so far after each round, the last ones at the end.

    Round sizes follow from the counts so far alone, and a message's draws from its number: neither
    threads nor an interruption change a count.
    """
    blocks, counted = setup.layer.segmentation.blocks, Tally()
    most = math.ceil(configuration.max_blocks / blocks)
    while _seen(setup, counted) < configuration.block_errors and counted["messages"] < most:
        first = counted["messages"]
        size = min(_round_size(configuration, setup, counted), most - first)
        counts = setup.layer.count(snr_db, range(first, first + size))
        counted.update(tally(counts, blocks, TB_BLER in rates_of(setup.about)))
        yield counted


def _seen(setup: Setup, counted: Tally) -> int:
    """Return the errors by which a point is done: with hybrid ARQ of first transmissions."""
    return counted["message_errors_1" if "rounds" in setup.about else "block_errors"]


def _round_size(configuration: LinkConfiguration, setup: Setup, counted: Tally) -> int:
    """Return messages for the next round: as many as all before, but no more than seem needed."""
    least = max(_FIRST_ROUND // configuration.message_bits, 1)
    most = max(_LARGEST_ROUND // configuration.message_bits, 1)
    size = min(counted["messages"], most)
    if seen := _seen(setup, counted):
        missing = configuration.block_errors - seen
        size = min(size, -(-missing * counted["messages"] // seen))
    return max(size, least)


def is_last(configuration: LinkConfiguration, setup: Setup, counted: Tally) -> bool:
    """Tell whether a curve ends here: below its target for sure, or nothing left to be seen."""
    target = configuration.target_bler
    if target and not _seen(setup, counted):
        return True
    first = f"{TB_BLER}_1" if "rounds" in setup.about else "bler"
    return estimate(counted, first, setup.about).high < target


def setup_of(
    configuration: LinkConfiguration,
    code: str,
    modulation: str,
    axis: Sequence[float],
    threads: int,
) -> Setup:
    """Build one physical layer and say what it is.

    Raises:
        linksim.phy.Refused: if it cannot be.
    """
    names = {
        "code": code,
        "modulation": modulation,
        "demapper": configuration.demapper,
        "channel": configuration.channel,
        "coherence": configuration.coherence,
        "csi": configuration.csi,
    }
    spec, seed = phy_spec(**names), configuration.seed
    bits, engine, harq = configuration.message_bits, configuration.engine, configuration.harq
    layer = (
        HarqLayer(bits, spec, _harq_of(harq), seed, engine, threads)
        if harq
        else PhysicalLayer(bits, spec, seed, engine, threads)
    )
    plan, per_symbol = layer.segmentation, layer.information_bits_per_symbol
    names["modulation"] = modulation or spec.modulation.name
    about = {
        **{name: last_part(name, value) for name, value in names.items()},
        "engine": layer.engine,
        "seed": seed,
        "message_bits": plan.message_bits,
        "blocks_per_message": plan.blocks,
        "bits_per_message": plan.blocks * plan.payload_bits,
        "coded_bits_per_message": plan.blocks * plan.coded_bits,
        "symbols_per_message": layer.symbols,
        "information_bits_per_symbol": per_symbol,
    }
    if plan.message_crc_bits:
        about["transport_block_bits"] = plan.filled_bits
    if isinstance(layer, HarqLayer):
        about |= {"harq": str(layer.harq), "rounds": layer.harq.rounds}
    ebno = configuration.ebno
    snr_db = [snr_db_from_ebno_db(value, per_symbol) for value in axis] if ebno else list(axis)
    return Setup(layer, about, snr_db)


def _harq_of(text: str) -> HarqSpec:
    """Return how random bits are sent again.

    Raises:
        Fault: if only some of them matter.
        linksim.phy.Refused: for what there is not.
    """
    harq = HarqSpec.parse(text)
    if harq.semantic:
        raise Fault(f"--harq {text}: of random bits none matters more; take ir or chase")
    return harq


def _curve(setup: Setup, tallies: list[Tally]) -> Curve:
    snr_db = np.array(setup.snr_db[: len(tallies)])
    per_symbol = setup.layer.information_bits_per_symbol
    ebno_db = np.array([ebno_db_from_snr_db(value, per_symbol) for value in snr_db])
    return Curve(setup.about, snr_db, ebno_db, tallies)


def _attributes(configuration: LinkConfiguration) -> dict[str, Any]:
    return {
        "linksim_version": version("semantic-linksim"),
        "configuration": configuration.to_json(),
        "command": configuration.command(),
        "versions": versions(),
        "processor": _processor(),
    }


def _processor() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
