"""What training, tuning and reports need beyond the tool itself."""

import importlib

from webcam_digits.errors import WebcamDigitsError

_MODULES = {  # of each extra of setup.cfg
    "train": ("torch", "onnxscript", "pooch"),
    "tune": ("optuna",),
    "report": ("matplotlib", "onnx"),
}


def require(extra: str) -> None:
    """Find out at once whether an extra of `setup.cfg` is installed.

    Raises:
        WebcamDigitsError: saying what to install.
    """
    try:
        for module in _MODULES[extra]:
            importlib.import_module(module)
    except ImportError as error:
        needed = f"this needs the extra `{extra}`: pip install -e '.[{extra}]' in the clone"
        raise WebcamDigitsError(needed) from error
