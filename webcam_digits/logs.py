"""Messages on standard error: one line each, without secrets."""

import logging
import re
import sys

# What follows a URL's scheme, up to the next URL: a password may hold anything. `Path` makes the slashes one.
_ADDRESS = re.compile(r"(?is)(?<=[a-z\d+.-]{2}:/).*?(?=[\s'\"`(][a-z][a-z\d+.-]+:/|\Z)")
# Behind a plain host an "@" belongs to the path.
_USER = re.compile(r"(?s)^(/*+)(?![^/?#@:\s]+(?::\d*)?[/?#]).*@")
_SECRETS = "user|usr|login|account|pas|pwd|psw|pin|token|key|auth|secret|credential|sess|sig"
# A value ends at the next one, which some cameras put behind a mere underscore.
_PARAMETER = re.compile(rf"(?i)((?:{_SECRETS})[\w.-]{{0,64}}?=)(?:(?!_[a-z\d]+=)[^&#\s])*")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]")


def masked(text: str) -> str:
    """A text that is safe to show: without the users, passwords and keys of the URLs in it."""
    return _ADDRESS.sub(lambda address: _PARAMETER.sub(r"\1***", _USER.sub(r"\1***@", address[0])), text)


def one_line(text: str) -> str:
    """A text that is safe to show, in one line: control characters, as file names may hold, are escaped."""
    return _CONTROLS.sub(lambda control: control[0].encode("unicode_escape").decode(), masked(text))


def log_to_stderr() -> None:
    """Send the package's messages to standard error; `set_level` chooses which."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    logging.getLogger("webcam_digits").handlers = [handler]
    set_level(logging.INFO)


def set_level(level: int) -> None:
    """Print only messages from one of the levels of `logging` on."""
    logging.getLogger("webcam_digits").setLevel(level)


class _Formatter(logging.Formatter):
    """All that reaches standard error passes here."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return f"webcam-digits: {one_line(record.message)}"

    def formatException(self, ei: object) -> str:  # noqa: N802
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        return "\n".join(map(masked, lines))
