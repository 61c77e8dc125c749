"""Task analysis by a real endpoint on this machine, friendly and hostile, and by a local model."""

import time
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from linksim.source.discover.endpoint import LONGEST_ANSWER, Endpoint
from linksim.source.discover.task_analysis import (
    LocalModel,
    TaskAnalysisFailed,
    analyse,
    prompt_of,
)
from linksim.source.zoo.preset import ModelUnavailable

from ..zoo.published import save_tokenizer
from .chat_server import Reply, chat_server, says, sends


def test_the_prompt_has_task_and_description() -> None:
    prompt = prompt_of("traffic", "count {vehicles}")
    for part in ("at least 100 labels", "granularity", "sky", "The task: traffic"):
        assert part in prompt
    assert "count {vehicles}" in prompt


def test_an_endpoint_is_asked_once_and_its_answer_read() -> None:
    with chat_server(says("1. Car\n2. Bus")) as (url, asked):
        labels = analyse("traffic", "count", Endpoint(url, "some-model", "secret"))
    assert labels.labels == ("car", "bus")
    assert labels.provider == "some-model at 127.0.0.1"
    (request,) = asked
    assert request["path"] == "/v1/chat/completions"
    assert request["body"]["model"] == "some-model"
    assert request["body"]["messages"] == [
        {"role": "user", "content": prompt_of("traffic", "count")}
    ]
    assert request["Authorization"] == "Bearer secret"


def test_without_a_key_none_is_sent() -> None:
    with chat_server(says("car")) as (url, asked):
        analyse("traffic", "", Endpoint(url, ""))
    assert "Authorization" not in asked[0]
    assert "model" not in asked[0]["body"]


def never_ending(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 100)
        handler.wfile.flush()
        time.sleep(0.05)


def never_ending_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


HUGE = sends(b'{"choices": [{"message": {"content": "' + b"car, " * LONGEST_ANSWER)
PROTOCOL = "does not answer as OpenAI's protocol has it"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (HUGE, f"more than {LONGEST_ANSWER} bytes"),
        (sends(bytes(range(256)) * 10), PROTOCOL),
        (sends(b""), PROTOCOL),
        (sends(b'{"choices": []}'), PROTOCOL),
        (sends(b'{"choices": [{"message": {"content": 5}}]}'), PROTOCOL),
        (sends(b'{"choices": {"0": 1}}'), PROTOCOL),
        (sends(b"[" * 100_000), PROTOCOL),
        (sends(b"null"), PROTOCOL),
        (says(None), PROTOCOL),
        (says("I'm sorry, I can't do that for you today."), "without a label"),
        (sends(b"no", 401), "status 401; is the key in LINKSIM_LLM_KEY right"),
        (sends(b"no" * 10_000, 500), "status 500"),
        (sends(b"", 302, Location="http://127.0.0.1:1/elsewhere"), "status 302"),
        (sends(b"short", 200, Content_Length="1000"), "can't be asked|protocol"),
        (never_ending, "within 1 seconds"),
        (never_ending_headers, "within 1 seconds"),
        (silent, "within 1 seconds"),
    ],
)
def test_hostile_answers_end_in_one_line(reply: Reply, reason: str) -> None:
    with chat_server(reply) as (url, _):
        began = time.monotonic()
        with pytest.raises(TaskAnalysisFailed, match=reason) as failed:
            analyse("traffic", "", Endpoint(url, "model", "secret-key", seconds=1))
        assert time.monotonic() - began < 4
    assert "\n" not in str(failed.value)
    assert "secret-key" not in str(failed.value)
    assert len(str(failed.value)) < 250


def test_a_key_follows_no_redirect() -> None:
    with (
        chat_server(says("car")) as (other, asked_there),
        chat_server(sends(b"", 307, Location=f"{other}/chat/completions")) as (url, asked),
        pytest.raises(TaskAnalysisFailed, match="status 307"),
    ):
        analyse("traffic", "", Endpoint(url, "", "secret"))
    assert len(asked) == 1
    assert asked_there == []


