"""The region of interest: which alone is read, as people give it and are told of it."""

import re

from webcam_digits.errors import UsageError
from webcam_digits.types import Box

_FORM = re.compile(r"(\d{1,5}),(\d{1,5}),(\d{1,5})x(\d{1,5})", re.ASCII)


def parse_roi(text: str) -> Box:
    """The region, in pixels of the picture, of a text such as "100,50,640x360": X,Y,WxH.

    Raises:
        ValueError: the text is of another form, or the region empty.
    """
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not like 100,50,640x360")
    region = Box(*map(int, match.groups()))
    if region.width == 0 or region.height == 0:
        raise ValueError(f"{text!r} has no width or no height")
    return region


def roi_text(region: Box) -> str:
    """The region as `parse_roi` takes it."""
    return f"{region.x},{region.y},{region.width}x{region.height}"


def roi_within(region: Box, width: int, height: int) -> Box:
    """The part of a region that lies in a picture of this size.

    Raises:
        UsageError: none of it does.
    """
    right, bottom = min(region.right, width), min(region.bottom, height)
    if region.x >= right or region.y >= bottom:
        raise UsageError(
            f"the region {roi_text(region)} lies outside the picture, which is {width}x{height}: "
            "give --roi X,Y,WxH within that"
        )
    return Box(region.x, region.y, right - region.x, bottom - region.y)
