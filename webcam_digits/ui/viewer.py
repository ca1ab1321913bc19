"""What is shown, and what keys and mouse do: the user's side of a run, all on the main thread."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from webcam_digits.drawing.canvas import Canvas
from webcam_digits.drawing.debug_view import draw_inspection
from webcam_digits.drawing.overlay import annotate
from webcam_digits.drawing.panels import draw_digit_card, draw_help, draw_trouble
from webcam_digits.drawing.status_bar import Note, Rate, Status, area_above
from webcam_digits.errors import OutputError
from webcam_digits.outputs.recording import Recording, save_snapshot
from webcam_digits.reading.reader import DigitReader
from webcam_digits.tracking.result import Result
from webcam_digits.types import Box, Image, Reading
from webcam_digits.ui.controls import Drag, Key
from webcam_digits.ui.screen import HasRegion, Screen
from webcam_digits.ui.selected_digit import SelectedDigit, select_digit
from webcam_digits.ui.viewport import View

logger = logging.getLogger(__name__)

_CONFIDENCE_STEP = 0.05
_LEAST_REGION = 16  # pixels that a dragged region is wide and high: digits need to be 12 pixels tall
_NO_PICTURE = np.zeros((480, 640, 3), np.uint8)  # shown while there is none


class Viewer:
    """Shows pictures with what was read, and does what keys and mouse ask for.

    Attributes:
        paused: the picture stands.
        trouble: what is wrong with the source, in a sentence; shown until it is None again.
    """

    def __init__(
        self,
        screen: Screen,
        reader: DigitReader,
        recording: Recording,
        pipeline: HasRegion,
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
            pipeline: whose region the mouse sets.
            snapshots: the folder that they go to.
            mirrored: show the picture as in a mirror, from the start.
            fullscreen: fill the screen, from the start.
        """
        self.paused = False
        self.trouble: str | None = None
        self._screen = screen
        self._pipeline = pipeline
        self._reader = reader
        self._recording = recording
        self._snapshots = snapshots
        self._mirrored = mirrored
        self._inspecting = False
        self._helping = False
        self._stepping = False
        self._quitting = False
        self._note = Note()
        self._image: Image | None = None
        self._result: Result | None = None
        self._rate = Rate()
        self._fullscreen_due = fullscreen
        self._view = View((1, 1), (1, 1))
        self._dragging: Box | None = None  # the region that is being chosen
        self._selected: SelectedDigit | None = None  # the digit that was clicked
        self._texts: tuple[str | None, str] = None, ""  # trouble and note that are shown

    @property
    def is_open(self) -> bool:
        """Whether neither the quit key nor the closing of the window has ended it."""
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
        if self._image is None:
            self._note.show("h shows the keys")
        self._image, self._result = image, result
        self._rate.count()
        if self._selected is not None and result is not None:
            self._selected = self._selected.in_result(result)
        self._draw()
        if self._fullscreen_due:  # only now is there a window
            self._fullscreen_due = False
            self._screen.toggle_fullscreen()

    def poll(self, milliseconds: int) -> None:
        """Give the window time, and do what key and mouse ask for."""
        key = self._screen.poll(milliseconds)
        changed = key is not None
        if key is not None:
            self._on_key(key)
        while (drag := self._screen.drag()) is not None:
            self._on_drag(drag)
            changed = True
        changed = changed or self._texts != (self.trouble, self._note.text)
        if changed or self._screen.size_for(*self._view.size) != self._view.shown:
            self._draw()

    def _on_key(self, key: Key) -> None:
        match key:
            case Key.QUIT:
                self._quitting = True
            case Key.PAUSE:
                self.paused = not self.paused
                self._rate.restart()
            case Key.STEP:
                self._stepping = self.paused
                self.paused = True
            case Key.SNAPSHOT:
                self._save(self._snapshot)
            case Key.RECORD:
                self._save(self._recording.toggle)
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
            case Key.CLEAR:
                self._pipeline.region = self._dragging = None
                self._note.show("reading the whole picture")

    def _on_drag(self, drag: Drag) -> None:
        """A drag chooses the region, a click a digit."""
        self._dragging = None
        if self._image is None:
            return
        if self._inspecting:
            self._note.show("the mouse works on the picture: d goes back to it")
        elif drag.is_click:
            if drag.ended and self._result is not None:
                selected = select_digit(self._result, self._view.point(drag.end))
                if selected and self._selected and selected.digit is self._selected.digit:
                    selected = None  # clicked again, its card goes
                self._selected = selected
        elif drag.ended:
            self._set_region(self._view.between(drag.start, drag.end))
        else:
            self._dragging = self._view.between(drag.start, drag.end)

    def _set_region(self, region: Box) -> None:
        if min(region.width, region.height) < _LEAST_REGION:
            self._note.show("too small for a region: drag a larger one")
            return
        self._pipeline.region = region
        logger.info("reading only the region --roi %s", region)
        self._note.show("region set: c clears it")

    @property
    def _reading(self) -> Reading:
        """What is shown as read; not what lies outside of a region that was only just set."""
        reading = self._result.reading if self._result else Reading((), 0, 0)
        if (region := self._pipeline.region) is None:
            return reading
        return replace(
            reading, lines=tuple(line for line in reading.lines if line.box.intersection_area(region))
        )

    def _save(self, write: Callable[[], str]) -> None:
        """Write something to the disk, and show what came of it."""
        try:
            level, message = logging.INFO, write()
        except OutputError as error:
            level, message = logging.ERROR, str(error)
        logger.log(level, "%s", message)
        self._note.show(message)

    def _snapshot(self) -> str:
        if self._image is None:
            return "there is no picture yet"
        return f"saved {save_snapshot(annotate(self._image, self._reading), self._snapshots)}"

    def _change_confidence(self, step: float) -> None:
        confidence = self._reader.min_confidence
        if confidence is None:  # until now the model's own threshold holds
            confidence = self._reader.threshold
        confidence = round(min(max(confidence + step, 0.0), 1.0), 2)
        self._reader.min_confidence = confidence
        self._note.show(f"confidence at least {confidence:.0%}")

    def _draw(self) -> None:
        if not self.is_open or (self._image is None and self.trouble is None):
            return
        if self._recording.failure:
            self._note.show(self._recording.failure)
            self._recording.failure = ""
        self._texts = self.trouble, self._note.text
        image = _NO_PICTURE if self._image is None else self._image
        size = image.shape[1], image.shape[0]
        self._view = View(size, self._screen.size_for(*size), self._mirrored)
        picture = self._inspected() if self._inspecting and self._result else self._read(image)
        if cards := self._cards():
            above = np.s_[: area_above(Canvas(picture), self._status()).height]  # the status line stays
            for card in cards:
                picture[above] = card(picture[above])
        self._screen.show(picture)

    def _cards(self) -> Sequence[Callable[[Image], Image]]:
        """What lies over the picture, the topmost last."""
        cards: list[Callable[[Image], Image]] = []
        if self._selected is not None and self._result is not None and not self._inspecting:
            cards.append(partial(draw_digit_card, card=self._selected.card(self._result, self._view)))
        if self.trouble is not None:
            rows = [] if self._inspecting else [line.box for line in self._reading.lines]
            kept = [self._view.box(box) for box in rows]
            cards.append(partial(draw_trouble, trouble=self.trouble, kept=kept))
        return [*cards, draw_help] if self._helping else cards

    def _read(self, image: Image) -> Image:
        """The picture with what was read."""
        view, region = self._view, self._dragging or self._pipeline.region
        return annotate(
            view.image(image),
            view.reading(self._reading),
            self._status(),
            region=None if region is None else view.box(region),
        )

    def _inspected(self) -> Image:
        assert self._result is not None
        return draw_inspection(self._result.image, self._result.inspection, self._status(), self._view.shown)

    def _status(self) -> Status:
        return Status(
            frames_per_second=self._rate.per_second,
            milliseconds=self._result.milliseconds if self._result else 0.0,
            paused=self.paused,
            recording=self._recording.active,
            mirrored=self._mirrored,
            region=self._pipeline.region is not None,
            note=self._note.text,
        )
