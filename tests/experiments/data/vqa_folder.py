"""A miniature of VQA v2 in the files and formats in which it is published."""

import json
from pathlib import Path

from PIL import Image

# Picture, question, the answer of most, its type.
ROWS = (
    (9, "What color is the bus?", "red", "other"),
    (9, "How many wheels are there?", "2", "number"),
    (25, "What is on the grass?", "giraffe", "other"),
    (25, "Is it sunny?", "yes", "yes/no"),
    (139, "How many puppies are there?", "0", "number"),
    (285, "Is this a hot dog?", "yes", "yes/no"),
    (285, "Where is the plate?", "table", "other"),
)


def write_vqa(folder: Path, *splits: str) -> Path:
    """Write questions, annotations and pictures of the given splits; return the folder."""
    for split in splits:
        write_json(folder, split, questions(split), annotations(split))
        (folder / split).mkdir(parents=True)
        for picture in {row[0] for row in ROWS}:
            shown = Image.new("RGB", (80, 60), (picture % 256, 90, 160))
            shown.save(folder / split / f"COCO_{split}_{picture:012d}.jpg")
    return folder


def questions(split: str) -> dict[str, object]:
    asked = [
        {"image_id": picture, "question": question, "question_id": picture * 1000 + number}
        for number, (picture, question, *_) in enumerate(ROWS)
    ]
    return {
        "info": {"version": "2.0", "contributor": "VQA Team"},
        "task_type": "Open-Ended",
        "data_type": "mscoco",
        "license": {"name": "Creative Commons Attribution 4.0 International License"},
        "data_subtype": split,
        "questions": asked,
    }


def annotations(split: str) -> dict[str, object]:
    answered = [
        {
            "question_type": " ".join(question.split()[:2]).lower(),
            "multiple_choice_answer": answer,
            "answers": [
                {"answer": answer, "answer_confidence": "yes", "answer_id": i} for i in range(1, 11)
            ],
            "image_id": picture,
            "answer_type": kind,
            "question_id": picture * 1000 + number,
        }
        for number, (picture, question, answer, kind) in enumerate(ROWS)
    ]
    return {
        "info": {"version": "2.0"},
        "license": {"name": "Creative Commons Attribution 4.0 International License"},
        "data_subtype": split,
        "annotations": answered,
        "data_type": "mscoco",
    }


def write_json(folder: Path, split: str, asked: object, answered: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"v2_OpenEnded_mscoco_{split}_questions.json").write_text(json.dumps(asked))
    (folder / f"v2_mscoco_{split}_annotations.json").write_text(json.dumps(answered))
