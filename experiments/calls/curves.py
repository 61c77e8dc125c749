"""Curves of the link alone, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from linksim.experiments.calls.arguments import (
    ChannelLike,
    CodeLike,
    Lent,
    ModulationLike,
    SnrLike,
    channel_texts,
    code_texts,
    modulation_texts,
    snr_text,
)
from linksim.experiments.calls.datasets import links_dataset
from linksim.experiments.calls.folders import folder_for
from linksim.experiments.calls.measured import Measured
from linksim.experiments.calls.python_call import python_call
from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.links.adaptation import schemes_of
from linksim.experiments.links.curves import LinkCurve, curves_of
from linksim.experiments.links.limits import LIMITS
from linksim.experiments.links.results import LinkResults
from linksim.experiments.links.tables import curves_table
from linksim.experiments.physical import modulations_for
from linksim.phy import HarqSpec, Refused
from linksim.phy.checks import whole_number

if TYPE_CHECKING:
    import xarray as xr


class LinkCurves(Measured[LinkCurve]):
    """Curves of links by label: what they differ in, or the code's name."""

    _ONE, _SHOWN = "curve", ("bler", "ber")

    @classmethod
    def of(cls, results: LinkResults) -> LinkCurves:
        """Return the curves of a simulation."""
        return cls(curves_of(results))

    def to_xarray(self) -> xr.Dataset:
        return links_dataset(self)

    def table(self) -> str:
        return curves_table([one.found for one in self.values()])


class LinkOptions(TypedDict, total=False):
    """What `link_curves` takes besides; see ``linksim link --help``.

    Attributes:
        demapper: ``app``, exact LLRs, or ``maxlog``.
        coherence: over what fading stays the same: symbols, ``block`` or ``image``.
        csi: ``perfect``, or ``pilot:every=N``.
        engine: ``auto``, ``native``, ``hybrid`` or ``sionna``.
        ebno: read ``snr`` as Eb/N0 per information bit.
        message_bits: payload of a message.
        block_errors, max_blocks: wrong blocks, and blocks, after which a point is done.
        harq: ``chase`` or ``ir``, and ``:rounds=N``: messages are sent again.
        adapt: ``bler=TARGET[,table=NAME]``: first the curve that takes the best scheme at each SNR;
            with ``,outer=STEP[,delay=N]`` the curves of a link that follows fading, without and
            with an outer loop.
        target_bler: a curve ends once its BLER is below this for sure; 0 simulates every SNR.
        seed: of everything drawn.
    """

    demapper: str
    coherence: str
    csi: str
    engine: str
    ebno: bool
    message_bits: int
    block_errors: int
    max_blocks: int
    harq: str
    adapt: str
    target_bler: float
    seed: int


def link_curves(
    snr: SnrLike = LinkConfiguration.snr,
    code: CodeLike | Sequence[CodeLike] = LinkConfiguration.code[0],
    modulation: ModulationLike | Sequence[ModulationLike] = LinkConfiguration.modulation[0],
    channel: ChannelLike = LinkConfiguration.channel,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    threads: int = 0,
    progress: bool = True,
    **options: Unpack[LinkOptions],
) -> LinkCurves:
    """Measure BLER, BER and raw BER of random bits over a link, as ``linksim link`` does.

    Args:
        snr: Es/N0 in dB: ``"A:B"``, ``"A:B:STEP"``, a number, or several.
        code: one channel code or several: texts, or objects with ``k``, ``n``, ``encode`` and
            ``decode`` (`linksim.BlockCode`), or `linksim.CodeSpec`.
        modulation: one or several: names, or `linksim.Modulation`. Every code with every modulation
            is a curve.
        channel: ``awgn``, ``rayleigh``, ``rician:k=K``, or an object with ``send``
            (`linksim.SymbolChannel`), or `linksim.ChannelSpec.of`.
        out: folder for ``results.h5`` and ``curves.png``; None keeps no file.
        resume: go on with a run that was interrupted in this folder.
        threads: cores to use, 0 for all; changes no count.
        progress: whether a bar shows how far it is, in a terminal or a notebook.
        options: see `LinkOptions`.

    Raises:
        TypeError, ValueError: for an argument that is none.
        Fault: if parts do not fit together, or the folder is in use.

    >>> curves = link_curves([4, 8], "none", "qpsk", max_blocks=100, message_bits=64)
    >>> low, high = curves["none"].curve("raw_ber")
    >>> low.value > high.value
    True
    """
    lent = Lent()
    codes, modulations = code_texts(code, lent), modulation_texts(modulation, lent)
    if adapt := options.get("adapt"):
        codes = schemes_of(adapt, codes)
    modulations = _sent_by(codes, modulations, lent)
    (channel_text,) = channel_texts([channel], lent)
    _check(options)
    if harq := options.get("harq"):
        options["harq"] = str(HarqSpec.parse(harq))
    kind = _FromPython if lent else LinkConfiguration
    names: dict[str, Any] = {"code": codes, "modulation": modulations, "channel": channel_text}
    configuration = kind(**{"snr": snr_text(snr), **names, **options})
    from linksim.experiments.calls.progress import link_progress
    from linksim.experiments.links.simulation import run_link

    with lent.named(), folder_for(out) as folder, link_progress(progress) as report:
        drawn = out is not None
        return LinkCurves.of(run_link(configuration, folder, threads, resume, report, drawn))


def _sent_by(codes: Sequence[str], modulations: tuple[str, ...], lent: Lent) -> tuple[str, ...]:
    """Return the modulations that codes are sent by; none where all codes bring their own.

    Raises:
        Refused: if one was given beside such codes alone.
    """
    with lent.named():
        needed = modulations_for(codes, modulations)
    if modulations not in (needed, LinkConfiguration.modulation):
        problem = f"{codes[0]} brings its own; leave it out"
        raise Refused("modulation", problem, modulations[0])
    return needed


class _FromPython(LinkConfiguration):
    """A configuration whose names stand for objects, which no command has."""

    def command(self) -> str:
        return python_call("link_curves", self.shared())


def _check(options: LinkOptions) -> None:
    for name, (low, high) in LIMITS.items():
        if name in options:
            whole_number(options[name], name, low, high)  # type: ignore[literal-required]
    if not 0 <= (target := options.get("target_bler", 0)) < 1:
        raise ValueError(f"target_bler {target}: give a rate from 0 (no target) to below 1")