def test_nobody_there_is_one_line() -> None:
    with pytest.raises(TaskAnalysisFailed, match="can't be asked"):
        analyse("traffic", "", Endpoint("http://127.0.0.1:9/v1", ""))


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "file:///etc/passwd", "ftp://a/b", "http://"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="give an address"):
        Endpoint(url, "")


def test_a_key_goes_unencrypted_to_this_machine_only() -> None:
    with pytest.raises(ValueError, match="https only"):
        Endpoint("http://example.org/v1", "", "secret")
    for url in ("https://example.org/v1", "http://localhost:1/v1"):
        Endpoint(url, "", "secret")
    Endpoint("http://example.org/v1", "")


@pytest.mark.parametrize("key", ["sk-SECRET\r", "\tsk-SECRET \n"])
def test_a_key_goes_without_the_space_around_it(key: str) -> None:
    with chat_server(says("car")) as (url, asked):
        analyse("traffic", "", Endpoint(url, "", key))
    assert asked[0]["Authorization"] == "Bearer sk-SECRET"


@pytest.mark.parametrize(
    "key", ["sk-SEC\rRET", "sk-SEC\nX: y", "sk-SEC RET", "sk-SECRÉT", "SEC\0RET"]
)
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="LINKSIM_LLM_KEY") as refused:
        Endpoint("http://localhost:1/v1", "", key)
    assert "SEC" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://me:SECRET@example.org/v1",
        "https://me:SEC/RET@example.org/v1",
        "https://example.org:SECRET@/v1",
        "https://SECRET@example.org",
        "https://example.org/v1?api_key=SECRET",
        "https://example.org/v1#SECRET",
        "me:SECRET@example.org",
        "https://[SECRET@example.org/v1",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="LINKSIM_LLM_KEY") as refused:
        Endpoint(url, "")
    assert "SEC" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://a:port/v1", "http://a b/v1", "http://a\rb/v1"]
)
def test_a_broken_address_is_one_line(url: str) -> None:
    with pytest.raises(ValueError, match="give an address") as refused:
        Endpoint(url, "")
    assert str(refused.value).isprintable()


def test_what_is_on_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        chat_server(says("no")) as (proxy, asked_of_proxy),
        chat_server(says("car")) as (url, asked),
    ):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        for host in ("127.0.0.1", "localhost"):
            analyse("traffic", "", Endpoint(url.replace("127.0.0.1", host), "", "secret"))
    assert len(asked) == 2
    assert not asked_of_proxy


def test_what_an_exception_carries_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1", "", "secret-key")
    for error in (ValueError("secret-key"), OSError("secret-key"), HTTPException("secret-key")):

        def fails(*_: object, error: Exception = error) -> bytes:
            raise error

        monkeypatch.setattr(endpoint, "_fetched", fails)
        with pytest.raises(TaskAnalysisFailed, match="can't be asked") as failed:
            endpoint.answer("")
        assert "secret" not in str(failed.value)


def test_a_local_model_answers_greedily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linksim.source.discover.task_analysis._ANSWER_TOKENS", 20)  # not 2048
    folder = tmp_path / "tiny"
    torch.manual_seed(0)
    config = Qwen2Config(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        vocab_size=260,
        max_position_embeddings=8192,
        initializer_range=0.5,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    save_tokenizer(folder)
    greedy = folder / "generation_config.json"
    greedy.write_text('{"num_beams": 60000, "num_return_sequences": 60000}')
    model = LocalModel(folder)
    assert model.name == "language model tiny"
    answer = model.answer(prompt_of("detection", ""))
    assert isinstance(answer, str)
    assert answer == model.answer(prompt_of("detection", ""))


def test_a_missing_or_damaged_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="is missing"):
        LocalModel(tmp_path / "none")
    (tmp_path / "config.json").write_text('{"model_type": "qwen2"}')
    with pytest.raises(ModelUnavailable, match=r"configuration asks for"):
        LocalModel(tmp_path)
