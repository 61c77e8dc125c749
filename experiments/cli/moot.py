"""Options that were given and have no effect: what asks for something is refused, the rest noted.

Defaults say nothing, neither linksim's own nor those in a file of options: what counts is what the
user gave on the command line, or changed in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from click.core import ParameterSource

from linksim.experiments.faults import Fault
from linksim.experiments.text_out import note
from linksim.phy import CodeSpec

Values = Mapping[str, Any]
"""The values of all options of a command, by the names that click has for them."""

_EXACT = ("bpsk", "qpsk")  # max-log LLRs are exact: each bit alone decides on one axis
_WITHOUT_BITS = "deepjscc"
_JUDGED = {"uo-isc": "uo_isc", "discover": "discover"}


@dataclass(frozen=True)
class Rule:
    """When an option has no effect.

    Attributes:
        option: by its name in Python.
        why: says why it has none, in what follows its name; nothing where it has one.
        command: of which command; empty for all that have the option.
        refused: whether the command ends there, or goes on with a note.
    """

    option: str
    why: Callable[[Values], str]
    command: str = ""
    refused: bool = True


def _several(values: Values, option: str) -> tuple[str, ...]:
    given = values.get(option) or ()
    return (given,) if isinstance(given, str) else tuple(given)


def _nothing_fades(values: Values) -> str:
    fades = any(channel != "awgn" for channel in _several(values, "channel"))
    return "" if fades else ": nothing fades over --channel awgn"


def _of_the_code(values: Values) -> str:
    codes = [CodeSpec.parse(code) for code in _several(values, "code")]
    if not codes or not all(code.modulation for code in codes):
        return ""
    return f": --code {codes[0]} brings its own, {codes[0].modulation}; leave it out"


def _adapts(values: Values) -> str:
    return ": schemes of --adapt differ in Eb/N0; leave it out" if values["adapt"] else ""


def _exact_anyway(values: Values) -> str:
    maxlog = values["demapper"] == "maxlog"
    exact = set(_several(values, "modulation")) <= set(_EXACT)
    return ": bpsk and qpsk have the same LLRs by app and maxlog" if maxlog and exact else ""


def _no_bits(values: Values) -> str:
    codecs = _several(values, "codec")
    analogue = all(codec.partition(":")[0] == _WITHOUT_BITS for codec in codecs)
    return f": {_WITHOUT_BITS} makes its symbols without bits" if codecs and analogue else ""


def _one_group(values: Values) -> str:
    from linksim.experiments.sweeps.measurement import GROUP

    few = values["images"] <= GROUP
    return f": up to {GROUP} pictures are measured together; give more --images" if few else ""


def _nobody_answers(values: Values) -> str:
    none = values.get("judge") == "none"
    return (
        ": of answers, and --judge none gives none; name a judge, or leave it out" if none else ""
    )


def _no_question(values: Values) -> str:
    return "" if values["query"] else ": nobody is asked without --query"


def _no_workers(values: Values) -> str:
    if values.get("scheduler"):
        return ": of --workers; those of --scheduler have limits of their own"
    return ": of --workers; give 2 or more of them" if values["workers"] == 1 else ""


def _no_folder(values: Values) -> str:
    there = values.get("scheduler") or values["models"].is_dir()
    return "" if there else f" {values['models']}: no such folder"


def _of_figures(values: Values) -> str:
    return ": of --figure; --beyond has its own" if values["beyond"] else ""


def _both(values: Values) -> str:
    return ": goes without --figure; study one after the other" if values["figures"] else ""


def _chosen_rates(values: Values) -> str:
    specs = map(CodeSpec.parse, _several(values, "code"))
    rated = (spec for spec in specs if spec.family.has_rates)
    named = [str(spec) for spec in rated if spec.rate != CodeSpec.rate]
    return f" {named[0]}: rates are chosen by --efficiency; leave this one out" if named else ""


def _no_claims(values: Values) -> str:
    judged = {"4a", "all"} & set(values["figures"])
    return "" if judged or values["beyond"] else ": claims are judged with --figure 4a alone"


def _no_codec(values: Values) -> str:
    return "" if values["codec"] and not values["scaling"] else ": of bench --codec; leave it out"


def _no_device(values: Values) -> str:
    device, apart = values["device"], values["scaling"] or values["sweep"]
    return "" if device.type == "cuda" and not apart else _no_codec(values)


def _not_judged(values: Values) -> str:
    model, name = values["model"], values["codec"].partition(":")[0]
    if _JUDGED.get(model) == name:
        return ""
    return f" {values['codec']}: of MODEL uo-isc (its variants) and discover (its rates)"


def _own_source(values: Values) -> str:
    other = [name for name in ("llm_url", "llm_folder", "labels") if values[name]]
    return f": of linksim's own labels; leave it out with {_option(other[0])}" if other else ""


RULES = (
    Rule("coherence", _nothing_fades, refused=False),
    Rule("demapper", _exact_anyway, refused=False),
    Rule("modulation", _of_the_code),
    Rule("ebno", _adapts, "link"),
    *(Rule(name, _no_bits, refused=False) for name in ("code", "modulation", "demapper", "engine")),
    Rule("precision", _nobody_answers),
    Rule("precision", _one_group, refused=False),
    Rule("judge", _no_question, "transmit", refused=False),
    Rule("worker_memory", _no_workers),
    Rule("preset", _own_source, "labels"),
    Rule("models", _own_source, "labels"),
    Rule("models", _no_folder),
    Rule("code", _chosen_rates, "codes"),
    Rule("beyond", _both, "uo-isc"),
    *(Rule(name, _of_figures, "uo-isc") for name in ("snr", "code", "channel", "questions")),
    Rule("index_assignment", _of_figures, "uo-isc"),
    Rule("questions", _no_claims, "uo-isc", refused=False),
    *(Rule(name, _no_codec, "bench") for name in ("preset", "models", "random_weights")),
    Rule("device", _no_device, "bench"),
    Rule("codec", _not_judged, "evaluate"),
)
"""All that is known of options without effect which no other part of linksim refuses itself."""


class Checked(click.Command):
    """A command that says of options without effect that they have none, before it begins."""

    def invoke(self, ctx: click.Context) -> Any:
        for rule in RULES:
            if rule.command in ("", self.name) and _given(ctx, rule.option):
                _say(rule, rule.why(ctx.params))
        return super().invoke(ctx)


def _say(rule: Rule, why: str) -> None:
    if why and rule.refused:
        raise Fault(f"{_option(rule.option)}{why}")
    if why:
        note(f"{_option(rule.option)} has no effect{why}")


def _given(context: click.Context, option: str) -> bool:
    """Tell whether the user gave an option: on the command line, or in a file another value."""
    source, value = context.get_parameter_source(option), context.params.get(option)
    if source is ParameterSource.DEFAULT_MAP:
        default = next(p.default for p in context.command.params if p.name == option)
        return value not in (default, (default,))
    return value is not None and source is ParameterSource.COMMANDLINE


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
