"""Schedulers that run already: without workers, stopped, with and without TLS."""

import os
import signal
from pathlib import Path

import dask
import pytest
import torch
from distributed.security import Security

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.sweep import Execution, run_sweep
from linksim.experiments.sweeps.workers import watch
from linksim.experiments.sweeps.workers.cluster import is_open

from ...configurations import sweep_configuration
from .processes import scheduler


def sweep(out: Path, address: str, wait_s: float) -> None:
    cpu = torch.device("cpu")
    execution = Execution(out, 16, cpu, 1, resume=False, scheduler=address, wait_s=wait_s)
    run_sweep(sweep_configuration(), execution, lambda piece: None)


def test_a_wait_for_workers_ends(tmp_path: Path) -> None:
    with (
        scheduler(tmp_path) as (_, address),
        pytest.raises(Fault, match=r"--scheduler tcp.*: there has been no worker for 1 s; what"),
    ):
        sweep(tmp_path / "out", address, wait_s=1)


def test_a_wait_for_a_stopped_scheduler_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_SILENCE_S", 2.0)
    monkeypatch.setattr(watch, "_LEAVE_S", 0.5)
    with scheduler(tmp_path) as (process, address):
        ask = watch.Watch._ask

        def stop(self: watch.Watch) -> None:
            os.kill(process.pid, signal.SIGSTOP)
            ask(self)

        monkeypatch.setattr(watch.Watch, "_ask", stop)
        with pytest.raises(Fault, match="the scheduler has not answered for 2 s"):
            sweep(tmp_path / "out", address, wait_s=60)


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, str]:
    """Dask's settings for TLS."""
    made = Security.temporary()
    files = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, text in files.items():
        (tmp_path / f"{name}.pem").write_text(text)
    ca, cert, key = (str(tmp_path / f"{name}.pem") for name in files)
    tls = "distributed.comm.tls"
    return {f"{tls}.ca-file": ca, f"{tls}.client.cert": cert, f"{tls}.client.key": key}


def test_a_scheduler_with_tls_takes_who_has_its_certificates(
    certificates: dict[str, str], tmp_path: Path
) -> None:
    ca, cert, key = certificates.values()
    tls = ["--protocol=tls", f"--tls-ca-file={ca}", f"--tls-cert={cert}", f"--tls-key={key}"]
    out = tmp_path / "out"
    with scheduler(tmp_path, *tls) as (_, address):
        assert address.startswith("tls://")
        with pytest.raises(Fault, match=r"names no certificates for TLS; docs/cluster\.md"):
            sweep(out, address, wait_s=1)
        with dask.config.set(certificates), pytest.raises(Fault, match="no worker for 1 s"):
            sweep(out, address, wait_s=1)
        Path(cert).write_text(Security.temporary().tls_client_cert)
        with dask.config.set(certificates), pytest.raises(Fault, match="no Dask scheduler answers"):
            sweep(out, address, wait_s=1)


@pytest.mark.parametrize(
    ("scheduler", "reached", "expected"),
    [
        ("tcp://node:8786", "10.0.0.1", True),
        ("node:8786", "2001:db8::1", True),
        ("tcp://node:8786", "fe80::1%eth0", True),
        ("ws://node:8786", "192.0.2.1", True),
        ("tls://node:8786", "10.0.0.1", False),
        ("tcp://localhost:8786", "127.0.0.1", False),
        ("tcp://[::1]:8786", "::1", False),
    ],
)
def test_an_open_scheduler_is_one_elsewhere_without_tls(
    scheduler: str, reached: str, expected: bool
) -> None:
    assert is_open(scheduler, reached) == expected
