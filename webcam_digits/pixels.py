"""Pictures of any kind made plain: 8 bits a channel, blue, green and red, the right way up."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def to_bgr(image: NDArray[Any]) -> Image:
    """The picture in 8-bit BGR; what is transparent is on white.

    Args:
        image: (h, w) or (h, w, 1) grey, (h, w, 3) BGR or (h, w, 4) BGRA; uint8 or uint16, not empty. Of 16
            bits the highest bit in use counts, as cameras store 10 or 12 bits in 16.

    Returns:
        (h, w, 3) uint8; the image itself where it is so already.

    Raises:
        ValueError: the image is of another shape or type.
    """
    if image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise ValueError(f"an image is (h, w), (h, w, 3) or (h, w, 4) and not empty, not {image.shape}")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an image is uint8 or uint16, not {image.dtype}")
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(_to_eight_bits(image), cv2.COLOR_GRAY2BGR), np.uint8)
    if image.shape[2] == 3:
        return _to_eight_bits(image)
    colour = _to_eight_bits(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)))
    opacity = cv2.merge([_to_eight_bits(image[:, :, 3])] * 3)  # of other bits than the colours, perhaps
    ink = cv2.multiply(colour, opacity, scale=1 / 255)
    return np.asarray(cv2.add(ink, cv2.bitwise_not(opacity)), np.uint8)


def from_pillow(image: "PillowImage") -> Image:
    """A Pillow image in 8-bit BGR, turned upright as its EXIF data say; what is transparent is on white.

    Raises:
        ValueError: the image is empty, or of floating-point numbers, whose range is not known.
    """
    from PIL import ImageOps  # whoever has such an image has Pillow

    upright = ImageOps.exif_transpose(image)
    if upright.mode == "F":
        raise ValueError("an image is uint8 or uint16, not of floating-point numbers: convert it first")
    if upright.mode.startswith("I"):  # 16 bits, or 32 of which few are in use
        grey = np.maximum(np.asarray(upright, np.int32), 0)
        return to_bgr((grey >> max(int(grey.max(initial=0)).bit_length() - 16, 0)).astype(np.uint16))
    if upright.has_transparency_data:
        return to_bgr(cv2.cvtColor(np.asarray(upright.convert("RGBA")), cv2.COLOR_RGBA2BGRA))
    return np.asarray(cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


def rotated(image: Image, degrees: int) -> Image:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees; by 0 it is the image itself."""
    return np.asarray(cv2.rotate(image, _TURNS[degrees]), np.uint8) if degrees else image


def _to_eight_bits(image: NDArray[Any]) -> Image:
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    return (image >> max(int(image.max()).bit_length() - 8, 0)).astype(np.uint8)
