"""Trains the network for touching digits, `chains.onnx`, and writes it after each epoch.

    python -m webcam_digits.train.legacy.chain_training --data FOLDER --out models/chains.onnx

Data as for `webcam-digits train`; of the people in it, one in twelve is left out, as there.
"""

import logging
import sys
import time
from pathlib import Path

import click

from webcam_digits.errors import DataError, UsageError, WebcamDigitsError
from webcam_digits.outputs.files import check_file
from webcam_digits.train import extras
from webcam_digits.train.classifier.recipe import MOST_SEED


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="FOLDER",
              help="Of archives and IDX files.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=Path("chains.onnx"), show_default=True,
              metavar="FILE", help="The network to write.")  # fmt: skip
@click.option("--scenes", type=click.IntRange(min=1), default=8000, show_default=True,
              help="How many to render and cut chains from.")  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), default=12, show_default=True,
              help="Passes over the chains.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, MOST_SEED), default=0, show_default=True,
              help="Decides all chance.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True,
              help="Threads that train.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace an existing network.")
def main(data: Path, out: Path, scenes: int, epochs: int, seed: int, threads: int, force: bool) -> None:
    """Train the network that reads touching digits."""
    logging.basicConfig(format="%(message)s")
    try:
        if out.suffix.lower() != ".onnx":
            raise UsageError(f"--out {out} must end in .onnx: it is a model file")
        check_file(out, "--out", inputs=[data], force=force)
        extras.require("train")
        _train(data, out, scenes, epochs, seed, threads)
    except WebcamDigitsError as error:
        raise click.ClickException(str(error)) from error


def _train(data: Path, out: Path, scenes: int, epochs: int, seed: int, threads: int) -> None:
    import torch

    from webcam_digits.train.classifier.export import export_chains
    from webcam_digits.train.data.corpus import collect
    from webcam_digits.train.data.folder import find_sets
    from webcam_digits.train.legacy.chain_fit import fit_chains
    from webcam_digits.train.legacy.chains import chains

    torch.set_num_threads(threads)
    sets = find_sets(data)
    if not sets:
        raise DataError(f"{data} holds no digits to train on: give the folder that webcam-digits train had")
    material = collect(data, sets, seed)
    found = chains(scenes, seed, material.people(seed))
    _log(f"{len(found)} chains, one in fifty of them to validate on")
    start = time.monotonic()
    for epoch in fit_chains(found, epochs, seed):
        seconds = round(time.monotonic() - start)
        about = {
            "chains": len(found),
            "scenes": scenes,
            "epochs": epoch.number,
            "seed": seed,
            "exact": round(epoch.exact, 4),
            "seconds": seconds,
        }
        export_chains(epoch.network, about, out)
        _log(
            f"epoch {epoch.number}/{epochs}: loss {epoch.loss:.3f}, {epoch.exact:.2%} of the held-out chains"
            f" read without an error, {seconds} s; {out} written"
        )


def _log(line: str) -> None:
    click.echo(line, err=True)
    sys.stderr.flush()


if __name__ == "__main__":
    main()
