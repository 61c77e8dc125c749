"""Sweeps for real, over the shipped models: small ones, but through every part."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.configuration import SCENES
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.faults import Fault
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.results.sweeps import SweepResults, load_results
from linksim.experiments.sweeps.setting import samples_for, source_of
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, Piece, run_sweep
from linksim.phy import Refused

from ..configurations import sweep_configuration

CONFIGURATION = sweep_configuration(snr="-5,4,20", images=40)


def execution(out: Path, batch_size: int = 64, resume: bool = False, threads: int = 1) -> Execution:
    return Execution(out, batch_size, torch.device("cpu"), threads, resume)


def ignore(piece: Piece) -> None:
    pass


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResults, Path]:
    out = tmp_path_factory.mktemp("sweep")
    return run_sweep(CONFIGURATION, execution(out), ignore), out / RESULTS_FILE


def test_animal_scenes_are_sent_when_asked_for() -> None:
    sources = [source_of(replace(CONFIGURATION, scenes=kinds)) for kinds in SCENES]
    sent = [samples_for(source).sample(0, 64) for source in sources]
    wanted = [SceneSamples(40, 0, kinds).sample(0, 64) for kinds in SCENES]
    for sample, expected in zip(sent, wanted, strict=True):
        assert torch.equal(sample.image, expected.image)
        assert sample.question == expected.question
    assert not torch.equal(sent[0].image, sent[1].image)


def test_the_waterfall_is_where_theory_puts_it(finished: tuple[SweepResults, Path]) -> None:
    errors = [e.value for e in finished[0].curve("index_error_rate")]
    assert errors[0] > 0.5
    assert errors[2] == 0
    raw = [e.value for e in finished[0].curve("raw_ber")]
    assert raw[0] > raw[1] > raw[2]


def test_meaning_follows_the_errors(finished: tuple[SweepResults, Path]) -> None:
    match = finished[0].curve("answer_match")
    relevance = finished[0].curve("relevance")
    assert match[2].value > match[0].value + 0.2
    assert relevance[2].value < 0.5 * relevance[0].value
    assert finished[0].curve("psnr")[2].value > finished[0].curve("psnr")[0].value + 3


def test_the_file_holds_what_was_found(finished: tuple[SweepResults, Path]) -> None:
    results, path = finished
    (loaded,) = load_results(path).values()
    assert loaded.attributes == results.attributes
    for name in METRICS:
        assert loaded.curve(name) == results.curve(name)
    assert loaded.shown["received"].shape == (3, 4, 64, 64, 3)
    assert not (path.parent / "parts").exists()


@pytest.mark.parametrize(("batch_size", "threads"), [(16, 2), (32, 3)])
def test_any_batch_size_and_number_of_threads_give_the_same_bytes(
    finished: tuple[SweepResults, Path], tmp_path: Path, batch_size: int, threads: int
) -> None:
    run_sweep(CONFIGURATION, execution(tmp_path, batch_size, threads=threads), ignore)
    assert (tmp_path / RESULTS_FILE).read_bytes() == finished[1].read_bytes()


OPTIONS = ["--snr=-5,4,20", "--images=40", "--batch-size=16", "--engine=native", "--threads=1"]


def test_a_killed_sweep_resumes_to_the_same_bytes(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "linksim.experiments", "sweep", *OPTIONS, f"--out={out}"]
    process = subprocess.Popen(
        [*command, "--workers=2"], stderr=subprocess.DEVNULL, start_new_session=True
    )
    while len(list((out / "parts").glob("*.npz"))) < 3:
        assert process.poll() is None, "the sweep ended before it could be killed"
        time.sleep(0.02)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert psutil.wait_procs(workers, timeout=60)[1] == [], "workers live on"
    assert not (out / RESULTS_FILE).exists()
    pieces: list[Piece] = []
    run_sweep(CONFIGURATION, execution(out, batch_size=16, resume=True), pieces.append)
    assert [piece.done for piece in pieces] == list(range(1, 10))
    assert (out / RESULTS_FILE).read_bytes() == finished[1].read_bytes()


def test_a_full_disk_ends_in_one_line_and_loses_nothing(
    finished: tuple[SweepResults, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    for largest in (10_000, finished[1].stat().st_size - 1):  # too small for a part, for results
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, no_limit[1]))
            code = run(["sweep", *OPTIONS, f"--out={tmp_path}", "--resume"])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
        assert code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"linksim: --out {tmp_path}: {tmp_path}")
        assert "can't be written (File too large)" in line
        assert "go on with --resume" in line
    assert not [file for file in tmp_path.rglob("*") if file.name.startswith(".")]
    parts = {file: file.stat().st_mtime_ns for file in (tmp_path / "parts").glob("*.npz")}
    assert len(parts) == 12
    run_sweep(CONFIGURATION, execution(tmp_path, batch_size=16, resume=True), ignore)
    assert (tmp_path / RESULTS_FILE).read_bytes() == finished[1].read_bytes()


def test_resuming_what_is_finished_returns_it(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    shutil.copy(finished[1], tmp_path)
    pieces: list[Piece] = []
    again = run_sweep(CONFIGURATION, execution(tmp_path, resume=True), pieces.append)
    assert pieces == []
    assert again.curve("psnr") == finished[0].curve("psnr")
    other = replace(CONFIGURATION, seed=1)
    with pytest.raises(Fault, match=r"results of other options: --seed 0 .now 1.; give"):
        run_sweep(other, execution(tmp_path, resume=True), ignore)


def test_points_stop_when_they_are_precise_enough(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    configuration = replace(CONFIGURATION, precision=0.2)
    stopped = run_sweep(configuration, execution(tmp_path), ignore)
    assert stopped.counted.min() < 40
    for point, count in enumerate(stopped.counted):
        for name, values in stopped.pictures.items():
            assert np.array_equal(values[point][:count], finished[0].pictures[name][point][:count])
        match = stopped.curve("answer_match")[point]
        assert match.high - match.low <= 0.4 or count == 40
        assert f"--precision {configuration.precision}" in stopped.attributes["command"]
    (loaded,) = load_results(tmp_path / RESULTS_FILE).values()
    assert loaded.curve("ssim") == stopped.curve("ssim")


def test_another_seed_sends_other_pictures_through_other_noise(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    other = run_sweep(replace(CONFIGURATION, seed=1), execution(tmp_path), ignore)
    assert not np.array_equal(other.questions["text"], finished[0].questions["text"])
    assert not np.array_equal(other.pictures["raw_errors"], finished[0].pictures["raw_errors"])


def test_results_are_never_overwritten(finished: tuple[SweepResults, Path]) -> None:
    before = finished[1].read_bytes()
    with pytest.raises(Fault, match="holds results already"):
        run_sweep(CONFIGURATION, execution(finished[1].parent), ignore)
    assert finished[1].read_bytes() == before


def test_the_ebno_axis_is_es_n0_less_what_a_bit_carries(tmp_path: Path) -> None:
    configuration = replace(CONFIGURATION, snr="3", ebno=True, images=16)
    results = run_sweep(configuration, execution(tmp_path), ignore)
    per_symbol = results.attributes["information_bits_per_symbol"]
    assert per_symbol == pytest.approx(1.5, rel=0.02)
    assert results.ebno_db[0] == pytest.approx(3)
    assert results.snr_db[0] == pytest.approx(3 + 10 * np.log10(per_symbol))


def test_pilots_are_counted_and_paid_for(
    finished: tuple[SweepResults, Path], tmp_path: Path
) -> None:
    configuration = replace(
        CONFIGURATION, snr="20", images=16, channel="rayleigh", coherence="16", csi="pilot:every=8"
    )
    plain, piloted = finished[0], run_sweep(configuration, execution(tmp_path), ignore)
    symbols = plain.attributes["symbols_per_picture"]
    assert piloted.attributes["symbols_per_picture"] == symbols + -(-symbols // 8)
    assert piloted.attributes["engine"] == "native"
    assert piloted.ebno_db[0] > plain.ebno_db[2]


def test_options_that_do_not_fit_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    every_7 = replace(CONFIGURATION, channel="rayleigh", coherence="16", csi="pilot:every=7")
    every_million = replace(CONFIGURATION, coherence="block", csi="pilot:every=1000000")
    for configuration in (every_7, every_million):
        with pytest.raises(Refused, match="csi pilot:every="):
            run_sweep(configuration, execution(tmp_path), ignore)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_sweep_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    path.write_bytes(b"nonsense")
    with pytest.raises(Fault, match="can't be read"):
        load_results(path)
