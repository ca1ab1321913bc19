"""A flat sheet -> the picture a webcam takes of it: perspective, light, blur, noise, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]  # (h, w, 3), BGR, 0..255

USUAL_TURN = 9.0  # degrees; who wants to be read holds a sheet no more askew than this


def viewpoint(
    shape: tuple[int, int], tilt: float, rng: np.random.Generator, *, turn: float = USUAL_TURN
) -> NDArray[np.float64]:
    """(3, 3) homography from the sheet to the frame, of the same shape.

    Args:
        shape: (h, w) of both.
        tilt: how far the sheet is turned and held askew, 0 (flat and filling the frame) to 1.
        rng: decides the angles.
        turn: degrees at most; beyond USUAL_TURN the sheet is so far away that all of it is in view.
    """
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    middle = corners.mean(axis=0)
    angle = np.deg2rad(turn * tilt * rng.uniform(-1, 1))
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    size = 1 + tilt * rng.uniform(-0.2, 0.05)
    if turn > USUAL_TURN:
        size *= (middle / np.abs((corners - middle) @ rotation).max(axis=0)).min()
    seen = (corners - middle) @ rotation * size + middle
    seen += 0.06 * tilt * rng.uniform(-1, 1, (4, 2)) * (width, height)
    return np.asarray(
        cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32)), np.float64
    )


def from_afar(
    homography: NDArray[np.float64], shape: tuple[int, int], distance: float
) -> NDArray[np.float64]:
    """A viewpoint so many times as far away, towards the same middle of the picture, of shape (h, w)."""
    x, y = shape[1] / 2, shape[0] / 2
    smaller = np.array([[1, 0, x * (distance - 1)], [0, 1, y * (distance - 1)], [0, 0, distance]])
    return np.asarray(smaller @ homography, np.float64)


def lit(picture: Picture, rng: np.random.Generator, *, harsh: bool = False) -> Picture:
    """In uneven light: falling off to a side and to the corners, at times with a shadow or a glare.

    Args:
        picture: (h, w, 3).
        rng: decides the light.
        harsh: the shadows of things near the sheet have hard edges, and the corners are dark.
    """
    height, width = picture.shape[:2]
    if harsh:
        picture = picture * _hard_shadows((height, width), rng)[..., None]
    small = max(height // 8, 2), max(width // 8, 2)  # light changes slowly
    y, x = np.mgrid[-1 : 1 : small[0] * 1j, -1 : 1 : small[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0, 0.22) * (1 + x * np.cos(angle) + y * np.sin(angle))
    light *= 1 - rng.uniform(0, 0.35 if harsh else 0.2) * (x * x + y * y)
    if rng.random() < 0.35:
        light *= _shadow(small, rng)
    picture = picture * _enlarged(light, (height, width))
    if rng.random() < 0.15:
        cx, cy = rng.uniform(-1, 1, 2)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.01, 0.15))
        picture = picture + _enlarged(rng.uniform(30, 160) * spot, (height, width))
    return np.asarray(picture, np.float32)


def photographed(picture: Picture, rng: np.random.Generator, *, wear: float = 1.0) -> NDArray[np.uint8]:
    """As the camera delivers it.

    Args:
        picture: (h, w, 3).
        rng: decides blur, exposure, noise and compression.
        wear: 1 for the usual range of webcams, 0 for a good one that is held still.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    height = picture.shape[0]
    exposure = rng.uniform(0.75, 1.12) * rng.uniform(0.94, 1.06, 3)
    picture = picture * exposure.astype(np.float32)
    if rng.random() < 0.15 * wear:
        picture = cv2.filter2D(picture, -1, _motion(int(0.008 * height) + 2, rng))  # type: ignore[assignment]
    sigma = rng.uniform(0.3, 0.3 + 0.0022 * height * wear)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)
    noise = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(rng.uniform(0.5, 1 + 5 * wear))
    sensor = np.clip(picture + noise[..., None], 0, 255).astype(np.uint8)
    coded = cv2.imencode(
        ".jpg", sensor, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(int(90 - 45 * wear), 96))]
    )[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _shadow(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """A hand's or head's shadow, with an edge from hard to soft: 1 where there is none."""
    height, width = shape
    mask = np.zeros(shape, np.float32)
    middle = rng.uniform(0, 1, 2) * (width, height)
    spokes = np.sort(rng.uniform(0, 2 * np.pi, 9))
    reach = rng.uniform(0.2, 0.9, (9, 1)) * max(shape)
    outline = middle + reach * np.stack([np.cos(spokes), np.sin(spokes)], axis=-1)
    cv2.fillPoly(mask, [outline.astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.6, 8)))
    return np.asarray(1 - np.float32(rng.uniform(0.15, 0.55)) * soft, np.float32)


def _hard_shadows(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Of a hand, of fingers or a lamp's arm, or of a window's bars: the light that is left."""
    height, width = shape
    mask = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        start, end = (rng.uniform(-0.2, 1.2, 2) * (width, height) for _ in range(2))
        thick = int(rng.uniform(0.06, 0.35) * height)  # from a finger's to an arm's
        cv2.line(mask, start.astype(int).tolist(), end.astype(int).tolist(), 1.0, thick)
    if rng.random() < 0.5:  # and half of the picture beyond a straight edge
        angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.8)
        across = np.cos(angle) * np.linspace(0, 1, width) + np.sin(angle) * np.linspace(0, 1, height)[:, None]
        mask[across > across.min() + place * np.ptp(across)] = 1.0
    soft = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.3, 0.004 * height)))
    return np.asarray(1 - np.float32(rng.uniform(0.2, 0.6)) * soft, np.float32)


def _motion(length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The kernel of a short straight movement."""
    size = 2 * length + 1
    kernel = np.zeros((size, size), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = length * rng.uniform(0.3, 0.9)
    step = round(reach * np.cos(angle)), round(reach * np.sin(angle))
    cv2.line(kernel, (length - step[0], length - step[1]), (length + step[0], length + step[1]), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _enlarged(field: NDArray[np.floating], shape: tuple[int, int]) -> NDArray[np.float32]:
    large = cv2.resize(field.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[..., None], np.float32)
