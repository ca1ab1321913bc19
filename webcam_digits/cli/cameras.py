"""`webcam-digits cameras`: which cameras there are."""

import json

import click

from webcam_digits.cli.params import message_options
from webcam_digits.errors import SourceError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a camera.")
@message_options
def cameras(as_json: bool) -> int:
    """List the cameras with their sizes and rates.

    None of them is started. Exit code 3 where there is none.
    """
    from webcam_digits.sources.devices import NONE_LISTED, list_cameras

    found = list_cameras()
    if not found:
        raise SourceError(NONE_LISTED)
    for camera in found:
        click.echo(json.dumps(camera.as_json()) if as_json else str(camera))
    return 0
