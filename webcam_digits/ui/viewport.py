"""How a picture is shown: how large, and which way round. Places go both ways between picture and window."""

from dataclasses import dataclass

import cv2
import numpy as np

from webcam_digits.types import Box, Image, Reading
from webcam_digits.ui.controls import Point


@dataclass(frozen=True, slots=True)
class View:
    """A picture's size, and that at which it is shown.

    Only the picture and the places in it are turned by `mirrored`, never what is written on it.

    Attributes:
        size: width and height of the picture in pixels.
        shown: width and height in pixels at which it is drawn.
        mirrored: as in a mirror.
    """

    size: tuple[int, int]
    shown: tuple[int, int]
    mirrored: bool = False

    def image(self, image: Image) -> Image:
        """The picture as it is shown, before anything is drawn on it; the given one is left as it is."""
        if self.shown != self.size:
            # Not INTER_AREA, which takes 40 ms for a picture of 3840x2160.
            image = np.asarray(cv2.resize(image, self.shown, interpolation=cv2.INTER_LINEAR), np.uint8)
        return np.asarray(cv2.flip(image, 1), np.uint8) if self.mirrored else image

    def box(self, box: Box) -> Box:
        """Where a box of the picture is shown."""
        across, down = self.shown[0] / self.size[0], self.shown[1] / self.size[1]
        x, right = round(box.x * across), round(box.right * across)
        y, bottom = round(box.y * down), round(box.bottom * down)
        if self.mirrored:
            x, right = self.shown[0] - right, self.shown[0] - x
        return Box(x, y, right - x, bottom - y)

    def reading(self, reading: Reading) -> Reading:
        """The reading, its boxes where they are shown."""
        return reading.moved(self.box, self.shown)

    def point(self, point: Point) -> Point:
        """The pixel of the picture that is shown at a point; the nearest one, of a point outside."""
        x, y = point
        if self.mirrored:
            x = self.shown[0] - 1 - x
        return (
            min(max(int((x + 0.5) * self.size[0] / self.shown[0]), 0), self.size[0] - 1),
            min(max(int((y + 0.5) * self.size[1] / self.shown[1]), 0), self.size[1] - 1),
        )

    def between(self, start: Point, end: Point) -> Box:
        """The box of the picture whose opposite corners are shown at two points."""
        (left, top), (right, bottom) = self.point(start), self.point(end)
        x, y = min(left, right), min(top, bottom)
        return Box(x, y, abs(right - left) + 1, abs(bottom - top) + 1)
