"""A link with an outer loop, measured: the table of its schemes, then runs with and without it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.links.adaptation import Adaptation
from linksim.experiments.links.comparing import crossing
from linksim.experiments.links.outer_loop import COUNTED, Loop, Scheme, simulate
from linksim.experiments.links.results import TB_BLER, Curve, Tally
from linksim.experiments.links.simulation import (
    Place,
    Progress,
    Setup,
    counted_point,
    measured_curves,
    setup_of,
)
from linksim.experiments.results.parts import Parts
from linksim.phy import ChannelSpec, PhysicalLayer

LOOPS = ("inner loop", "outer loop")
"""What the curves' code is called: the table alone, and with what ACKs teach."""

_STEP_DB, _POINTS = 0.5, 24  # of a scheme's curve, from where no code could do better
_AT_ONCE = 8  # runs


def outer_curves(
    configuration: LinkConfiguration,
    points: list[float],
    parts: Parts,
    progress: Progress,
    threads: int,
) -> list[Curve]:
    """Measure the schemes over a channel that does not fade, then both `LOOPS` over the one that
    does, at each point's mean SNR in dB.

    Raises:
        Fault: if the channel is none for it, or messages are sent again.
        linksim.phy.Refused: if a physical layer cannot be.
    """
    how, channel = Adaptation.parse(configuration.adapt or ""), _channel(configuration)
    still = replace(configuration, channel="awgn", coherence="1", target_bler=how.target)
    setups = [_scheme_setup(still, code, threads) for code in configuration.code]
    total = sum(len(setup.snr_db) for setup in setups) + len(points) * len(LOOPS)
    curves = measured_curves(still, setups, parts, progress, total)
    schemes = [
        Scheme(_layer(setup), _needs_db(curve, how.target))
        for setup, curve in zip(setups, curves, strict=True)
    ]
    first = total - len(points) * len(LOOPS)
    found = []
    for number, name in enumerate(LOOPS):
        loop = Loop(how.target, how.outer * number, how.delay)
        about = _about(configuration, how, name, setups[0])
        setup, tallies = Setup(setups[0].layer, about, points), []
        for point, snr_db in enumerate(points):
            place = Place(setup, snr_db, first + number * len(points) + point, total)
            runs = _rounds(configuration, schemes, loop, channel, snr_db)
            part = f"{len(setups) + number:03d}-{point:04d}-outer"
            tallies.append(counted_point(parts, part, runs, partial(progress, place)))
        found.append(_curve(about, points, tallies))
    return found


def _channel(configuration: LinkConfiguration) -> ChannelSpec:
    said = f"--adapt {configuration.adapt}"
    if configuration.harq:
        raise Fault(f"{said}: an outer loop counts messages that are sent once; leave out --harq")
    channel = ChannelSpec.parse(configuration.channel, configuration.coherence, configuration.csi)
    if not channel.doppler:
        raise Fault(f"{said}: reports age over --channel rayleigh:doppler=F; give that")
    if channel.coherence_text != "image" or channel.pilot_every:
        raise Fault(f"{said}: a message meets one gain, known; give --coherence image")
    return channel


def _scheme_setup(still: LinkConfiguration, code: str, threads: int) -> Setup:
    """Return a scheme over a channel without fading, from where capacity is its rate."""
    about = setup_of(still, code, "", [0.0], threads)
    limit = 10 * math.log10(2**about.layer.information_bits_per_symbol - 1)
    first = math.floor(limit / _STEP_DB) * _STEP_DB
    return replace(about, snr_db=[first + _STEP_DB * number for number in range(_POINTS)])


def _layer(setup: Setup) -> PhysicalLayer:
    assert isinstance(setup.layer, PhysicalLayer)
    return setup.layer


def _needs_db(curve: Curve, target: float) -> float:
    """Return from which SNR on a scheme keeps to the target; infinity if it does nowhere."""
    rates = [each.value for each in curve.rate(TB_BLER)]
    if rates[0] <= target:
        return float(curve.snr_db[0])
    found = crossing(curve.snr_db, rates, target)
    return math.inf if math.isnan(found) else found


def _rounds(
    configuration: LinkConfiguration,
    schemes: list[Scheme],
    loop: Loop,
    channel: ChannelSpec,
    snr_db: float,
) -> Iterator[Tally]:
    """Simulate a point: some runs at a time, until enough messages failed."""
    counted, first = Tally(), 0
    while (
        counted["message_errors"] < configuration.block_errors
        and counted["messages"] < configuration.max_blocks
    ):
        runs = range(first, first + _AT_ONCE)
        counted.update(simulate(schemes, loop, channel, snr_db, configuration.seed, runs))
        first += _AT_ONCE
        yield counted


def _about(
    configuration: LinkConfiguration, how: Adaptation, name: str, first: Setup
) -> dict[str, Any]:
    shared = ("demapper", "channel", "coherence", "csi")
    return {
        "code": name,
        "modulation": f"bler={how.target:g}",
        **{option: getattr(configuration, option) for option in shared},
        "engine": first.about["engine"],
        "seed": configuration.seed,
        "message_bits": configuration.message_bits,
        "information_bits_per_symbol": math.nan,
        "delay": how.delay,
        "step_db": how.outer if name == LOOPS[1] else 0.0,
        "messages_per_run": COUNTED,
    }


def _curve(about: dict[str, Any], points: list[float], tallies: list[Tally]) -> Curve:
    axis = np.array(points)
    sent = np.array([about["message_bits"] * one["messages"] / one["symbols"] for one in tallies])
    return Curve(about, axis, axis - 10 * np.log10(sent), tallies)
