"""Model files for tests of what is said about models: the shipped network, with other metadata."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

RECIPE = {"arch": "cnn", "epochs": 3, "seed": 0, "rate": 0.15, "width": 1.0, "strength": 1.0}
RESULT = {"epoch": 2, "parameters": 137195, "examples": 900, "seconds": 300.0, "torch": "2.13.0"}
HISTORY = [
    {"epoch": number, "train_loss": 1 / number, "train_accuracy": 1 - 0.2 / number, "loss": 0.5 / number,
     "accuracy": 1 - 0.1 / number, "rate": 0.1}
    for number in (1, 2, 3)
]  # fmt: skip


def model_file(path: Path, shipped: str = "digits.onnx", **metadata: Any) -> Path:
    """A shipped model, with `metadata` as JSON in place of its own and recipe and history beside."""
    import onnx

    proto = onnx.load_model_from_string((resources.files("webcam_digits.models") / shipped).read_bytes())
    own = {entry.key: entry.value for entry in proto.metadata_props}
    changed = {"recipe": RECIPE | RESULT, "history": HISTORY} | metadata
    del proto.metadata_props[:]
    for key, value in (own | {key: json.dumps(value) for key, value in changed.items()}).items():
        proto.metadata_props.add(key=key, value=value)
    onnx.save(proto, path)
    return path
