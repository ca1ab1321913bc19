import logging

import pytest

from webcam_digits.logs import log_to_stderr, masked, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://cam.local/video", "http://cam.local/video"),
        ("rtsp://me:secret@cam/1?x=1", "rtsp://***@cam/1?x=1"),
        ("rtsp://me:se@cr/e?t@cam/1", "rtsp://***@cam/1"),
        ("rtsp://me:sec ret@cam/1", "rtsp://***@cam/1"),
        ("http://cam/v?user=me&size=1&Password=secret#x", "http://cam/v?user=***&size=1&Password=***#x"),
        ("http://cam/v?loginuse=me&loginpas=secret", "http://cam/v?loginuse=***&loginpas=***"),
        ("http://cam/v?api_key=secret&access_token=x&f=1", "http://cam/v?api_key=***&access_token=***&f=1"),
        (
            "rtsp://cam/user=me_password=se_cret_channel=1.sdp?real_stream",
            "rtsp://cam/user=***_password=***_channel=1.sdp?real_stream",
        ),
        ("No such command 'rtp://me:secret@cam'.", "No such command 'rtp://***@cam'."),
        ("try `rtp://me:secret@cam` or `rtp://me:secret@cam`", "try `rtp://***@cam` or `rtp://***@cam`"),
        ("there is no folder http:/me:secret@cam", "there is no folder http:/***@cam"),  # as paths have it
        ("saved me@home/user=1.png: done", "saved me@home/user=1.png: done"),
        ("C:/me@home/a.png", "C:/me@home/a.png"),
    ],
)
def test_credentials_are_masked(text, shown):
    assert masked(text) == shown


def test_a_message_is_one_line():
    assert (
        one_line("there is no file a\nb\x1b[2J\x85\u2028.avi")
        == r"there is no file a\nb\x1b[2J\x85\u2028.avi"
    )
    assert one_line("Zahlen \N{SNOWMAN}.avi") == "Zahlen \N{SNOWMAN}.avi"


def test_whatever_is_logged_is_shown_like_that(capsys):
    package = logging.getLogger("webcam_digits")
    before = package.handlers, package.level
    try:
        log_to_stderr()
        logger = logging.getLogger("webcam_digits.somewhere")
        logger.info("%s\n", "http://me:secret@cam")
        logger.debug("not printed")
        try:
            raise ValueError("http://me:secret@cam")
        except ValueError:
            logger.error("failed", exc_info=True)
    finally:
        package.handlers, package.level = before
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == r"webcam-digits: http://***@cam\n"
    assert lines[1] == "webcam-digits: failed"
    assert lines[-1] == "ValueError: http://***@cam"


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:9/@bob/live.m3u8 is gone",
        "https://host/video?email=me@x.org",
        "C:/a/key=3.png",
        "a@b.jpg",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert masked(text) == text


def test_masking_a_long_text_takes_no_time():
    assert masked("http://h/" + "key" * 20_000).startswith("http://h/")
