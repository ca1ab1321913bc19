"""The fifteen corruptions of MNIST-C: pictures that are harder to read and still show the same digit.

They are those of Mu and Gilmer, "MNIST-C: A Robustness Benchmark for Computer Vision" (arXiv
1906.02337); their strengths are those of its program (github.com/google-research/mnist-c). They are drawn
again here, so figures compare with published ones in size, not to the digit. They only measure: training on
them would make the measure worthless.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.datasets import Picture

Corruption = Callable[[Picture, np.random.Generator], Picture]
Plane = NDArray[np.float32]

SIDE = 28  # pixels, both sides of every picture here

_CENTRE = (SIDE - 1) / 2
_FULL = 255.0

_PHOTONS = 3  # of a white pixel
_IMPULSES = 0.17  # share of the pixels
_GLASS_BLUR, _GLASS_PASSES = 0.7, 2  # pixels, standard deviation; times every pixel may change places
_MOTION_BLUR, _MOTION_REACH = 3.0, 20  # pixels, standard deviation and end of half a bell
_MOTION_ANGLE = 45.0  # degrees off the horizontal, at most
_ANGLE = 0.4  # radians, of slant and of rotation
_SCALE = 0.7
_SHIFT = 3  # pixels along each axis
_BRIGHTER = 0.5  # of white
_BAND = 7  # pixels, the stripes' width
_FOG, _FOG_DECAY = 3.0, 1.4  # fog's depth as a multiple of white; the higher, the smoother
_FOG_SIDE = 256  # pixels; the picture sees a corner of the fog
_SPATTER_MEAN, _SPATTER_SPREAD = 0.65, 0.3  # of the liquid's height
_SPATTER_LEVEL = 0.65  # height; what rises above it is mud
_SPATTER_BLUR, _SPATTER_EDGE, _SPATTER_LEAST = 1.0, 1.5, 0.8  # pixels, pixels, cover that shows
_MUD = 63.0  # grey level
_LINE_REACH = 2.3  # pixels from a drawn line's middle at which its logarithmic profile falls to nothing
_DASH = 2  # pixels, of the dotted line and of its gaps
_ZIGZAG = 2.0  # pixels up and down, and a quarter of its length
_ZIGZAG_START, _ZIGZAG_END, _ZIGZAG_RISE = 2, 25, 5  # columns, and rows from end to end at most


def shot_noise(picture: Picture, generator: np.random.Generator) -> Picture:
    """Too little light: a pixel is as bright as the few photons that happened to reach it."""
    return _to_picture(generator.poisson(picture * (_PHOTONS / _FULL)) * (_FULL / _PHOTONS))


def impulse_noise(picture: Picture, generator: np.random.Generator) -> Picture:
    """Dead pixels: some are black, as many are white."""
    chance = generator.random(picture.shape)
    salted = np.where(chance < _IMPULSES / 2, np.uint8(255), picture)
    return np.where(chance > 1 - _IMPULSES / 2, np.uint8(0), salted)


def glass_blur(picture: Picture, generator: np.random.Generator) -> Picture:
    """Frosted glass: blurred, neighbours at random changed for each other, blurred again."""
    pixels = _blur(picture, _GLASS_BLUR).ravel().tolist()
    first, last = 2, SIDE - 1  # of the rows and columns, from the last to the first
    for _ in range(_GLASS_PASSES):
        chance = generator.integers(0, 8, (SIDE, SIDE)).tolist()
        for y in range(last, first - 1, -1):
            for x in range(last, first - 1, -1):
                stays, up, left = chance[y][x] & 1, chance[y][x] >> 1 & 1, chance[y][x] >> 2
                if not stays:
                    here, there = y * SIDE + x, (y - up) * SIDE + x - left
                    pixels[here], pixels[there] = pixels[there], pixels[here]
    return _to_picture(_blur(np.array(pixels).reshape(SIDE, SIDE), _GLASS_BLUR))


def motion_blur(picture: Picture, generator: np.random.Generator) -> Picture:
    """A moving hand: smeared towards one side, more or less along the rows."""
    kernel = np.zeros((2 * _MOTION_REACH + 1,) * 2, np.float32)
    kernel[_MOTION_REACH, _MOTION_REACH:] = np.exp(
        -(np.arange(_MOTION_REACH + 1) ** 2) / (2 * _MOTION_BLUR**2)
    )
    angle = float(generator.uniform(-_MOTION_ANGLE, _MOTION_ANGLE))
    turn = cv2.getRotationMatrix2D((_MOTION_REACH, _MOTION_REACH), angle, 1)
    turned = cv2.warpAffine(kernel, turn, kernel.shape)
    return np.asarray(
        cv2.filter2D(picture, -1, turned / turned.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8
    )


def shear(picture: Picture, generator: np.random.Generator) -> Picture:
    """Slanted to one side or the other."""
    return _warp(picture, np.array([[1, np.tan(_ANGLE) * _sign(generator)], [0, 1]]))


def scale(picture: Picture, generator: np.random.Generator) -> Picture:
    """Smaller, in the middle."""
    return _warp(picture, np.eye(2) * _SCALE)


def rotate(picture: Picture, generator: np.random.Generator) -> Picture:
    """Turned by 23 degrees to one side or the other."""
    cos, sin = np.cos(_ANGLE), np.sin(_ANGLE) * _sign(generator)
    return _warp(picture, np.array([[cos, -sin], [sin, cos]]))


def brightness(picture: Picture, generator: np.random.Generator) -> Picture:
    """Lighter by half; the ground becomes grey, and ink that was lighter than that white."""
    return _to_picture(picture + _BRIGHTER * _FULL)


def translate(picture: Picture, generator: np.random.Generator) -> Picture:
    """Moved towards one of the four corners."""
    return _warp(picture, np.eye(2), shift=_SHIFT * np.array([_sign(generator), _sign(generator)]))


def stripe(picture: Picture, generator: np.random.Generator) -> Picture:
    """Negative in the outer quarters, left and right."""
    striped = picture.copy()
    for band in (striped[:, :_BAND], striped[:, -_BAND:]):
        cv2.bitwise_not(band, band)
    return striped


def fog(picture: Picture, generator: np.random.Generator) -> Picture:
    """Clouds before it, three times as bright as its ink, and all of it darkened to fit in again."""
    peak = float(picture.max()) / _FULL
    foggy = picture / _FULL + _FOG * _clouds(generator)[:SIDE, :SIDE]
    return _to_picture(foggy * (_FULL * peak / (peak + _FOG)))


def spatter(picture: Picture, generator: np.random.Generator) -> Picture:
    """Spattered with mud, dark grey."""
    liquid = generator.normal(_SPATTER_MEAN, _SPATTER_SPREAD, picture.shape).astype(np.float32)
    wet = (_blur(liquid, _SPATTER_BLUR) > _SPATTER_LEVEL).astype(np.float32)
    cover = _blur(wet, _SPATTER_EDGE)
    cover[cover < _SPATTER_LEAST] = 0
    return _to_picture(picture * (1 - cover) + _MUD * cover)


def dotted_line(picture: Picture, generator: np.random.Generator) -> Picture:
    """Crossed by a dotted line from the left to the right."""
    start, end = generator.integers(0, SIDE - 1, 2)
    line = _line(np.linspace(start, end, SIDE))
    line[:, np.arange(SIDE) // _DASH % 2 == 0] = 0
    return _to_picture(picture + _FULL * line)


def zigzag(picture: Picture, generator: np.random.Generator) -> Picture:
    """Crossed by a zigzag line from the left to the right."""
    width = _ZIGZAG_END - _ZIGZAG_START
    start = int(generator.integers(0, SIDE - 1))
    slope = np.arctan(int(generator.integers(-_ZIGZAG_RISE, _ZIGZAG_RISE)) / width)
    length = width / np.cos(slope)
    along = np.array([0, *np.arange(_ZIGZAG, length, 2 * _ZIGZAG), length])
    across = _ZIGZAG * np.array([0, *np.resize([1, -1], len(along) - 2), 0])
    columns = _ZIGZAG_START + along * np.cos(slope) - across * np.sin(slope)
    rows = start + along * np.sin(slope) + across * np.cos(slope)
    line = _line(np.interp(np.arange(SIDE), columns, rows, left=np.inf, right=np.inf))
    return _to_picture(picture + _FULL * line)


def canny_edges(picture: Picture, generator: np.random.Generator) -> Picture:
    """Only its edges, as Canny's detector finds them."""
    from skimage.feature import canny

    edges: NDArray[np.bool_] = canny(picture / _FULL)  # type: ignore[no-untyped-call]
    return _to_picture(edges * _FULL)


