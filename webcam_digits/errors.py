"""The failures a user can cause, each with the exit code it ends in."""


class WebcamDigitsError(Exception):
    """A failure reported in one line that says what to do next.

    Attributes:
        exit_code: what the command ends with, as the README's table lists it.
    """

    exit_code = 1


class UsageError(WebcamDigitsError):
    """Options that contradict each other or name something that cannot be."""

    exit_code = 2


class SourceError(WebcamDigitsError):
    """A camera, video, stream or photo that could not be opened."""

    exit_code = 3


class SourceLostError(WebcamDigitsError):
    """A camera or stream that was open and stopped delivering."""


class ImageError(WebcamDigitsError):
    """One still image that could not be read."""


class ModelError(WebcamDigitsError):
    """A model file that is missing, broken or not of the agreed form."""


class DisplayError(WebcamDigitsError):
    """A window was insisted on where none can be opened."""


class OutputError(WebcamDigitsError):
    """A recording, snapshot or other file that could not be written."""


class DataError(WebcamDigitsError):
    """A data set that is missing, broken, mislabelled or lacks a class."""
