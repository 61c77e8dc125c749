"""An endpoint that speaks OpenAI's chat protocol, reached over HTTP and never trusted."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from linksim.source.discover.task_analysis import TaskAnalysisFailed
from linksim.source.refused import Refused

LONGEST_ANSWER = 1 << 20
"""Bytes of an endpoint's answer, all its JSON included."""

_SECONDS = 120.0
_PIECE = 1 << 16
_KEY = re.compile(r"[!-~]*")
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
        key: sent as a bearer token, without space around it; none if empty.
        seconds: within which the whole answer must have come.

    Raises:
        Refused: if the address is none or holds a password, if the key is none, or would go
            unencrypted to another machine. It repeats neither key nor password.
    """

    def __init__(self, url: str, model: str, key: str = "", seconds: float = _SECONDS) -> None:
        scheme, host = _scheme_and_host(url)
        self._near, key = _is_near(host), key.strip()
        if not _KEY.fullmatch(key):
            raise Refused(
                "with a key in LINKSIM_LLM_KEY that holds what no key does; copy it again"
            )
        if key and scheme == "http" and not self._near:
            raise Refused(f"{url}: a key goes over https only; use https, or unset the key")
        self._url, self._model = url.rstrip("/") + "/chat/completions", model
        self._key, self._seconds = key, seconds
        self.name = f"{model or 'a model'} at {host}"

    def answer(self, prompt: str) -> str:
        opener, request = self._request(prompt)
        try:
            raw = _within(self._seconds, lambda: self._fetched(opener, request))
        except urllib.error.HTTPError as error:
            hint = _HINTS.get(error.code, "")
            raise TaskAnalysisFailed(
                f"{self.name} refuses with status {error.code}{hint}"
            ) from None
        except TimeoutError:
            late = f"{self.name} has not answered within {self._seconds:g} seconds"
            raise TaskAnalysisFailed(late) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise TaskAnalysisFailed(f"{self.name} can't be asked ({_reason(error)})") from None
        return self._content(raw)

    def _request(self, prompt: str) -> tuple[Any, urllib.request.Request]:
        body = {"messages": [{"role": "user", "content": prompt}], "temperature": 0}
        more = {"model": self._model} if self._model else {}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, json.dumps(body | more).encode(), headers)
        direct = [urllib.request.ProxyHandler({})] if self._near else []
        return urllib.request.build_opener(_NoRedirects, *direct), request

    def _fetched(self, opener: Any, request: urllib.request.Request) -> bytes:
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
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
        match said:
            case {"choices": [{"message": {"content": str(content)}}, *_]}:
                return content
        raise TaskAnalysisFailed(f"{self.name} does not answer as OpenAI's protocol has it")


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Return what an address begins with, if it is one without password or query.

    Raises:
        Refused: if it is none; the address is repeated only if nothing in it can be secret.
    """
    remedy = "give an address like http://localhost:8000/v1"
    if "@" in url or "?" in url or "#" in url:
        raise Refused(
            f"holds a user, a password or a query; {remedy}, and a key in LINKSIM_LLM_KEY"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not _KEY.fullmatch(url):
        raise Refused(f"{url[:200] if _KEY.fullmatch(url) else repr(url[:200])}: {remedy}")
    return parts.scheme, host


def _is_near(host: str) -> bool:
    """Say whether a host is this machine, which no proxy need be asked for."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(error: Exception) -> str:
    """Say why an endpoint can't be reached; what exceptions carry may be key or address."""
    inner = getattr(error, "reason", error)
    if isinstance(inner, ssl.SSLError):
        return "its encryption or certificate is not accepted"
    if isinstance(inner, socket.gaierror):
        return "its name is not known"
    if isinstance(inner, OSError) and inner.errno:
        return os.strerror(inner.errno)
    return f"its answer is none: {type(inner).__name__}"


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
