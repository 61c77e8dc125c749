"""An endpoint that speaks OpenAI's chat protocol, reached over HTTP and never trusted."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from linksim.source.discover.task_analysis import TaskAnalysisFailed

LONGEST_ANSWER = 1 << 20
"""Bytes of an endpoint's answer, all its JSON included."""

_SECONDS = 120.0
_PIECE = 1 << 16
_NEAR = ("localhost", "127.0.0.1", "::1")
_HINTS = {
    401: "; is the key in LINKSIM_LLM_KEY right?",
    403: "; is the key in LINKSIM_LLM_KEY right?",
    404: "; is the address right up to the part before /chat/completions, and the model known?",
    429: "; it has had too many requests, try later",
}


class Endpoint:
    """A chat model behind ``URL/chat/completions``.

    Args:
        url: up to the part before ``/chat/completions``, such as ``http://localhost:8000/v1``.
        model: its name there.
        key: sent as a bearer token; none if empty.
        seconds: within which the whole answer must have come.

    Raises:
        ValueError: if the address is none, or would carry the key unencrypted to another machine.
    """

    def __init__(self, url: str, model: str, key: str = "", seconds: float = _SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url}: give an address like http://localhost:8000/v1")
        if key and parts.scheme == "http" and parts.hostname not in _NEAR:
            raise ValueError(f"{url}: a key goes over https only; use https, or unset the key")
        self._url, self._model = url.rstrip("/") + "/chat/completions", model
        self._key, self._seconds = key, seconds
        self.name = f"{model or 'a model'} at {parts.hostname}"

    def answer(self, prompt: str) -> str:
        try:
            raw = _within(self._seconds, lambda: self._fetch(prompt))
        except urllib.error.HTTPError as error:
            hint = _HINTS.get(error.code, "")
            raise TaskAnalysisFailed(
                f"{self.name} refuses with status {error.code}{hint}"
            ) from None
        except TimeoutError:
            late = f"{self.name} has not answered within {self._seconds:g} seconds"
            raise TaskAnalysisFailed(late) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = " ".join(repr(getattr(error, "reason", error)).split())[:120]
            raise TaskAnalysisFailed(f"{self.name} can't be asked ({reason})") from None
        return self._content(raw)

    def _fetch(self, prompt: str) -> bytes:
        body = {"messages": [{"role": "user", "content": prompt}], "temperature": 0}
        more = {"model": self._model} if self._model else {}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, json.dumps(body | more).encode(), headers)
        opener = urllib.request.build_opener(_NoRedirects)
        until, raw = time.monotonic() + self._seconds, b""
        with opener.open(request, timeout=self._seconds) as response:
            while len(raw) <= LONGEST_ANSWER and (piece := response.read1(_PIECE)):
                raw += piece
                if time.monotonic() > until:
                    raise TimeoutError
        return raw

    def _content(self, raw: bytes) -> str:
        """Return the text of the first choice."""
        if len(raw) > LONGEST_ANSWER:
            raise TaskAnalysisFailed(f"{self.name} answers with more than {LONGEST_ANSWER} bytes")
        try:
            content = json.loads(raw)["choices"][0]["message"]["content"]
        except (ValueError, RecursionError, LookupError, TypeError):
            content = None
        if not isinstance(content, str):
            raise TaskAnalysisFailed(f"{self.name} does not answer as OpenAI's protocol has it")
        return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which could take the key elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _within(seconds: float, call: Callable[[], bytes]) -> bytes:
    """Return what a call returns, or raise what it raises, if it does so in time.

    A socket's own timeout begins anew with every byte; so the call runs in a thread that is left
    behind when time is up.

    Raises:
        TimeoutError: if it does not.
    """
    outcome: list[bytes | Exception] = []

    def work() -> None:
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]
