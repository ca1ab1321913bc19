"""A contact sheet of crops, to look at: `python -m webcam_digits.train.scenes DATA sheet.png --boxes`."""

from itertools import count, islice
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.scenes.crops import KINDS, Crop, Crops

_COLUMNS = 8
_GREEN, _MAGENTA = (0, 160, 0), (200, 0, 200)


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the crops.")
@click.option("--count", "wanted", type=click.IntRange(1, 1000), default=64, show_default=True)
@click.option("--kind", type=click.Choice(KINDS), multiple=True, help="Only crops of this kind.")
@click.option("--boxes", is_flag=True, help="Draw the truth: digits green, what is ignored magenta.")
@click.option("--validation", is_flag=True, help="Crops of the validation part.")
def main(
    data: Path, out: Path, seed: int, wanted: int, kind: tuple[str, ...], boxes: bool, validation: bool
) -> None:
    """Draw crops of the data in folder DATA side by side into the picture OUT."""
    try:
        crops = Crops(data, "validation" if validation else "train")
    except WebcamDigitsError as error:
        raise click.ClickException(str(error)) from error
    drawn = (crops.draw(seed, index) for index in count())
    chosen = islice((crop for crop in drawn if not kind or crop.kind in kind), wanted)
    tiles = [_marked(crop) if boxes else crop.image for crop in chosen]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    sheet = np.vstack([np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)])
    try:
        written = cv2.imwrite(str(out), sheet)
    except cv2.error:  # an ending that is not a picture's
        written = False
    if not written:
        raise click.ClickException(f"cannot write {out}: name a .png file in a folder that exists")


def _marked(crop: Crop) -> NDArray[np.uint8]:
    image = crop.image.copy()
    for left, top, right, bottom in crop.ignored.astype(int).tolist():
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), _MAGENTA, 1)
    for (left, top, right, bottom), label in zip(crop.boxes.astype(int).tolist(), crop.labels, strict=True):
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), _GREEN, 1)
        cv2.putText(image, str(label), (left, max(top - 2, 8)), cv2.FONT_HERSHEY_SIMPLEX, 0.35, _GREEN)
    return image


if __name__ == "__main__":
    main()
