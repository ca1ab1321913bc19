"""Pictures that carry their number, clips of them, and stand-ins for the reader and the window."""

import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np

from webcam_digits.outputs.video_file import CODECS
from webcam_digits.types import Box, Digit, Line, Reading

SIZE = WIDTH, HEIGHT = 160, 120
BITS, SIDE = 12, 10  # a number is drawn as so many black or white squares of so many pixels
AV1 = bytes.fromhex(  # an IVF file of two white pictures, coded in AV1
    "444b4946000020004156303140004000050000000100000002000000000000001e0000000000"
    "00000000000012000a0a00000002afff9b5f2008320e10009680000200000000e2346cb01500"
    "00000100000000000000120032113003c080000006c0000002800020009910"
)


def picture(number):
    """(120, 160, 3) uint8 that shows `number` as bits."""
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            image[2:14, bit * SIDE : (bit + 1) * SIDE] = 0
    return image


def number_of(image):
    """The number that a picture shows; compression does not hurt it."""
    return sum(1 << bit for bit in range(BITS) if image[8, bit * SIDE + SIDE // 2, 0] < 128)


def write_clip(path, count, fps=30, size=SIZE):
    """A clip of the pictures 0, 1, ... of which each carries its number."""
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*CODECS[path.suffix]), fps, size
    )
    assert writer.isOpened()
    for number in range(count):
        assert writer.write(cv2.resize(picture(number), size))
    writer.release()
    return path


def numbers_in(path):
    """The numbers of a clip's pictures."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    numbers = []
    while True:
        good, image = capture.read()
        if not good:
            return numbers
        numbers.append(number_of(image))


def frames_in(path):
    """How many pictures of a clip can be read."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = 0
    while capture.read()[0]:
        count += 1
    return count


def line(text, x=10, y=20):
    """A line of digits, each 8 pixels wide."""
    digits = tuple(
        Digit(int(label), 0.9, Box(x + 10 * i, y, 8, 20), np.zeros(11, np.float32))
        for i, label in enumerate(text)
        if label != " "
    )
    return Line(text, 0.9, Box(x, y, 10 * len(text) - 2, 20), digits)


class FakeReader:
    """Reads what `text_of` says of a picture's number; notes which ones it was given."""

    min_confidence = 0.5

    def __init__(self, text_of=lambda number: "42", seconds=0.0):
        self.text_of, self.seconds = text_of, seconds
        self.numbers, self.threads = [], set()

    def inspect(self, image, *more):
        time.sleep(self.seconds)
        self.numbers.append(number_of(image))
        self.threads.add(threading.current_thread().name)
        text = self.text_of(self.numbers[-1])
        reading = Reading((line(text),) if text else (), image.shape[1], image.shape[0], {"all": 1.5})
        regions = SimpleNamespace(boxes=np.zeros((0, 4), np.int32))
        return SimpleNamespace(reading=reading, number=self.numbers[-1], regions=regions, verdicts=())


class FakeScreen:
    """A window whose keys are those of a list, one a poll, and whose drags are those of another."""

    def __init__(self, *keys):
        self.drags, self.scale = [], 1
        self.keys, self.pictures, self.is_open, self.fullscreen, self.polls = list(keys), [], True, False, []

    def show(self, image):
        self.pictures.append(image)

    def poll(self, milliseconds):
        self.polls.append(milliseconds)
        return self.keys.pop(0) if self.keys else None

    def drag(self):
        return self.drags.pop(0) if self.drags else None

    def size_for(self, width, height):
        return self.scale * width, self.scale * height

    def toggle_fullscreen(self):
        if self.pictures:  # before the first there is no window
            self.fullscreen = not self.fullscreen
