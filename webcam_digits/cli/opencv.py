"""OpenCV, as a command needs it."""

from webcam_digits.errors import WebcamDigitsError


def prepare_opencv(threads: int = 1) -> None:
    """Import OpenCV and set its threads.

    Raises:
        WebcamDigitsError: it cannot be imported; with the remedy.
    """
    try:
        import cv2
    except ImportError as error:
        raise WebcamDigitsError(
            f"OpenCV cannot be loaded ({error}): on Debian or Ubuntu, apt install libgl1 libglib2.0-0; "
            "or, for use without a window, put opencv-python-headless in the place of opencv-python"
        ) from error
    if not hasattr(cv2, "VideoCapture"):
        raise WebcamDigitsError(
            "OpenCV is broken, as after installing several of its packages over each other: pip uninstall "
            "opencv-python opencv-python-headless opencv-contrib-python, then pip install opencv-python"
        )
    cv2.setNumThreads(threads)
