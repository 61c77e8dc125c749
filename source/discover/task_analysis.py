"""Task analysis: a language model names, once for a task, the labels of the objects it needs.

The prompt has the six parts of the DISCOVER paper. What answers is an endpoint that speaks OpenAI's
protocol, or a causal language model in a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch

from linksim.source.discover.labels import TaskLabels, parse_labels
from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_outline, frozen, load_whole
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.inspection import inspect
from linksim.source.zoo.loading import explained, quiet_libraries
from linksim.source.zoo.tokenizers import load_tokenizer

_ANSWER_TOKENS = 2048

_PROMPT = """\
You are an assistant that lists labels of the objects that matter to a computer vision task. The
labels go to an open-vocabulary object detector.

Give at least 100 labels. Take them from many categories, and make each as fine or as coarse as the
task needs: neither so fine that a detector could not tell it from its neighbours, nor so coarse
that the task's result would suffer.

First decide which granularity the task needs, then list labels of that granularity.

For example: object detection asks for things that can be counted and framed by a box, such as dog,
bicycle or traffic light, and leaves out what has no bounds, such as sky. Segmentation asks for
regions too, such as grass, road or wall. Image classification asks for a picture's main subject,
with broad categories such as bird or furniture among the labels.

The task: {task}

What the task is about: {description}

Answer with the labels alone, one a line, in English, each of one to three words, without numbers
or explanations.
"""


class TaskAnalysisFailed(Refused):
    """No labels came of a task's analysis; the message is one line that says why."""

    about = "task"


class Provider(Protocol):
    """A language model that answers a prompt.

    Attributes:
        name: what the file of the labels says of it.
    """

    name: str

    def answer(self, prompt: str) -> str:
        """Return the model's answer.

        Raises:
            TaskAnalysisFailed: if there is none.
            ModelUnavailable: if a local model fails.
        """


def prompt_of(task: str, description: str) -> str:
    """Return the prompt that asks for a task's labels.

    >>> "The task: detection" in prompt_of("detection", "")
    True
    """
    return _PROMPT.format(task=task, description=description or "as its name says")


def analyse(task: str, description: str, provider: Provider) -> TaskLabels:
    """Ask a language model for the labels of a task.

    Raises:
        TaskAnalysisFailed: if it does not answer, or no label is in what it answers.
    """
    labels = parse_labels(provider.answer(prompt_of(task, description)))
    if not labels:
        raise TaskAnalysisFailed(f"{provider.name} answers without a label that can be read")
    return TaskLabels(task, description, provider.name, tuple(labels))


class LocalModel:
    """A transformers causal language model in a folder; it answers greedily.

    Args:
        folder: with safetensors, configuration and tokenizer.

    Raises:
        ModelUnavailable: if anything is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        with explained(f"language model {folder}"), quiet_libraries():
            from transformers import AutoConfig, AutoModelForCausalLM

            if not folder.is_dir():
                raise FileNotFoundError(2, "missing", str(folder))
            inspect(folder)
            config, known = AutoConfig, AutoModelForCausalLM
            with foreign():
                plain = config.from_pretrained(folder, trust_remote_code=False)
            built = foreign()(lambda: known.from_config(plain, trust_remote_code=False))
            check_outline(built, folder)
            self._tokenizer = load_tokenizer(folder)
            self._model = frozen(load_whole(known, folder), torch.device("cpu"))
        self.name = f"language model {folder.resolve().name}"

    def answer(self, prompt: str) -> str:
        with explained(self.name), quiet_libraries(), foreign():
            encoded = self._encoded(prompt)
            given = encoded["input_ids"].shape[1]
            tokens = self._model.generate(
                **encoded,
                max_new_tokens=_ANSWER_TOKENS,
                do_sample=False,
                num_beams=1,  # whatever its own settings say
                num_return_sequences=1,
                repetition_penalty=1.1,
            )
            return str(self._tokenizer.decode(tokens[0, given:], skip_special_tokens=True))

    def _encoded(self, prompt: str) -> dict[str, torch.Tensor]:
        if not self._tokenizer.chat_template:
            return dict(self._tokenizer(prompt, return_tensors="pt"))
        turns = [{"role": "user", "content": prompt}]
        return dict(
            self._tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        )
