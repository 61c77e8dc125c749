"""The workers of a scheduler that runs already, on whatever machines."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import Client
from distributed.comm import get_address_host_port
from distributed.security import Security
from distributed.utils import silence_logging_cmgr

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.workers.crew import Workers
from linksim.experiments.sweeps.workers.losses import Losses
from linksim.experiments.sweeps.workers.watch import Watch
from linksim.experiments.text_out import say

_CONNECT_S = 10.0


@contextmanager
def workers_of(scheduler: str, wait_s: float) -> Iterator[Workers]:
    """Connect to the workers of a scheduler; say so on stderr if anybody else may, too.

    Args:
        scheduler: its address. With ``tls://`` certificates are those of Dask's configuration.
        wait_s: see `Watch`.

    Raises:
        Fault: if there is none.
    """
    option = f"--scheduler {scheduler}"
    with silence_logging_cmgr(logging.CRITICAL):
        _certificates_are_there(scheduler)
        try:
            host = _reached(scheduler)
            client = Client(scheduler, timeout=_CONNECT_S)
        except (OSError, ValueError, TypeError) as error:
            raise Fault(
                f"{option}: no Dask scheduler answers ({error}); give what `dask scheduler` "
                "printed, like tcp://node:8786"
            ) from None
        if is_open(scheduler, host):
            say(
                f"linksim: {option} is not encrypted: whoever reaches it can run programs as you; "
                "docs/cluster.md says how to use TLS",
                err=True,
            )
        with client, Watch(client, option, wait_s, Losses(option)) as watch:
            yield Workers(client, watch)


def is_open(scheduler: str, reached: str) -> bool:
    """Tell whether a scheduler is on another machine and without TLS.

    Args:
        scheduler: its address as given.
        reached: the number of its machine.
    """
    return not (_is_encrypted(scheduler) or ipaddress.ip_address(reached).is_loopback)


def _reached(scheduler: str) -> str:
    """Return the numerical address at which a scheduler's machine answers."""
    with socket.create_connection(get_address_host_port(scheduler), _CONNECT_S) as connection:
        return str(connection.getpeername()[0])


def _is_encrypted(scheduler: str) -> bool:
    return scheduler.startswith(("tls://", "wss://"))


def _certificates_are_there(scheduler: str) -> None:
    ours = Security()
    if _is_encrypted(scheduler) and not (ours.tls_ca_file and ours.tls_client_cert):
        raise Fault(
            f"--scheduler {scheduler}: Dask's configuration names no certificates for TLS; "
            "docs/cluster.md says which"
        )
