"""What all sources of frames have in common: cameras, video files and streams."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from webcam_digits.pixels import rotated
from webcam_digits.types import Image


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: (h, w, 3) uint8 BGR, not to be written into. The size may change from frame to frame.
        index: counted from 0; live sources count every frame they delivered, seen or not.
        time: seconds; the clip's own time in a file, else since the first frame. It never runs backwards.
        warmed_up: False while a camera just opened still finds its exposure: to be shown, not to be read.
    """

    image: Image
    index: int
    time: float
    warmed_up: bool = True


class Source(ABC):
    """Frames one after the other; a context manager that closes the device, and iterable.

    Attributes:
        name: as shown to users; the credentials of a URL are masked.
        live: the source delivers when it likes, so that the newest frame counts; else every frame does.
        fps: frames a second as the source states them; 30 where that is nonsense.
        frame_count: of a file that states it, else None. It is often an estimate.
        trouble: one sentence for users while a live source does not deliver; None when all is well.
        closed: nothing more is read.
    """

    def __init__(self, name: str, fps: float, *, live: bool, frame_count: int | None = None) -> None:
        self.name = name.encode(errors="replace").decode()  # some files' names are not text
        self.live = live
        self.fps = fps
        self.frame_count = frame_count
        self.trouble: str | None = None
        self.closed = False

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame of a file, None at its end; the newest of a live source, None while there is none.

        A live source is waited for no longer than a tenth of a second. A closed one gives None.

        Raises:
            SourceLostError: a live source stopped delivering, and did not come back in time.
        """

    def close(self) -> None:
        """Give the device back. A driver that hangs is left behind after a second."""
        self.closed = True

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self.read()) is not None or (self.live and not self.closed):
            if frame is not None:
                yield frame

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RotatedSource(Source):
    """The frames of another source, turned clockwise by 90, 180 or 270 degrees."""

    def __init__(self, source: Source, degrees: int) -> None:
        super().__init__(source.name, source.fps, live=source.live, frame_count=source.frame_count)
        self._source = source
        self._degrees = degrees

    def read(self) -> Frame | None:
        """As the other source's."""
        frame = self._source.read()
        self.trouble = self._source.trouble
        return frame and replace(frame, image=rotated(frame.image, self._degrees))

    def close(self) -> None:
        """Close the other source."""
        super().close()
        self._source.close()
