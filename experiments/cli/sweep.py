"""``linksim sweep``."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from linksim.experiments.calls.progress import SweepBars
from linksim.experiments.cli.config_file import config_options, save_options
from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    cbr_option,
    grid_options,
    harq_option,
    judge_option,
    metrics_option,
    scenes_option,
    size_option,
    trust_option,
)
from linksim.experiments.cli.worker_options import memory_bytes, worker_options
from linksim.experiments.configuration import OWN, TOLD, SweepConfiguration, parse_tasks
from linksim.experiments.sweeps.grid import GRID, SweepGrid
from linksim.experiments.text_out import note, say


@click.command("sweep", cls=Checked)
@click.option(
    "--snr",
    default=SweepConfiguration.snr,
    show_default=True,
    help="Es/N0 in dB: A:B, A:B:STEP, or a list A,B,C.",
)
@click.option(
    "--ebno/--no-ebno",
    default=SweepConfiguration.ebno,
    help="Read --snr as Eb/N0 per information bit.",
)
@click.option(
    "--images",
    type=click.IntRange(1, 10_000_000),
    default=SweepConfiguration.images,
    show_default=True,
    help="Pictures (each with its question) sent at every SNR; of a folder, at most so many.",
)
@click.option(
    "--data",
    default=SweepConfiguration.data,
    show_default=True,
    help="scenes, a folder of pictures of your own, vqa:FOLDER with VQA v2's val2014, "
    "coco:FOLDER with photographs in COCO's layout, or mosaic:FOLDER: four photographs in one and "
    "a question about one of them, see docs/photographs.md.",
)
@click.option(
    "--precision",
    type=click.FloatRange(0, 0.5),
    default=SweepConfiguration.precision,
    show_default="off",
    help="Send no more pictures at an SNR once the 95 % interval of its answer match reaches no "
    "further than this to either side on average, like 0.02.",
)
@scenes_option
@click.option(
    "--query",
    default=None,
    help="The question about every picture of a folder; codecs of any size need none.",
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    default=None,
    help="CSV with picture,question[,answer] for a folder.",
)
@size_option
@cbr_option
@judge_option
@click.option(
    "--machine-tasks",
    default=SweepConfiguration.machine_tasks,
    metavar="TASK,…",
    callback=lambda _, __, text: text and ",".join(parse_tasks(text)),
    help="What models do on received pictures, with AP and accuracy as figures: detection, "
    "segmentation, classification; of scenes and of coco:FOLDER.",
)
@metrics_option
@click.option(
    "--told",
    type=click.Choice(TOLD, case_sensitive=False),
    default=OWN,
    show_default=True,
    help="What the sender is told of the question: the user's own, that about another picture, one "
    "of another family about the same picture (scenes), or none. What a question is worth.",
)
@grid_options
@harq_option
@trust_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/sweep"),
    show_default=True,
    help="Folder for results.h5, curves.png and pictures.png.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 100_000),
    default=64,
    show_default=True,
    help="Pictures per piece of work; changes speed and memory, no figure.",
)
@worker_options
@click.option(
    "--resume/--no-resume", default=False, help="Go on with a sweep that was interrupted."
)
@config_options
@click.pass_context
def command(
    context: click.Context,
    /,
    device: Any,
    threads: int,
    trusted: bool,
    out: Path,
    batch_size: int,
    resume: bool,
    workers: int,
    scheduler: str,
    worker_memory: str,
    worker_wait: float,
    save_config: Path | None,
    **options: Any,
) -> None:
    """Send pictures at a range of SNRs and measure errors against meaning.

    Prints a row for each SNR with 95 % intervals: errors on the link (raw BER before decoding,
    BER, BLER, index errors) beside what the user gets (answer match: the model answers the
    question as it does for the original; relevance loss; PSNR; SSIM).

    It costs what its different pictures cost: each is decoded and judged once, and SNRs without
    errors share theirs. The default, 2100 of 5200, takes half a minute on two cores.

    Of --codec, --code, --modulation and --channel several values, with commas between, make a
    grid: a sweep for every combination, of the same pictures, all in one file. A comma begins a
    new value where a name of a codec (code, …) follows, or where the value before it has no
    options; else it goes on with the options.

    \b
    Examples:
      linksim sweep --snr -5:20 --codec uo_isc
      linksim sweep --snr 0:20:4 --codec uo_isc:no-text --scenes animals
      linksim sweep --snr 0:24:2 --channel rayleigh --coherence 96 --csi pilot:every=12
      linksim sweep --snr 5,10 --code none --modulation 8qam
      linksim sweep --codec uo_isc,jpeg2000 --code ldpc:rate=1/2,ldpc:rate=3/4
      linksim sweep --snr 0:10 --save-config sweep.toml
      linksim sweep --config sweep.toml --channel rayleigh
      linksim sweep --data holiday/ --query "is there a dog?" --preset paper
      linksim sweep --data kodak/ --codec hevc --cbr 1/16 --modulation 16qam
      linksim sweep --data kodak/ --codec hevc --metrics psnr_y,lpips --models w/
      linksim sweep --images 5000 --precision 0.02 --workers 4
      linksim sweep --data vqa:VQA/ --scenes animals --preset paper --models models/
    """
    from linksim.experiments.data.inputs import reads_models
    from linksim.experiments.report.sheets import picture_names
    from linksim.experiments.report.tables import sweeps_table
    from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, run_sweeps
    from linksim.source.judge import LLAVA
    from linksim.source.zoo.preset import load_preset

    if save_config is not None:
        save_options(context, save_config)
        say(f"wrote {save_config}")
        return
    grid = _grid(options)
    how = Execution(out, batch_size, device, threads, resume, trusted)
    memory, wait_s = memory_bytes(worker_memory), 60 * worker_wait
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    shared = replace(how, workers=workers, scheduler=scheduler, memory=memory, wait_s=wait_s)
    execution = replace(shared, note=cache(partial(note, console=notes)))
    limits = load_preset(grid.common.preset).limits
    seen = grid.common.judge == LLAVA or any(map(reads_models, grid.lists["codec"]))
    if limits and seen and grid.common.data != "scenes":
        note(limits, notes)
    if workers > 1 and device.type == "cpu":
        alone = "one process uses all cores by itself, and starts sooner"
        note(f"--workers {workers}: {alone}; workers pay on several GPUs", notes)
    with SweepBars(notes, len(grid.sweeps()) > 1) as bars:
        results = run_sweeps(grid, execution, bars.advance, pictures=True)
    files = [RESULTS_FILE, *picture_names(list(results))]
    say(sweeps_table(results))
    say(f"wrote {', '.join(str(out / name) for name in files)}")
    say(f"as a page: linksim report {out / RESULTS_FILE} -o {out / 'report.html'}")


def _grid(options: dict[str, Any]) -> SweepGrid:
    from linksim.experiments.sweeps.setting import judged, sized

    for name in ("models", "questions"):
        options[name] = str(options[name]) if options[name] else None
    lists = {name: options.pop(name) for name in GRID}
    first = {name: values[0] for name, values in lists.items()}
    common = sized(SweepConfiguration(**options, **first), lists["codec"])
    return SweepGrid(judged(common), lists)
