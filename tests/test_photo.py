from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.drawing import prepare, without_specks
from mnist_core.not_a_digit import told_by_ink
from mnist_core.photo import PhotoError, photo_to_ink, read
from mnist_core.predictor import Predictor
from mnist_core.sheet import only_the_sheet
from tests.test_drawing import seven


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def digit_in(content: bytes) -> int:
    ink = without_specks(photo_to_ink(read(content)))
    return int(Predictor(MODELS_FOLDER / "best" / LITERT_FILE).probabilities(prepare(ink)[None]).argmax())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF"])
def test_a_digit_is_read_from_a_file(kind):
    drawn = Image.fromarray(seven(ink=(20, 30, 90, 255), paper=(250, 248, 240, 255))).convert("RGB")
    assert digit_in(saved(drawn, kind)) == 7


def test_a_digit_is_read_from_a_scan_in_16_bit():
    grey = np.asarray(Image.fromarray(seven(ink=(20, 30, 90, 255), paper=(250, 248, 240, 255))).convert("L"))
    for size in (140, 4000):
        large = np.asarray(Image.fromarray(grey).resize((size, size)))
        assert digit_in(saved(Image.fromarray(large.astype(np.uint16) * 257), "PNG")) == 7


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_a_thin_line_in_a_large_picture_is_read_whatever_its_colours_are_kept_as(mode):
    thin = Image.fromarray(seven(size=3300, ink=(0, 0, 0, 255), paper=(255, 255, 255, 255), pen=0.001)).convert("RGB")
    assert digit_in(saved(thin.convert(mode), "PNG")) == 7


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (20, 1), (900, 50), (28, 28)])
def test_a_picture_of_any_size_is_taken_for_what_is_on_it(size):
    assert photo_to_ink(read(saved(Image.new("L", size, 200), "PNG"))).max() == 0


def photographed(drawn: np.ndarray, lamp: tuple[float, float], blur: float = 1) -> bytes:
    """Paper (900, 900, 4) that a lamp lights from one place, with the grain of a small camera, as a JPEG."""
    rows, columns = np.mgrid[0:900, 0:900] / 900
    lit = drawn[..., :3] * (0.35 + 0.65 * np.exp(-((rows - lamp[0]) ** 2 + (columns - lamp[1]) ** 2)))[..., None]
    lit += np.random.default_rng(0).normal(0, 5, lit.shape)
    photo = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    return saved(photo, "JPEG", quality=80)


@pytest.mark.parametrize("lamp", [(0.1, 0.2), (0.5, 0.5)])
@pytest.mark.parametrize(("ink", "pen"), [((60, 70, 120, 255), 0.03), ((150, 150, 155, 255), 0.015)])
def test_a_photo_under_uneven_light_is_read(ink, pen, lamp):
    """A blue pen and a pencil."""
    assert digit_in(photographed(seven(size=900, ink=ink, paper=(235, 232, 225, 255), pen=pen), lamp)) == 7


@pytest.mark.parametrize("lamp", [(0.1, 0.2), (0.5, 0.5)])
@pytest.mark.parametrize("is_squared", [True, False])
@pytest.mark.parametrize(
    ("ink", "lines"),
    [((120, 120, 125, 255), (170, 185, 215, 255)), ((20, 20, 25, 255), (150, 150, 160, 255))],
    ids=["pencil", "pen"],
)
def test_the_lines_of_the_paper_are_not_read(lamp, is_squared, ink, lines):
    """With a pencil, hardly darker than they are, or a pen on strong ones; and without a digit, paper is none."""
    drawn = seven(size=900, ink=ink, paper=(235, 232, 225, 255), pen=0.02).copy()
    blank = np.full_like(drawn, drawn[0, 0])
    for paper in (drawn, blank):
        for at in range(20, 900, 45):
            paper[at : at + 2] = np.minimum(paper[at : at + 2], lines)
            if is_squared:
                paper[:, at : at + 2] = np.minimum(paper[:, at : at + 2], lines)
    assert digit_in(photographed(drawn, lamp)) == 7
    assert "lines are in the way" in told_by_ink(without_specks(photo_to_ink(read(photographed(blank, lamp)))))