CORRUPTIONS: Mapping[str, Corruption] = MappingProxyType(
    {
        corruption.__name__: corruption
        for corruption in (
            shot_noise,
            impulse_noise,
            glass_blur,
            motion_blur,
            shear,
            scale,
            rotate,
            brightness,
            translate,
            stripe,
            fog,
            spatter,
            dotted_line,
            zigzag,
            canny_edges,
        )
    }
)


def _sign(generator: np.random.Generator) -> int:
    return 1 if generator.random() < 0.5 else -1


def _to_picture(levels: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(np.rint(levels), 0, _FULL), np.uint8)


def _blur(picture: NDArray[np.number], sigma: float) -> Plane:
    plane = picture.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


def _warp(
    picture: Picture, matrix: NDArray[np.floating], shift: float | NDArray[np.floating] = 0.0
) -> Picture:
    """The picture with each point p, seen from its centre, moved to matrix @ p + shift; black comes in."""
    centre = np.full(2, _CENTRE)
    offset = centre - matrix @ centre + shift
    return np.asarray(cv2.warpAffine(picture, np.column_stack([matrix, offset]), (SIDE, SIDE)), np.uint8)


def _clouds(generator: np.random.Generator) -> Plane:
    """(256, 256) clouds within 0..1, by the diamond-square algorithm (Fournier, Fussell, Carpenter 1982)."""
    clouds, depth = np.zeros((1, 1), np.float32), 1.0
    while len(clouds) < _FOG_SIDE:
        clouds = _finer(clouds, depth, generator)
        depth /= _FOG_DECAY**2
    return np.asarray((clouds - clouds.min()) / np.ptp(clouds), np.float32)


def _finer(clouds: Plane, depth: float, generator: np.random.Generator) -> Plane:
    """(2n, 2n) from (n, n): a new point is the mean of four neighbours and chance; opposite edges meet."""
    finer = np.float32(depth) * (2 * generator.random((2 * len(clouds),) * 2, np.float32) - 1)
    finer[::2, ::2] = clouds
    below, right = (clouds + np.roll(clouds, -1, axis) for axis in (0, 1))
    finer[1::2, 1::2] += (below + np.roll(below, -1, 1)) / 4
    middles = finer[1::2, 1::2]
    finer[::2, 1::2] += (right + middles + np.roll(middles, 1, 0)) / 4
    finer[1::2, ::2] += (below + middles + np.roll(middles, 1, 1)) / 4
    return finer


def _line(middle: NDArray[np.floating]) -> NDArray[np.float64]:
    """(28, 28) within 0..1, a line through row `middle[x]` of each column x; none where that is infinite."""
    distance = np.abs(np.arange(SIDE)[:, None] - middle)
    faded = np.clip(distance / _LINE_REACH, 0, 1 - 1e-9)
    return np.asarray(np.maximum(1 + np.log1p(-faded), 0))
