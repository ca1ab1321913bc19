"""How well digits are read, on all labelled sets side by side.

    python bench/accuracy.py [--detector FILE] [--peer rapidocr] [--shipped] [--sets real,orand]
        [--json FILE] [--explain FOLDER]

Without --detector and --peer it is the shipped reader. The sets lie in the folder that DIGITS_SHARED names,
by default ../shared beside the clone. CONTRIBUTING.md explains the columns.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import click
import cv2
from scoring.clip_scoring import ClipScore, score_clip, watch
from scoring.failure_pages import failure_page
from scoring.labelled import BLIND, SETS, Clip, Picture, clips, pictures
from scoring.readers import PEERS, Answer, Reader, Shipped, detectors, peer
from scoring.results import Result, as_object, box_lines, clip_lines, header, judge, line

from webcam_digits.errors import ImageError, UsageError, WebcamDigitsError
from webcam_digits.outputs.files import check_file, check_folder, write_whole
from webcam_digits.outputs.progress import Progress
from webcam_digits.sources.photos import read_photo
from webcam_digits.types import Reading

CLIPS = "clips"
_SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True, slots=True)
class Material:
    """What is read: the pictures of each set, and clips."""

    sets: Mapping[str, Sequence[Picture]]
    clips: Sequence[Clip]


def gather(shared: Path, names: Iterable[str], limit: int | None) -> Material:
    """What there is of the sets that are named; what is missing is said on standard error.

    Raises:
        UsageError: where nothing is there.
    """
    sets: dict[str, list[Picture]] = {}
    films: list[Clip] = []
    for name in names:
        try:
            if name == CLIPS:
                films = clips(shared)[:limit]
            else:
                sets[name] = pictures(shared, SETS[name])[:limit]
        except FileNotFoundError as error:
            click.echo(f"{name} is skipped: there is no file {error.filename}", err=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            click.echo(f"{name} is skipped: its labels cannot be read ({error!r})", err=True)
    sets = {name: chosen for name, chosen in sets.items() if chosen}
    if not sets and not films:
        raise UsageError("there is nothing to read: set DIGITS_SHARED to the folder with the labelled sets")
    return Material(sets, films)


def measure(
    sets: Mapping[str, Sequence[Picture]], readers: Sequence[Reader], *, by_tag: bool
) -> dict[tuple[str, str], Result]:
    """Read the sets, each picture once, and print the tables.

    A picture that cannot be opened is reported, and counts as one in which nothing is read.
    """
    answers: dict[tuple[str, Path], Answer] = {}
    results: dict[tuple[str, str], Result] = {}
    count = len(readers) * len({picture.path for chosen in sets.values() for picture in chosen})
    click.echo(header())
    try:
        with Progress(count) as progress:
            for name, reader in product(sets, readers):
                for picture in sets[name]:
                    if (reader.name, picture.path) not in answers:
                        answers[reader.name, picture.path] = _answer(reader, picture.path)
                        progress.advance()
                progress.clear()
                result = judge([(picture, answers[reader.name, picture.path]) for picture in sets[name]])
                results[name, reader.name] = result
                click.echo(line(name, reader.name, result.figures, result.milliseconds))
                for tag, figures in result.tags.items() if by_tag else ():
                    click.echo(line(f"  {tag}", reader.name, figures))
    finally:  # also of what was finished before Ctrl-C
        for text in box_lines(results):
            click.echo(text)
    return results


def _answer(reader: Reader, path: Path) -> Answer:
    try:
        image = read_photo(str(path))
    except ImageError as error:
        click.echo(f"{error}; it counts as read empty", err=True)
        return Answer(Reading((), 0, 0), None, located=True, milliseconds=0.0)
    return reader.answer(image)


def watch_all(films: Sequence[Clip], readers: Sequence[Reader]) -> dict[str, dict[str, ClipScore]]:
    """Read the clips, and print a table; by the readers' and the files' names.

    Raises:
        SourceError: a clip cannot be opened.
    """
    scores: dict[str, dict[str, ClipScore]] = {}
    try:
        for reader, clip in product(readers, films):
            click.echo(f"{reader.name} reads {clip.path.name}", err=True)
            printed = watch(reader.read, clip, reader.every)
            scores.setdefault(reader.name, {})[clip.path.name] = score_clip(clip.segments, printed)
    finally:
        for text in clip_lines(scores) if scores else ():
            click.echo(text)
    return scores


def explain_all(folder: Path, results: Mapping[tuple[str, str], Result]) -> None:
    """Write a page for each set and reader.

    Raises:
        OutputError: one cannot be written.
    """
    folder.mkdir(exist_ok=True)
    for (name, reader), result in results.items():
        page = failure_page(f"{name}: what {reader} misread", result.answers)
        if page is None:
            click.echo(f"no page for {name}: all of its pictures are tagged {BLIND}", err=True)
        else:
            file = re.sub(r"[^\w.-]+", "-", f"{name}-{reader}")  # a reader's name may be a path
            write_whole(folder / f"{file}.html", page)


def _names(context: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    names = value.replace(",", " ").split()
    for name in names:
        if name not in (*SETS, CLIPS):
            raise click.BadParameter(f"{name} is not one of {', '.join((*SETS, CLIPS))}")
    return names


_PATH = click.Path(path_type=Path)


@click.command(help=__doc__)
@click.option(
    "--detector", "files", type=_PATH, multiple=True, metavar="FILE", help="A detector's raw reading."
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="The least confidence, instead of the file's.")
@click.option("--peer", "peers", type=click.Choice(PEERS), multiple=True, help="Another engine.")
@click.option("--shipped", is_flag=True, help="The shipped reader beside these.")
@click.option("--sets", "names", default=",".join((*SETS, CLIPS)), show_default=True, callback=_names)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N of each set.")
@click.option("--json", "out", type=_PATH, metavar="FILE", help="Write all figures and readings.")
@click.option("--explain", type=_PATH, metavar="FOLDER", help="Write a page of each set's failures.")
@click.option("--verbose", "-v", is_flag=True, help="Print the figures of each tag, too.")
def main(
    files: Sequence[Path],
    threshold: float | None,
    peers: Sequence[str],
    shipped: bool,
    names: Sequence[str],
    limit: int | None,
    out: Path | None,
    explain: Path | None,
    verbose: bool,
) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    try:
        if out is not None:
            check_file(out, "--json", force=True)
        if explain is not None:
            check_folder(explain, "--explain", create=True)
        material = gather(Path(os.environ.get("DIGITS_SHARED") or _SHARED), names, limit)
        readers: list[Reader] = [Shipped()] if shipped or not (files or peers) else []
        readers += detectors(files, threshold)
        readers += [peer(name) for name in peers]
        results = measure(material.sets, readers, by_tag=verbose) if material.sets else {}
        scores = watch_all(material.clips, readers)
        if out is not None:
            write_whole(out, json.dumps(as_object(results, scores), indent=1).encode())
        if explain is not None:
            explain_all(explain, results)
    except KeyboardInterrupt as interrupt:
        click.echo("accuracy.py: interrupted; the sets above are finished", err=True)
        raise SystemExit(130) from interrupt
    except WebcamDigitsError as error:
        click.echo(f"accuracy.py: {error}", err=True)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
