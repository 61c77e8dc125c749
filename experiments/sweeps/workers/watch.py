"""Looks after workers while their results are waited for, so that no wait is for ever."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager

from distributed import Client
from distributed.comm import CommClosedError

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.workers.losses import Losses
from linksim.experiments.text_out import say

_SILENCE_S = 60.0
_LEAVE_S = 5.0
_GO_ON = "what was measured is kept: go on with --resume"


class Lasting:
    """Counts for how many seconds something has been so.

    While this process is stopped nobody asks, and that does not count.
    """

    _MOST_AT_ONCE_S = 2.0

    def __init__(self) -> None:
        self._seconds, self._last = 0.0, time.monotonic()

    def seconds(self, is_so: bool) -> float:
        """Return for how long it has been so, asked several times a second; 0 if it is not."""
        now = time.monotonic()
        since = min(now - self._last, self._MOST_AT_ONCE_S)
        self._seconds, self._last = (self._seconds + since if is_so else 0.0), now
        return self._seconds


class Watch(AbstractContextManager["Watch"]):
    """Knows which workers there are, and when it is in vain to wait for them.

    Without workers nothing goes on, which is told of on stderr once each time.

    Args:
        client: of the workers' scheduler.
        option: that the user chose them by.
        wait_s: for how many seconds there may be no worker.
        losses: where deaths are noted, if anybody does.
        replaced: whether others take the place of workers that die; if not, one death is the end.
        every_s: how often the scheduler is asked.
    """

    def __init__(
        self,
        client: Client,
        option: str,
        wait_s: float,
        losses: Losses,
        replaced: bool = True,
        every_s: float = 1.0,
    ) -> None:
        self._client, self.option, self._wait_s = client, option, wait_s
        self.losses, self._replaced, self._every_s = losses, replaced, every_s
        self._names: list[str] = []
        self._answers = self._known = 0
        self._silence, self._absence = Lasting(), Lasting()
        self._gone, self._over = threading.Event(), threading.Event()
        self._asking = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Watch:
        self._asking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asking.join(_LEAVE_S)

    def names(self) -> list[str]:
        """Return the addresses of the workers that there are; raise what `check` does."""
        while not self._answers:
            self.check()
            time.sleep(0.01)
        return self._names

    def check(self) -> None:
        """Do nothing while there is hope; to be called several times a second while one waits.

        Raises:
            Fault: if there has been no worker, or no answer of the scheduler, for too long.
            CommClosedError: if the scheduler is gone.
        """
        if self._gone.is_set():
            raise CommClosedError
        silent, self._known = self._answers == self._known, self._answers
        if self._silence.seconds(silent) > _SILENCE_S:
            self._end(f"the scheduler has not answered for {_SILENCE_S:g} s; {_GO_ON}")
        if self._absence.seconds(not self._names) > self._wait_s:
            last = self.losses.last(" (the last one {})")
            self._end(f"there has been no worker for {self._wait_s:g} s{last}; {_GO_ON}")
        if self.losses.causes and not self._replaced:
            self._end(self.losses.last("a worker {}; measure again"))

    def _end(self, why: str) -> None:
        raise Fault(f"{self.option}: {why}")

    def _ask(self) -> None:
        told = False
        while not self._over.is_set():
            try:
                self._names = list(self._client.nthreads())
            except OSError:
                self._gone.set()
                return
            except Exception:  # as the client's end interrupts a question
                if self._over.is_set():
                    return
                raise
            self._answers += 1
            if not self._names and not told:
                say(f"linksim: {self.option} has no worker; waiting for one", err=True)
            told = not self._names
            self._over.wait(self._every_s)
