"""``linksim study relevance-vs-errors``, ``question``, ``harq`` and ``codes``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    device_option,
    grid_option,
    judge_option,
    models_option,
    preset_option,
    scenes_option,
    seed_option,
    threads_option,
    with_options,
)
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.cli.worker_options import study_options, worker_options
from linksim.experiments.configuration import SCENES_DRAWN, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

if TYPE_CHECKING:
    pass


def _snr(_: click.Context, __: click.Parameter, text: str) -> str:
    if text:
        parse_snr(text)
    return text


def _errors(_: click.Context, __: click.Parameter, text: str) -> str:
    from linksim.experiments.studies.injecting import parse_errors

    parse_errors(text)
    return text


_MODELS = [scenes_option, preset_option, models_option, device_option, seed_option, threads_option]


def _images(default: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--images",
        type=click.IntRange(2, 10_000_000),
        default=default,
        show_default=True,
        help="Held-out scenes, each with its question.",
    )


def _out(folder: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path(folder),
        show_default=True,
        help="Folder for what is measured (HDF5), tables and pictures.",
    )


@click.command("relevance-vs-errors", cls=Checked)
@grid_option(
    "codec", True, ("uo_isc", "jpeg2000"), "Source codecs; a picture and a table for each."
)
@click.option(
    "--errors",
    default="1e-4,3e-4,1e-3,3e-3,1e-2,3e-2,0.1,0.3",
    show_default=True,
    callback=_errors,
    help="With what probability each index is replaced, and then each bit flipped, without a link.",
)
@grid_option(
    "code",
    True,
    ("none", "ldpc:rate=1/2", "conv:rate=1/2"),
    "Channel codes; each with each modulation is a link.",
)
@grid_option("modulation", True, ("qpsk", "16qam"), "Modulations.")
@grid_option("channel", False)
@click.option(
    "--snr", default="-2:20", show_default=True, callback=_snr, help="Es/N0 in dB of all links."
)
@_images(200)
@lambda command: with_options(command, _MODELS)
@worker_options
@_out("runs/study-relevance-vs-errors")
def relevance_vs_errors(
    codec: Sequence[str],
    errors: str,
    code: Sequence[str],
    modulation: Sequence[str],
    channel: str,
    snr: str,
    **options: Any,
) -> None:
    """Measure what errors do to meaning: injected by hand, and as links make them.

    Relevance loss, answer match and PSNR against index error rate and bit error rate. Injected
    errors hit the codec's messages directly, each index or bit by itself; links send the same
    pictures through each code and modulation at a range of SNRs. What was measured is kept: a study
    that was interrupted goes on by the same command.

    \b
    Examples:
      linksim study relevance-vs-errors --codec uo_isc,jpeg2000
      linksim study relevance-vs-errors --channel rayleigh --code none,ldpc:rate=1/3 --images 64
    """
    from linksim.experiments.calls import studies

    how = study_options(options)
    with refusals_said_of(codec="--codec"):
        done = studies.relevance_vs_errors(
            codec, errors, code=code, modulation=modulation, channel=channel, snr=snr, **how
        )
    say(f"{done.text}\nwrote {done.folder}")


@click.command("question", cls=Checked)
@grid_option("codec", True, ("uo_isc", "jpeg2000"), "Source codecs; tables and a sheet for each.")
@click.option(
    "--snr", type=click.FloatRange(-100, 100), default=20.0, show_default=True, help="Es/N0 in dB."
)
@grid_option("code", False)
@grid_option("modulation", False)
@_images(512)
@click.option(
    "--data",
    default=SCENES_DRAWN,
    show_default=True,
    help="scenes, or mosaic:FOLDER, four photographs in one, see docs/photographs.md.",
)
@judge_option
@lambda command: with_options(command, _MODELS)
@worker_options
@_out("runs/study-question")
def question(codec: Sequence[str], snr: float, code: str, modulation: str, **options: Any) -> None:
    """Measure what a codec makes of the user's question, and what it would make of others.

    The same pictures are sent four times: told the user's own question, another picture's, one of
    another family about the same picture (mosaics: about another of its photographs), and none.
    Each time the judge asks the user's own.
    Differences are paired, with 95 % intervals, over all and by family: a codec that makes no use
    of the question has none. A sheet shows what each question changed. What was measured is kept.

    \b
    Examples:
      linksim study question --codec uo_isc
      linksim study question --codec uo_isc,query_aware --scenes animals --images 1024
      linksim study question --data mosaic:photos/ --codec asked:avif:bpp=0.15 --judge imagenet
    """
    from linksim.experiments.calls import studies

    how = study_options(options)
    with refusals_said_of(codec="--codec"):
        done = studies.question(codec, snr=snr, code=code, modulation=modulation, **how)
    say(f"{done.text}\nwrote {done.folder}")


def _needs(_: click.Context, __: click.Parameter, text: str) -> list[int]:
    numbers = [each.strip() for each in text.split(",")]
    if not all(each.isdecimal() and 0 < int(each[:9]) < 10**6 for each in numbers):
        raise Fault(f"--need {text}: give numbers of units with commas between, like 6,8,10")
    return [int(each) for each in numbers]


@click.command("harq", cls=Checked)
@grid_option("codec", False, text="Source codec whose messages consist of units: uo_isc, discover.")
@click.option("--snr", default="-2,2", show_default=True, callback=_snr, help="Es/N0 in dB.")
@click.option(
    "--need",
    default="6,8,9,10,12",
    show_default=True,
    callback=_needs,
    help="Numbers of units among which K is chosen, on other pictures than those of the table.",
)
@click.option(
    "--rounds",
    type=click.IntRange(2, 4),
    default=4,
    show_default=True,
    help="Transmissions at most.",
)
@click.option(
    "--outage",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Share of accepted pictures whose answer may be another than without errors.",
)
@grid_option("code", False)
@grid_option("modulation", False, ("qpsk",))
@grid_option(
    "channel", False, ("rayleigh",), "What is between; all of a picture's round meets one gain."
)
@click.option(
    "--receiver",
    type=click.Choice(("hard", "soft"), case_sensitive=False),
    default="soft",
    show_default=True,
    help="As of linksim sweep. A soft one takes units that it lacks for what they mostly are.",
)
@_images(256)
@lambda command: with_options(command, _MODELS)
@worker_options
@_out("runs/study-harq")
def harq(codec: str, snr: str, need: list[int], **options: Any) -> None:
    """Measure what it is worth to ask again for what the question needs alone.

    The same pictures over the same draws of the channel, sent again in four ways: the message as a
    whole (plain HARQ); of a block for each unit those that are lost; of those the K most important
    ones; and K by lot, which tells what the ranking is worth. Pictures are accepted, or given up
    after the last round. Figures are accepted pictures, those of them whose answer is another than
    without errors on the link (outage), rounds, symbols, and goodput: accepted pictures whose
    answer survives, for 1000 symbols. Gains have paired 95 % intervals. What was measured is kept.

    \b
    Examples:
      linksim study harq --codec uo_isc --snr=-2,2
      linksim study harq --snr 2 --images 1024 --outage 0.02 --rounds 2
    """
    from linksim.experiments.calls import studies

    with refusals_said_of(codec="--codec"):
        done = studies.harq(codec, snr=snr, need=need, **study_options(options))
    say(f"{done.text}\nwrote {done.folder}")


@click.command("codes", cls=Checked)
@grid_option("codec", False)
@grid_option(
    "code",
    True,
    ("ldpc", "polar", "turbo", "conv", "none"),
    "Channel codes with their options; their rates are chosen here.",
)
@click.option(
    "--efficiency",
    type=click.FloatRange(0.05, 8),
    default=1.0,
    show_default=True,
    help="Message bits per channel symbol, parity and CRCs paid for: what all codes share.",
)
@grid_option(
    "modulation",
    False,
    ("qpsk",),
    "Of coded messages. Uncoded ones take the one with the fewest bits per symbol that fits.",
)
@click.option(
    "--awgn", default="-2:11", show_default=True, callback=_snr, help="Es/N0 in dB; '' for none."
)
@click.option(
    "--rayleigh",
    default="0:28:2",
    show_default=True,
    callback=_snr,
    help="Es/N0 in dB over Rayleigh fading that changes with every symbol; '' for none.",
)
@_images(200)
@lambda command: with_options(command, _MODELS)
@worker_options
@_out("runs/study-codes")
def codes(
    codec: str,
    code: Sequence[str],
    efficiency: float,
    modulation: str,
    awgn: str,
    rayleigh: str,
    **options: Any,
) -> None:
    """Swap channel codes under one source codec, at equal symbols per picture.

    Each code's rate is chosen so that a picture takes the same number of symbols, CRCs and padding
    among them; the table says how equal they are. Answer match, BLER and index error rate against
    SNR, and by how many dB codes differ at 90 % of the clean channel's answer match. What was
    measured is kept: a study that was interrupted goes on by the same command.

    \b
    Examples:
      linksim study codes --codec uo_isc
      linksim study codes --code ldpc,polar:list=32 --efficiency 1.5 --modulation 8psk
    """
    from linksim.experiments.calls import studies

    if not (awgn or rayleigh):
        raise Fault("--awgn '' --rayleigh '': no channel is left; give SNRs for one of them")
    channels = {"awgn": awgn or None, "rayleigh": rayleigh or None}
    links: dict[str, Any] = {"efficiency": efficiency, "modulation": modulation, **channels}
    with refusals_said_of(codec="--codec"):
        done = studies.codes(codec, code, **links, **study_options(options))
    say(f"{done.text}\nwrote {done.folder}")
