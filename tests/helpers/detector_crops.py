"""Crops for the detector's tests: digits of OpenCV's own font, quickly drawn, and letters."""

from dataclasses import dataclass

import cv2
import numpy as np

from webcam_digits.train.handwriting.fonts import WEIGHT, substitute

SIDES = 64, 96


@dataclass(frozen=True)
class Crop:
    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    ignored: np.ndarray
    kind: str


class FontCrops:
    def draw(self, seed: int, index: int) -> Crop:
        generator = np.random.default_rng((seed, index))
        digits = index % 3 > 0
        text = "".join(generator.choice(list("0123456789" if digits else "AEHKMNTVWX"), 3))
        image = np.full((*SIDES, 3), generator.integers(150, 255), np.uint8)
        boxes, left = [], int(generator.integers(2, 20))
        for character in text:
            ink = np.zeros(SIDES, np.uint8)
            cv2.putText(ink, character, (left, 48), (255,), substitute(), 28, WEIGHT)
            x, y, width, height = cv2.boundingRect(ink)
            boxes.append((x, y, x + width, y + height))
            image[ink > 100] = generator.integers(0, 60)
            left += 26
        boxes = np.array(boxes if digits else [], np.float32).reshape(-1, 4)
        labels = np.array([int(character) for character in text] if digits else [], np.int64)
        return Crop(image, boxes, labels, np.zeros((0, 4), np.float32), "row" if digits else "letters")
