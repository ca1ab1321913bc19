"""What a model file holds beside what the reader needs: recipe, history, size, graph."""

import json
import logging
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from webcam_digits.errors import ModelError

if TYPE_CHECKING:
    import onnx
    import onnxruntime

_log = logging.getLogger(__name__)

_FIGURES = ("epoch", "train_loss", "train_accuracy", "loss", "accuracy")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as its file holds it.

    Attributes:
        name: of the file, without its folder.
        proto: the ONNX model.
        size: of the file, in bytes.
        metadata: every key that it carries, with its text.
    """

    name: str
    proto: "onnx.ModelProto"
    size: int
    metadata: dict[str, str]

    @property
    def recipe(self) -> dict[str, Any]:
        """How it was trained, as `Recipe.as_dict` names it, and what came of it; {} where unknown."""
        found = self._json("recipe")
        return found if isinstance(found, dict) else {}

    @property
    def history(self) -> tuple[dict[str, float], ...]:
        """Figures of each epoch, as `training.train_model` names them; rows that lack some are left out."""
        found = self._json("history")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return tuple(row for row in rows if all(isinstance(row.get(key), int | float) for key in _FIGURES))

    @property
    def parameters(self) -> int:
        """Trained numbers; where the recipe does not say, those in the file (normalisation is folded in)."""
        stated = self.recipe.get("parameters")
        floats = (tensor for tensor in self.proto.graph.initializer if tensor.data_type == 1)
        return stated if isinstance(stated, int) else sum(int(np.prod(tensor.dims)) for tensor in floats)

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self.metadata.get(key, "null"))
        except ValueError:
            _log.warning("%s: its %s is not JSON, left out", self.name, key)
            return None


def read_model(path: Path | None = None, shipped: str = "digits.onnx") -> ModelFile:
    """The model at `path`, or a shipped one.

    Raises:
        ModelError: where it is missing or no ONNX file.
    """
    import onnx

    file = path or resources.files("webcam_digits.models") / shipped
    try:
        content = file.read_bytes()
        proto = onnx.load_model_from_string(content)
    except OSError as error:
        raise ModelError(f"cannot read model {path}: {error.strerror or error}") from error
    except Exception as error:  # the class that protobuf raises depends on its version
        raise ModelError(f"{path} is not an ONNX model; export it with webcam-digits train") from error
    metadata = {entry.key: entry.value for entry in proto.metadata_props}
    return ModelFile(file.name, proto, len(content), metadata)


def run_in(proto: "onnx.ModelProto") -> "onnxruntime.InferenceSession":
    """A session of ONNX Runtime on one thread.

    Raises:
        Exception: where the runtime refuses the model; its exceptions share no base class.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import, as in `classifier`
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
