"""``linksim bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import device_option, models_option, preset_option
from linksim.experiments.extras import need
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say
from linksim.phy.cores import allowed_cores
from linksim.phy.options import find_name

_BATCH = 64  # as `linksim sweep` has it


@click.command("bench", cls=Checked)
@click.option(
    "--codec",
    default=None,
    help="Measure uo_isc, or uo_isc:VARIANT, in place of the physical layer.",
)
@preset_option
@models_option
@device_option
@click.option(
    "--random-weights",
    is_flag=True,
    help="With --codec: measure without the preset's weights; the work is the same.",
)
@click.option(
    "--scaling",
    is_flag=True,
    help="Measure a sweep on 1, 2, … worker processes, one for each core.",
)
@click.option(
    "--sweep",
    is_flag=True,
    help="Measure a sweep of uo_isc by stage, on one thread and on all.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Measure decoders with fixed iterations, beside the published records (AFF3CT's TNDC).",
)
@click.option(
    "--table",
    type=click.Path(exists=True, dir_okay=False, writable=True, path_type=Path),
    help="Also put the tables into this page, between its lines '<!-- bench: begin -->' and "
    "'<!-- bench: end -->'.",
)
def command(
    codec: str | None,
    preset: str,
    models: Path | None,
    device: Any,
    random_weights: bool,
    scaling: bool,
    sweep: bool,
    record: bool,
    table: Path | None,
) -> None:
    """Measure how fast the physical layer, or the codec over the link, is on this machine.

    \b
    Whole chains of each engine, at the SNR of BLER 1e-2 and at high SNR;
    the native chain's stages; all cores against one; bit packing against numpy.

    All figures come from one run and are to be read as ratios: other work on the machine slows
    everything down alike. Takes about three minutes.

    With --codec: the whole codec over the link and each of its stages, beside the image encoder of
    its CLIP alone; CPU time on one core, or wall time on a GPU.

    With --device cuda: the engine on a GPU, by blocks of a call, whole chain and decoder alone,
    beside native and, where it is installed, Sionna 2 on the same GPU (eager and by torch.compile);
    then the default sweep of uo_isc, end to end, on the CPU and on the GPU.

    With --scaling: speed-up and efficiency of `linksim sweep --workers N`, start-up, and what Dask
    takes for a task; wall time, so that it wants a machine with nothing else to do.

    With --sweep: where the time of `linksim sweep` goes, how many pictures it spares itself to
    decode and to judge, and what it adds to the bare passes of the networks.

    With --record: decoders of LDPC, polar, turbo and convolutional codes and the LDPC encoder, one
    core each, iterations fixed, beside published figures; throughput divided by clock (measured in
    the same run) and SIMD lanes, and what changed since the last release. Takes seconds.
    """
    if record:
        if table or codec or scaling or sweep:
            raise Fault("--record: goes without --table, --codec, --scaling and --sweep")
        say(_measure_record())
        return
    if sweep:
        if table or codec or scaling:
            raise Fault("--sweep: goes without --table, --codec and --scaling")
        say(_measure_sweep())
        return
    if scaling:
        if table or codec:
            raise Fault("--scaling: goes without --table and --codec")
        say(_measure_scaling())
        return
    if codec is not None:
        if table:
            raise Fault("--table: goes without --codec")
        say(_measure_codec(codec, preset, models, device, not random_weights))
        return
    if device.type == "cuda" and _given("device"):
        say(_measure_gpu())
        return
    from linksim.experiments.bench.report import packing_table, report, write_between_marks

    need("sionna")  # what speeds are compared with
    say("measuring on one pinned core (about two minutes) ...", err=True)
    one = _measure("one")
    say("measuring on all cores ...", err=True)
    text = report(one, _measure("all"))
    say(f"{text}\n\n{packing_table(one['packing'])}")
    if table:
        write_between_marks(table, text)


def _measure_codec(codec: str, preset: str, models: Path | None, device: Any, trained: bool) -> str:
    from linksim.experiments.bench.codec import codec_speed, speed_codec
    from linksim.experiments.bench.codec_report import codec_report
    from linksim.source.zoo.preset import ModelUnavailable, load_preset

    name, _, variant = codec.partition(":")
    if not find_name(name, ["uo_isc"]):
        raise Fault(f"--codec {codec}: only uo_isc has stages to measure")
    chosen = load_preset(preset, models)
    try:
        measured = speed_codec(chosen, device, variant, trained)
    except ModelUnavailable as error:
        raise Fault(f"--preset {error} (or give --random-weights)") from None
    say("measuring the codec (minutes for large models) ...", err=True)
    return codec_report(codec_speed(measured, chosen, trained), str(device))


def _given(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT


def _measure_gpu() -> str:
    import torch

    from linksim.experiments.bench.gpu import SNRS_DB, block_of, gpu_speeds
    from linksim.experiments.bench.gpu_bound import Card, decoder_bound
    from linksim.experiments.bench.gpu_report import gpu_report, sweep_times_report
    from linksim.experiments.bench.gpu_sweep import sweep_times
    from linksim.experiments.configuration import SweepConfiguration
    from linksim.phy.cuda.gpu import first_gpu
    from linksim.phy.cuda.toolkit import Unavailable

    try:
        gpu = first_gpu()
    except Unavailable as problem:
        raise Fault(f"--device cuda: {problem}") from None
    say(f"measuring on {gpu.name} (minutes) ...", err=True)
    card = Card(gpu.architecture, gpu.multiprocessors, gpu.clock_hz, gpu.most_shared)
    measured = {
        (bits, point): gpu_speeds(bits, gpu, snr_db)
        for bits, points in SNRS_DB.items()
        for point, snr_db in points.items()
    }
    try:
        bounds = {bits: decoder_bound(block_of(bits), card) for bits in SNRS_DB}
    except FileNotFoundError as problem:
        say(f"the decoder's bound: {problem}", err=True)
        bounds = {}
    say("measuring a sweep on the CPU and on the GPU (minutes) ...", err=True)
    configuration = SweepConfiguration()
    times = sweep_times(configuration, [torch.device("cpu"), torch.device(gpu.torch_name)])
    link = gpu_report(gpu.name, measured, bounds)
    return f"{link}\n\n{sweep_times_report(configuration, times)}"


def _measure_scaling() -> str:
    import os

    from linksim.experiments.bench.scaling import BATCHES, plain_sweep, scaling
    from linksim.experiments.bench.scaling_report import scaling_report

    cores = allowed_cores()
    say(f"measuring on 1 to {cores} workers (minutes) ...", err=True)
    measured = scaling(plain_sweep(BATCHES * _BATCH * cores), _BATCH, cores)
    return scaling_report(measured, cores, os.getloadavg()[0])


def _measure_record() -> str:
    from linksim.experiments.bench.record import all_measured
    from linksim.experiments.bench.record_report import record_report
    from linksim.experiments.bench.report import vector_bytes

    say("measuring on one core (seconds, once kernels are compiled) ...", err=True)
    return record_report(all_measured(vector_bytes()))


def _measure_sweep() -> str:
    import os

    from linksim.experiments.bench.sweep import sweep_speeds
    from linksim.experiments.bench.sweep_report import sweep_report
    from linksim.experiments.configuration import SweepConfiguration, parse_snr
    from linksim.experiments.cores import usable_cores

    configuration = SweepConfiguration(engine="native")
    points, cores = len(parse_snr(configuration.snr)), usable_cores()
    say(f"measuring {configuration.images} pictures at {points} SNRs (minutes) ...", err=True)
    start_s = _start_up_s()
    speeds = sweep_speeds(configuration, sorted({1, cores}), rounds=3)
    return sweep_report(speeds, configuration.images, points, start_s, os.getloadavg()[0])


def _start_up_s() -> float:
    """Return the CPU seconds of a process that loads the default sweep's models."""
    run = subprocess.run(
        [sys.executable, "-m", "linksim.experiments.bench.start"], stdout=subprocess.PIPE, text=True
    )
    if run.returncode:
        raise Fault("bench: loading the models failed, see above")
    return float(run.stdout)


def _measure(part: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "linksim.experiments.bench.measure", part],
        stdout=subprocess.PIPE,
        text=True,
    )
    if run.returncode:
        raise Fault("bench: measuring failed, see above")
    result: dict[str, Any] = json.loads(run.stdout)
    return result
