"""What is shown, and what the keys do: the person's side of a run. All of it belongs on the main thread."""

import logging
from collections import deque
from pathlib import Path
from time import perf_counter
from typing import Protocol

from webcam_digits.errors import OutputError
from webcam_digits.machine_view import draw_inspection
from webcam_digits.overlay import draw, draw_help
from webcam_digits.pipeline import Result
from webcam_digits.reader import DigitReader
from webcam_digits.reading import Image, Reading
from webcam_digits.recording import Recording, save_snapshot
from webcam_digits.statusline import Status
from webcam_digits.window import Key

logger = logging.getLogger(__name__)

_NOTE_SECONDS = 2.5  # that a note stays
_CONFIDENCE_STEP = 0.05
_USUAL_CONFIDENCE = 0.5  # from which the keys start: until then the model decides by itself
_RATE_FRAMES = 30  # over which the frames a second are counted


class Screen(Protocol):
    """What a viewer needs of a window."""

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""

    def show(self, image: Image) -> None:
        """Show a picture."""

    def poll(self, milliseconds: int) -> Key | None:
        """Wait for a key."""

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back."""


class Viewer:
    """Shows pictures with what was read, and does what the keys ask for.

    Attributes:
        paused: the picture stands.
    """

    def __init__(
        self,
        screen: Screen,
        reader: DigitReader,
        recording: Recording,
        *,
        snapshots: Path,
        mirrored: bool = False,
        fullscreen: bool = False,
    ) -> None:
        """Take over an open window.

        Args:
            screen: the window.
            reader: whose confidence the keys change.
            recording: that a key switches.
            snapshots: the folder that they go to.
            mirrored: show the picture as in a mirror, from the start.
            fullscreen: fill the screen, from the start.
        """
        self.paused = False
        self._screen = screen
        self._reader = reader
        self._recording = recording
        self._snapshots = snapshots
        self._mirrored = mirrored
        self._inspecting = False
        self._helping = False
        self._stepping = False
        self._quitting = False
        self._note, self._note_end = "", 0.0
        self._image: Image | None = None
        self._result: Result | None = None
        self._times: deque[float] = deque(maxlen=_RATE_FRAMES)
        self._fullscreen_due = fullscreen

    @property
    def is_open(self) -> bool:
        """Whether the person still looks: neither the quit key nor the window's closing has ended it."""
        return not self._quitting and self._screen.is_open

    @property
    def wants_frame(self) -> bool:
        """Whether the next frame is to be shown: always, but when paused once a step."""
        return not self.paused or self._stepping

    def show(self, image: Image, result: Result | None) -> None:
        """Show a picture.

        Args:
            image: (h, w, 3) uint8 BGR.
            result: the newest, which live may be of an earlier picture; None while there is none.
        """
        self._stepping = False
        self._image, self._result = image, result
        self._times.append(perf_counter())
        self._draw()
        if self._fullscreen_due:  # only now is there a window
            self._fullscreen_due = False
            self._screen.toggle_fullscreen()

    def poll(self, milliseconds: int) -> None:
        """Give the window time, and do what the next key asks for."""
        key = self._screen.poll(milliseconds)
        if key is not None:
            self._act(key)
        elif not self._note or perf_counter() < self._note_end:
            return
        else:
            self._note = ""
        self._draw()

    def _act(self, key: Key) -> None:
        match key:
            case Key.QUIT:
                self._quitting = True
            case Key.PAUSE:
                self.paused = not self.paused
                self._times.clear()
            case Key.STEP:
                self._stepping = self.paused
                self.paused = True
            case Key.SNAPSHOT:
                self._snapshot()
            case Key.RECORD:
                self._record()
            case Key.FULLSCREEN:
                self._screen.toggle_fullscreen()
            case Key.DEBUG:
                self._inspecting = not self._inspecting
            case Key.MIRROR:
                self._mirrored = not self._mirrored
            case Key.MORE | Key.LESS:
                self._change_confidence(_CONFIDENCE_STEP if key is Key.MORE else -_CONFIDENCE_STEP)
            case Key.HELP:
                self._helping = not self._helping

    @property
    def _reading(self) -> Reading:
        return self._result.reading if self._result else Reading((), 0, 0)

    def _snapshot(self) -> None:
        if self._image is None:
            return
        try:
            path = save_snapshot(draw(self._image, self._reading), self._snapshots)
        except OutputError as error:
            self._tell(logging.ERROR, str(error))
        else:
            self._tell(logging.INFO, f"saved {path}")

    def _record(self) -> None:
        try:
            self._tell(logging.INFO, self._recording.toggle())
        except OutputError as error:
            self._tell(logging.ERROR, str(error))

    def _change_confidence(self, step: float) -> None:
        confidence = self._reader.min_confidence
        if confidence is None:
            confidence = _USUAL_CONFIDENCE
        confidence = round(min(max(confidence + step, 0.0), 1.0), 2)
        self._reader.min_confidence = confidence
        self._show_note(f"confidence at least {confidence:.0%}")

    def _tell(self, level: int, message: str) -> None:
        logger.log(level, "%s", message)
        self._show_note(message)

    def _show_note(self, note: str) -> None:
        self._note = note.encode(errors="replace").decode()  # OpenCV crashes on file names that are no text
        self._note_end = perf_counter() + _NOTE_SECONDS

    def _draw(self) -> None:
        if self._image is None or not self.is_open:
            return
        if self._recording.failure:
            self._show_note(self._recording.failure)
            self._recording.failure = ""
        status = Status(
            frames_per_second=self._rate(),
            milliseconds=self._result.milliseconds if self._result else 0.0,
            paused=self.paused,
            recording=self._recording.active,
            mirrored=self._mirrored,
            note=self._note,
        )
        if self._inspecting and self._result:
            picture = draw_inspection(self._result.image, self._result.inspection, status)
        else:
            picture = draw(self._image, self._reading, status)
        self._screen.show(draw_help(picture) if self._helping else picture)

    def _rate(self) -> float:
        """Frames a second shown lately; 0 while there are too few to tell."""
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)
