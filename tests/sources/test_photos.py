import io
import os
import struct
import zlib

import cv2
import numpy as np
import pytest

from webcam_digits.errors import ImageError
from webcam_digits.sources.photos import find_photos, read_photo, read_stdin


@pytest.fixture
def save(tmp_path):
    """Writes an image file; its name."""

    def saved(image, name="image.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
        return str(path)

    return saved


@pytest.fixture
def colours():
    """(6, 8, 3): every pixel differs from every other, and the sides as well."""
    return np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def png(kind, depth, width, height, rows, *chunks):
    """A PNG file of a kind that OpenCV reads but does not write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*part) for part in [(b"IHDR", header), *chunks, (b"IDAT", data), (b"IEND", b"")]
    )


@pytest.mark.parametrize("ending", [".png", ".bmp", ".tif", ".jpg", ".webp"])
def test_colour(save, ending):
    image = np.full((20, 30, 3), (200, 120, 40), np.uint8)
    read = read_photo(save(image, f"image{ending}"))
    assert (read.shape, read.dtype) == ((20, 30, 3), np.uint8)
    assert np.abs(read.astype(int) - image).max() <= 3


def test_grey(save, colours):
    grey = colours[:, :, 0]
    assert np.array_equal(read_photo(save(grey)), np.dstack([grey] * 3))


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_of_sixteen_bits_the_highest_in_use_count(save, bits):
    image = np.linspace(0, (1 << bits) - 1, 6 * 8 * 3).reshape(6, 8, 3).astype(np.uint16)
    read = read_photo(save(image))
    assert np.array_equal(read, (image >> (bits - 8)).astype(np.uint8))


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "an image's name is empty"), ("http://cam/a.png", "is not a file: save the image first")],
)
def test_what_is_not_the_name_of_a_file(name, message):
    assert find_photos([name]) == [name]
    with pytest.raises(ImageError, match=message):
        read_photo(name)


def test_sixteen_black_bits_stay_black(save):
    assert not read_photo(save(np.zeros((4, 4), np.uint16))).any()


def test_the_transparent_is_on_white(save):
    image = np.zeros((1, 3, 4), np.uint8)
    image[0, :, 3] = 0, 255, 51
    assert read_photo(save(image))[0, :, 0].tolist() == [255, 0, 204]


def test_sixteen_bits_with_alpha(save):
    image = np.full((1, 1, 4), 65535, np.uint16)
    image[..., :3] = 1000  # of 10 bits, though alpha is of 16
    assert read_photo(save(image)).tolist() == [[[250, 250, 250]]]


def test_palette_and_single_bits(tmp_path):
    palette = (b"PLTE", bytes([255, 0, 0, 0, 0, 255]))
    (tmp_path / "palette.png").write_bytes(png(3, 8, 2, 1, [bytes([0, 1])], palette))
    (tmp_path / "clear.png").write_bytes(png(3, 8, 2, 1, [bytes([0, 1])], palette, (b"tRNS", bytes([0]))))
    (tmp_path / "bits.png").write_bytes(png(0, 1, 3, 1, [bytes([0b10100000])]))
    assert read_photo(str(tmp_path / "palette.png")).tolist() == [[[0, 0, 255], [255, 0, 0]]]
    assert read_photo(str(tmp_path / "clear.png")).tolist() == [[[255, 255, 255], [255, 0, 0]]]
    assert read_photo(str(tmp_path / "bits.png"))[0, :, 0].tolist() == [255, 0, 255]


TURNED = [  # what is stored in each orientation of EXIF's
    (1, lambda upright: upright),
    (2, lambda upright: upright[:, ::-1]),
    (3, lambda upright: upright[::-1, ::-1]),
    (4, lambda upright: upright[::-1]),
    (5, lambda upright: upright.swapaxes(0, 1)),
    (6, lambda upright: np.rot90(upright)),
    (7, lambda upright: upright[::-1, ::-1].swapaxes(0, 1)),
    (8, lambda upright: np.rot90(upright, -1)),
]


def exif(orientation, order="<"):
    tags = struct.pack(f"{order}HIH", 42, 8, 2)
    tags += struct.pack(f"{order}HHIHxx", 0x0100, 3, 1, 5)  # another tag
    tags += struct.pack(f"{order}HHIHxxI", 0x0112, 3, 1, orientation, 0)
    return np.frombuffer({"<": b"II", ">": b"MM"}[order] + tags, np.uint8)


def with_exif(path, image, data):
    """Write an image file with EXIF data; its name."""
    code = cv2.imencodeWithMetadata(
        path.suffix, np.ascontiguousarray(image), [cv2.IMAGE_METADATA_EXIF], [data]
    )
    path.write_bytes(code[1].tobytes())
    return str(path)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("orientation", "stored"), [*TURNED, (99, TURNED[0][1])])
def test_exif_turns(tmp_path, colours, order, orientation, stored):
    path = with_exif(tmp_path / "turned.png", stored(colours), exif(orientation, order))
    assert np.array_equal(read_photo(path), colours)


@pytest.mark.parametrize(("orientation", "stored"), TURNED)
def test_exif_turns_jpeg_images(tmp_path, orientation, stored):
    quarters = np.zeros((64, 96, 3), np.uint8)
    quarters[:32, :48], quarters[:32, 48:], quarters[32:, :48] = 250, 160, 80
    path = with_exif(tmp_path / "turned.jpg", stored(quarters), exif(orientation))
    read = read_photo(path)
    assert read.shape == quarters.shape
    assert np.abs(read.astype(int) - quarters).max() < 20


@pytest.mark.parametrize("ending", [".png", ".webp"])
@pytest.mark.parametrize(("orientation", "stored"), TURNED)
def test_exif_turns_what_is_transparent_too(tmp_path, orientation, stored, ending):
    quarters = np.zeros((32, 48, 4), np.uint8)
    quarters[:16, :24, 3], quarters[:16, 24:, 3], quarters[16:, :24, 3] = 255, 170, 85
    path = with_exif(tmp_path / f"turned{ending}", stored(quarters), exif(orientation))
    read = read_photo(path)
    assert read.shape == (32, 48, 3)
    assert np.abs(read[..., 0].astype(int) + quarters[..., 3] - 255).max() < 20


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("orientation", "stored"), TURNED)
def test_exif_turns_sixteen_bits(tmp_path, colours, orientation, stored, channels):
    deep = np.dstack([colours.astype(np.uint16) << 8, np.full((6, 8), 65535, np.uint16)])[..., :channels]
    path = with_exif(tmp_path / "turned.png", stored(deep), exif(orientation))
    assert np.array_equal(read_photo(path), np.dstack([colours[..., 0]] * 3) if channels == 1 else colours)


def tiff(image, orientation):
    """A TIFF file of a (h, w, 3) picture in one of the orientations, which OpenCV does not write."""
    height, width, channels = image.shape
    pixels = np.ascontiguousarray(image[..., ::-1]).tobytes()
    depth, start = 8 * image.itemsize, 8 + 2 + 12 * 10 + 4
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, start),  # three numbers, which stand before the pixels
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, start + 2 * channels),
        (274, 3, 1, orientation),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, 1, len(pixels)),
    ]
    head = (
        b"II" + struct.pack("<HIH", 42, 8, len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    )
    return head + bytes(4) + struct.pack("<HHH", *[depth] * channels) + pixels


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(("orientation", "stored"), TURNED)
def test_tiff_images_are_turned(tmp_path, colours, orientation, stored, bits):
    image = colours if bits == 8 else colours.astype(np.uint16) << 8
    (tmp_path / "turned.tif").write_bytes(tiff(stored(image), orientation))
    assert np.array_equal(read_photo(tmp_path / "turned.tif"), colours)


def test_broken_exif_is_no_exif(tmp_path, colours):
    data = np.frombuffer(b"II*\0\x08\0\0\0\xff\xff\x12", np.uint8)
    assert np.array_equal(read_photo(with_exif(tmp_path / "turned.png", colours, data)), colours)


def test_one_pixel(save):
    assert read_photo(save(np.full((1, 1), 7, np.uint8))).tolist() == [[[7, 7, 7]]]


def test_a_hundred_million_pixels(save):
    assert read_photo(save(np.full((9000, 12000), 255, np.uint8))).shape == (9000, 12000, 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.png", None, "there is no file .*missing.png"),
        ("empty.png", b"", "is empty"),
        ("text.png", b"no image " * 99, "is not an image that can be read"),
        ("form.pdf", b"%PDF-1.7", "is a PDF document: save its pages as images"),
        ("film.mp4", b"no image " * 99, "is a video: webcam-digits --video "),
        ("cut.png", png(0, 8, 64, 64, [bytes(64)] * 64)[:60], "is not an image that can be read"),
        ("bomb.png", png(0, 8, 60_000, 60_000, [b""]), "too large or broken"),
    ],
)
def test_what_is_not_an_image_is_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=message):
        read_photo(str(tmp_path / name))


def test_unusual_pixels_are_refused(save):
    with pytest.raises(ImageError, match="pixels of type float32: save it with 8 or 16 bits"):
        read_photo(save(np.zeros((4, 4), np.float32), "float.tif"))


def test_standard_input(monkeypatch, colours):
    class Stdin:
        buffer = io.BytesIO(cv2.imencode(".png", colours)[1].tobytes())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert np.array_equal(read_stdin(), colours)
    with pytest.raises(ImageError, match="- is empty"):
        read_stdin()
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ImageError, match="- is empty"):
        read_stdin()


def test_a_photo_is_not_read_from_standard_input(tmp_path, monkeypatch, colours):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ImageError, match="there is no file -"):
        read_photo("-")
    (tmp_path / "-").write_bytes(cv2.imencode(".png", colours)[1].tobytes())
    assert np.array_equal(read_photo("-"), colours)


@pytest.mark.parametrize("name", ["Zahlen \N{SNOWMAN} ü.png", os.fsdecode(b"\xff.png"), "a[1].png", "%d.png"])
def test_odd_names(save, colours, name):
    path = save(colours, name)
    assert find_photos([path]) == [path]
    assert np.array_equal(read_photo(path), colours)


def test_a_folder_gives_its_images_sorted(tmp_path, save, colours):
    for name in ("b.PNG", "a.jpg", "c.jpeg", "d.bmp", "e.webp", "f.tif"):
        save(colours, name)
    save(colours, "deeper/g.png")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "._a.jpg").touch()  # as macOS leaves them
    (tmp_path / "folder.png").mkdir()
    names = [os.path.relpath(photo, tmp_path) for photo in find_photos([str(tmp_path)])]
    assert names == ["a.jpg", "b.PNG", "c.jpeg", "d.bmp", "e.webp", "f.tif"]


def test_files_globs_and_folders_in_the_order_given(tmp_path, save, colours, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("z.png", "x1.png", "x2.png", "folder/a.png"):
        save(colours, name)
    assert find_photos(["z.png", "x*.png", "-", "folder"]) == [
        "z.png",
        "x1.png",
        "x2.png",
        "-",
        "folder/a.png",
    ]
    assert find_photos([str(tmp_path / "*")]) == [
        str(tmp_path / name) for name in ("x1.png", "x2.png", "z.png")
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.png", "there is no file missing.png"),
        ("*.png", "nothing matches"),
        (".", "there is no image in"),
    ],
)
def test_what_stands_for_no_image_is_reported_on_reading(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    assert find_photos([name]) == [name]
    with pytest.raises(ImageError, match=message):
        read_photo(name)
