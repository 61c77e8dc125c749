"""The processes of a sweep, as anybody on the machine sees them."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from distributed.security import Security

Address = tuple[str, int]

_GREETINGS = (
    b"\x08" + bytes(7) + b"\x01" + bytes(7),
    b"GET /info/main/workers.html HTTP/1.0\r\n\r\n",
)


def workers() -> list[psutil.Process]:
    """Return the worker processes that this process has started."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(_command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def listening() -> set[Address]:
    """Return where this process and its workers listen."""
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in [psutil.Process(), *workers()]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def is_loopback(address: Address) -> bool:
    return ipaddress.ip_address(address[0]).is_loopback


def answer(address: Address) -> bytes:
    """Return what a stranger is told who greets as Dask does, as browsers do, and in TLS."""
    told = bytearray()
    for greeting in _GREETINGS:
        with socket.create_connection(address, 5) as connection, suppress(OSError):
            connection.sendall(greeting)
            connection.shutdown(socket.SHUT_WR)
            _hear(connection, told)
    with socket.create_connection(address, 5) as connection, suppress(OSError):
        _hear(_foreign_credentials().wrap_socket(connection), told)
    return bytes(told)


def _hear(connection: socket.socket, told: bytearray) -> None:
    """Add all that is told within 2 s of silence."""
    connection.settimeout(2)
    while some := connection.recv(4096):
        told += some


def _foreign_credentials() -> ssl.SSLContext:
    """Return a certificate that is none of theirs, and trust in everybody."""
    context: ssl.SSLContext = Security.temporary().get_connection_args("client")["ssl_context"]
    context.verify_mode = ssl.CERT_NONE
    return context


def are_loading() -> bool:
    """Tell whether two workers have begun to load what they need, and have not done so for long."""
    found = workers()
    return len(found) == 2 and all(_holds(process, "libtorch") for process in found)


def have_begun() -> bool:
    return bool(workers())


def _holds(process: psutil.Process, library: str) -> bool:
    try:
        return any(library in mapped.path for mapped in process.memory_maps())
    except psutil.NoSuchProcess:
        return False


@contextmanager
def signal_at_moment(moment: Callable[[], bool], number: int) -> Iterator[list[int]]:
    """Send a signal to all workers once, as soon as a moment has come; yield who got it."""
    over, hit = threading.Event(), list[int]()

    def wait() -> None:
        while not over.is_set():
            if moment():
                for process in workers():
                    os.kill(process.pid, number)
                    hit.append(process.pid)
                return
            time.sleep(0.01)

    waiting = threading.Thread(target=wait)
    waiting.start()
    try:
        yield hit
    finally:
        over.set()
        waiting.join()


@contextmanager
def scheduler(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a scheduler that leaves its address in a folder's ``scheduler.json``, too."""
    file = folder / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port=0", "--no-dashboard"]
    place = ["--host=127.0.0.1", f"--scheduler-file={file}"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, *place, *options], stdout=quiet, stderr=quiet) as process:
        try:
            while not (file.exists() and file.read_text().endswith("}")):
                assert process.poll() is None
                time.sleep(0.02)
            yield process, json.loads(file.read_text())["address"]
        finally:
            process.kill()
