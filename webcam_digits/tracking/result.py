"""What became of a frame that was read."""

from dataclasses import dataclass, replace

from webcam_digits.reading.reader import Inspection
from webcam_digits.tracking.motion import Thumbnail, estimate_motion, make_thumbnail, moved
from webcam_digits.types import Box, Image, Reading


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a frame.

    Attributes:
        image: (h, w, 3) uint8 BGR: of the frame the part that was read.
        part: where that is in the frame, in pixels.
        inspection: what every stage made of that part.
        reading: the steady one, of the whole frame.
        thumbnail: of the whole frame.
    """

    image: Image
    part: Box
    inspection: Inspection
    reading: Reading
    thumbnail: Thumbnail

    def now(self, image: Image) -> "Result":
        """The same, its reading's boxes moved to where things are in a later frame, (h, w, 3) uint8 BGR.

        Where these are no longer to be found, none are left.
        """
        places = [digit.box for line in self.reading.lines for digit in line.digits]
        if not places:
            return self
        motion = estimate_motion(self.thumbnail, make_thumbnail(image), places)
        if motion.lost:
            return replace(self, reading=replace(self.reading, lines=()))
        return replace(self, reading=moved(self.reading, motion.steadied(places)))

    @property
    def milliseconds(self) -> float:
        """How long reading took."""
        return sum(self.inspection.reading.milliseconds.values())
