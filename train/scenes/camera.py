"""What light, lens, sensor and coding make of a view."""

import cv2
import numpy as np
from numpy.typing import NDArray

View = NDArray[np.float32]  # (h, w, 3), BGR, 0..255

_DIGITAL = 0.08  # of the pictures have seen no camera
_BLUR = 0.1  # of the least digit's height; more of it and digits could not be read
_NOISE = 0.35  # of the faintest digit's contrast, likewise


def lit(view: View, rng: np.random.Generator, *, poor: float) -> View:
    """In uneven light: falling off, with shadows of soft or hard edges, or a glare."""
    height, width = view.shape[:2]
    small = (max(height // 8, 2), max(width // 8, 2))
    y, x = np.mgrid[-1 : 1 : small[0] * 1j, -1 : 1 : small[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - np.float32(rng.uniform(0, 0.05 + 0.25 * poor)) * (1 + x * np.cos(angle) + y * np.sin(angle))
    view = view * _enlarged(light, (height, width))
    if rng.random() < 0.35 * poor:
        view = view * _shadow((height, width), rng)[..., None]
    if rng.random() < 0.12 * poor:
        cx, cy = rng.uniform(-1, 1, 2)
        spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / rng.uniform(0.01, 0.3))
        view = view + _enlarged(np.float32(rng.uniform(20, 130)) * spot, (height, width))
    return np.asarray(view, np.float32)


def photographed(
    view: View, rng: np.random.Generator, *, least: float, contrast: float, poor: float
) -> NDArray[np.uint8]:
    """As the camera delivers it.

    Args:
        view: (h, w, 3).
        rng: decides how good the camera is.
        least: height in pixels of the least digit that must stay legible.
        contrast: grey levels of the faintest one.
        poor: how bad it may be, 0..1.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    if rng.random() < _DIGITAL:
        return _digital(view, rng)
    height, width = view.shape[:2]
    view = view * np.float32(rng.uniform(0.8, 1.15)) * rng.uniform(0.94, 1.06, 3).astype(np.float32)
    most = _BLUR * least * poor
    if rng.random() < 0.12 * poor:
        view = np.asarray(cv2.filter2D(view, -1, _motion(1.5 * most, rng)), np.float32)
    if rng.random() < 0.75:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), 0.2 + rng.uniform(0, max(most, 0.1))), np.float32)
    share = 1.0
    if rng.random() < 0.45 * poor:  # of few pixels, enlarged
        share = float(rng.uniform(max(9 / least, 0.3), 1)) if least > 9 else 1.0
        few = max(round(width * share), 8), max(round(height * share), 8)
        view = np.asarray(cv2.resize(view, few, interpolation=cv2.INTER_AREA), np.float32)
    deviation = np.float32(min(np.exp(rng.uniform(-1, 2.4)), _NOISE * contrast) * (0.2 + poor) / 1.2)
    if rng.random() < 0.7:
        noise = rng.standard_normal(view.shape[:2], np.float32)[..., None]
        if rng.random() < 0.4:
            noise = noise + 0.7 * rng.standard_normal(view.shape, np.float32)
        if rng.random() < 0.3:  # smoothed by the camera
            noise = 1.7 * cv2.GaussianBlur(noise, (0, 0), 0.8).reshape(view.shape[0], view.shape[1], -1)
        view = view + deviation * noise
    if rng.random() < 0.12:  # sharpened
        view = view + np.float32(rng.uniform(0.3, 1.5)) * (view - cv2.GaussianBlur(view, (0, 0), 1.5))
    if rng.random() < 0.3:
        view = np.repeat(view.mean(axis=2, keepdims=True), 3, axis=2)
    sensor = np.clip(view, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        quality = int(rng.integers(20 if poor > 0.5 else 50, 97))
        coded = cv2.imencode(".jpg", sensor, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        sensor = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    if share < 1:
        method = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[int(rng.integers(3))]
        sensor = np.asarray(cv2.resize(sensor, (width, height), interpolation=method), np.uint8)
    return sensor


def _digital(view: View, rng: np.random.Generator) -> NDArray[np.uint8]:
    """As a drawing program or a scanner has it: clean, of few levels, or black and white."""
    picture = np.clip(view, 0, 255).astype(np.uint8)
    lot = rng.random()
    if lot < 0.35:  # black and white
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return np.asarray(cv2.merge([mask, mask, mask]), np.uint8)
    if lot < 0.6:  # light paper becomes white, dark ink black
        low, high = np.percentile(picture, (1, 60))
        stretched = (view - low) * np.float32(255 / max(high - low, 20))
        return np.asarray(np.clip(stretched, 0, 255), np.uint8)
    return picture


def _shadow(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    height, width = shape
    mask = np.zeros(shape, np.float32)
    if rng.random() < 0.5:  # an arm's or a pen's
        start, end = (rng.uniform(-0.2, 1.2, 2) * (width, height) for _ in range(2))
        cv2.line(mask, start.astype(int).tolist(), end.astype(int).tolist(), 1.0, int(rng.uniform(6, 60)))
    else:  # half of the view
        angle = rng.uniform(0, 2 * np.pi)
        across = np.cos(angle) * np.linspace(0, 1, width) + np.sin(angle) * np.linspace(0, 1, height)[:, None]
        mask[across > across.min() + rng.uniform(0.2, 0.8) * np.ptp(across)] = 1.0
    soft = cv2.GaussianBlur(mask, (0, 0), float(np.exp(rng.uniform(-0.7, 2.5))))
    return np.asarray(1 - np.float32(rng.uniform(0.15, 0.6)) * soft, np.float32)


def _motion(length: float, rng: np.random.Generator) -> NDArray[np.float32]:
    size = 2 * int(np.ceil(length)) + 3
    kernel = np.zeros((size, size), np.float32)
    angle, middle = rng.uniform(0, np.pi), size // 2
    step = np.array([np.cos(angle), np.sin(angle)]) * length
    start, end = (np.round((middle + sign * step) * 16).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _enlarged(field: NDArray[np.floating], shape: tuple[int, int]) -> NDArray[np.float32]:
    large = cv2.resize(field.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[..., None], np.float32)
