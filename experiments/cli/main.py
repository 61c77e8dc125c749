"""The command line: ``linksim``."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any

import click

from linksim.experiments.cli.surroundings import (
    check_surroundings,
    check_words,
    lacks_memory,
    usable_streams,
)
from linksim.experiments.extras import missing_extra
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say
from linksim.source.zoo.collection import keep_what_is_loaded

_COMMANDS = {
    "sweep": "Send pictures at a range of SNRs and measure errors against meaning.",
    "transmit": "Send one picture and write what arrives.",
    "study": "Compare methods and draw a paper's figures.",
    "show": "Print what a results file holds, and what made it.",
    "export": "Write a results file's figures as CSV.",
    "compare": "Compare sweeps of the same pictures: curves, dB gained, paired differences.",
    "report": "Write one page of results that opens in any browser.",
    "plot": "Draw a figure for a paper, or a seed paper's own from a study.",
    "link": "Measure the link alone: BER and BLER of random bits against SNR.",
    "bench": "Measure how fast the physical layer, or the codec, is on this machine.",
    "labels": "Name the labels of the objects that a task needs, for the codec discover.",
    "list": "Name codecs, codes, modulations, channels, engines and presets.",
    "scenes": "Write scenes of the embedded world, with questions, into a folder.",
    "data": "Say what there is of a published data set in a folder, and what is missing.",
    "evaluate": "Score a preset's models on held-out scenes.",
    "train": "Train the weights that linksim ships.",
}

_AGAIN = "the same command goes on where it ended"
_GOES_ON = {
    **dict.fromkeys(("sweep", "link"), "go on with --resume"),
    "train": "go on with --resume from the last checkpoint",
    **{f"study {name}": _AGAIN for name in ("relevance-vs-errors", "codes", "uo-isc")},
    "study discover-rate": _AGAIN,
}
"""What to do after a Ctrl-C, where a command keeps what it has done."""

_NO_MEMORY = (
    "memory, or threads, are used up: raise the limit (ulimit -v, -u), or take less at a time; a "
    "sweep or link goes on with --resume"
)


class _LazyGroup(click.Group):
    """Imports a command's module when it is asked for: ``--help`` need not wait for torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"linksim.experiments.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            from linksim.phy.options import meant  # slow to load

            remedy = meant(args[0], _COMMANDS) or "; `linksim --help` names all"
            ctx.fail(f"{args[0]}: no such command{remedy}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="semantic-linksim", prog_name="linksim")
def cli() -> None:
    """Link-level simulation of semantic communication.

    A picture and a question become a message; the message crosses a channel code, a modulation
    and a noisy channel; what arrives is judged by bit errors and by what the user learns from it.

    \b
    Begin with:
      linksim sweep --snr -5:20 --codec uo_isc
      linksim link --snr 0:8:0.5 --code ldpc:rate=1/2 --modulation 8psk
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; mistakes end in one line on stderr and exit code 2."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: who waits does not spin
    keep_what_is_loaded()
    with usable_streams():
        code = run(arguments)
    sys.exit(code)


def run(arguments: list[str] | None) -> int:
    """Run the command line and return its exit code."""
    try:
        check_surroundings()
        check_words(sys.argv[1:] if arguments is None else arguments)
        result: Any = cli.main(arguments, prog_name="linksim", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        say(help_wanted.format_message())
        return 0
    except click.ClickException as error:
        return _fail(error.format_message())
    except (click.Abort, KeyboardInterrupt) as abort:
        if isinstance(abort.__cause__, EOFError):  # which click takes for an end of typing
            raise abort.__cause__ from None
        _fail(_interrupted(sys.argv[1:] if arguments is None else arguments))
        return 130
    except Fault as fault:
        return _fail(str(fault))
    except ValueError as error:
        from linksim.experiments.cli.refusals import line_of  # slow to load

        if (line := line_of(error)) is None:
            raise
        return _fail(line)
    except (MemoryError, ImportError, RuntimeError) as error:
        if missing := missing_extra(error):
            return _fail(missing)
        if not lacks_memory(error):
            raise
        return _fail(_NO_MEMORY)
    except OSError as error:
        if lacks_memory(error):
            return _fail(_NO_MEMORY)
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")


def _fail(message: str) -> int:
    with suppress(OSError):  # stderr may be full, or gone
        say("linksim: " + " ".join(message.split()), err=True)
    return 2


def _interrupted(arguments: list[str]) -> str:
    """Say how to go on with what a Ctrl-C has ended."""
    words = [word for word in arguments if not word.startswith("-")]
    how = _GOES_ON.get(" ".join(words[:2])) or _GOES_ON.get(" ".join(words[:1]))
    return f"interrupted; {how}" if how else "interrupted"