def on_a_table(drawn: np.ndarray, angle: float) -> Image.Image:
    """A sheet (H, W, 4), turned, on a dark table."""
    sheet = Image.fromarray(drawn)
    sheet.thumbnail((560, 560))
    sheet = sheet.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    grain = np.random.default_rng(0).normal((60, 45, 35), 6, (900, 900, 3))
    table = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))
    table.paste(sheet, (60, 90), sheet)
    return table


@pytest.mark.parametrize("angle", [0, 12, -20])
def test_a_sheet_on_a_dark_table_is_read(angle):
    drawn = seven(size=900, ink=(60, 70, 120, 255), paper=(235, 232, 225, 255), pen=0.04)
    assert digit_in(saved(on_a_table(drawn, angle), "JPEG")) == 7


def test_chalk_on_a_board_is_no_sheet():
    board = seven(size=600, ink=(230, 230, 225, 255), paper=(30, 40, 35, 255), pen=0.11)
    assert only_the_sheet(board, 0.5) is board and digit_in(saved(Image.fromarray(board), "PNG")) == 7


@pytest.mark.parametrize("lamp", [None, (0.1, 0.2), (0.5, 0.5)])
def test_paper_without_a_digit_is_blank_despite_its_grain(lamp):
    paper = np.full((900, 900, 4), 240, np.uint8)
    if lamp:
        photo = photographed(paper, lamp, blur=0.5)
    else:
        grain = np.clip(paper[..., :3] + np.random.default_rng(0).normal(0, 2, (900, 900, 3)), 0, 255)
        photo = saved(Image.fromarray(grain.astype(np.uint8)), "JPEG")
    assert not prepare(without_specks(photo_to_ink(read(photo)))).any()


def test_a_photo_with_a_second_smaller_picture_is_read():
    """As phones keep them."""
    drawn = Image.fromarray(seven()[..., :3])
    assert digit_in(saved(drawn, "MPO", save_all=True, append_images=[drawn.resize((70, 70))])) == 7


def test_a_photo_taken_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(seven()[..., :3]).rotate(90)
    assert digit_in(saved(turned, "JPEG", exif=exif)) == 7


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_no_damage_raises_anything_but_a_reason(kind):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "seven"
    whole = saved(Image.new("RGB", (9, 5), "white"), kind, exif=exif)
    rng = np.random.default_rng(0)
    for _ in range(1000):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(damaged), 3):
            damaged[place] = rng.integers(256)
        with suppress(PhotoError):
            read(bytes(damaged))


def test_what_is_no_picture_of_a_digit_is_refused_with_the_reason():
    frames = [Image.new("L", (9, 9), level) for level in (0, 255)]
    animated = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    whole = saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)), "PNG")
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    progressive = saved(Image.new("L", (99, 99)), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    numbers = Image.fromarray(np.full((9, 9), 60_000.0, np.float32))
    cases = {
        b"digit": "not an image",
        progressive[:-2] + 100 * scan + progressive[-2:]: "too many scans",
        saved(Image.new("RGB", (9, 9)), "TIFF", compression="jpeg"): "holds a JPEG",
        saved(numbers, "TIFF"): "which of its numbers is white",
        b"": "not an image",
        saved(Image.new("L", (28, 28)), "EPS"): "not an image",
        animated: "animated",
        whole[:3000]: "damaged",
        bomb: "too large: 20,000×20,000 pixels, and 16 million|too large: it",
        saved(Image.new("L", (12_000, 20), 255), "PNG"): "too narrow for a digit: 12,000×20",
        saved(Image.new("L", (1, 300), 255), "PNG"): "too narrow",
        bytes(21 * 2**20): "too large: 21 MB",
    }
    for content, message in cases.items():
        with pytest.raises(PhotoError, match=message):
            read(content)
