"""Decoding: known pixels for every format and colour space, and a reason for every file that is refused."""

import io
import struct
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from lightmeter.errors import UnreadableImage
from lightmeter.read.decode import decode
from lightmeter.read.limits import Limits
from lightmeter.read.picture import Picture
from lightmeter.read.unpack import unpacked

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns that matplotlib is not installed
    import colour

DATA = Path(__file__).parents[2].parent / "shared" / "data"
RGB = np.random.default_rng(3).integers(0, 256, (12, 17, 3), dtype=np.uint8)
RGB16 = np.random.default_rng(4).integers(0, 65536, (12, 17, 3), dtype=np.uint16)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Picture]:
    def write_and_decode(data: bytes, **limits: int) -> Picture:
        path = tmp_path / "named.wrongly"
        path.write_bytes(data)
        return decode(path, Limits(**limits))

    return write_and_decode


def reason(read: Callable[..., Picture], data: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableImage) as caught:
        read(data, **limits)
    return str(caught.value)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(codes: np.ndarray, kind: int, *extra: bytes, size: tuple[int, int] | None = None) -> bytes:
    """A PNG written by hand: `codes` (H, W, channels) of 8 or 16 bits."""
    width, height = size or (codes.shape[1], codes.shape[0])
    header = struct.pack(">IIBBBBB", width, height, codes.dtype.itemsize * 8, kind, 0, 0, 0)
    raw = b"".join(b"\0" + row.astype(codes.dtype.newbyteorder(">")).tobytes() for row in codes)
    body = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def profile(primaries: list[list[float]], gamma: float | None = None, space: bytes = b"RGB ") -> bytes:
    """A minimal v2 profile: colorants (rows R, G, B; XYZ under D50) and a power curve, or the sRGB curve."""
    if gamma is None:
        curve = colour.models.eotf_sRGB(np.linspace(0, 1, 4096)) * 65535
        trc = struct.pack(">4sII", b"curv", 0, 4096) + np.rint(curve).astype(">u2").tobytes()
    else:
        trc = struct.pack(">4sIIHxx", b"curv", 0, 1, round(gamma * 256))
    title = b"desc\0\0\0\0" + struct.pack(">I", 8) + b"Minimal\0" + b"\0" * 78
    xyz = [b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in row)) for row in primaries]
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    named = {b"desc": title, b"wtpt": white, b"cprt": b"text\0\0\0\0none"}
    if space == b"GRAY":
        named[b"kTRC"] = trc
    else:
        named |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), xyz, strict=True))
        named |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), trc)
    table, body, at = b"", b"", 132 + 12 * len(named)
    for name, tag in named.items():
        table += struct.pack(">4sII", name, at + len(body), len(tag))
        body += tag + b"\0" * (-len(tag) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0" * 4, 0x02100000, b"mntr", space, b"XYZ ")
    head = (head + b"\0" * 12 + b"acsp").ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(named)) + table + body


P3 = [[0.51512, 0.24120, -0.00105], [0.29198, 0.69225, 0.04189], [0.15710, 0.06657, 0.78407]]
SRGB = [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]]


def p3_to_srgb(encoded: np.ndarray) -> np.ndarray:
    spaces = colour.RGB_COLOURSPACES
    linear = colour.RGB_to_RGB(colour.models.eotf_sRGB(encoded), spaces["Display P3"], spaces["sRGB"])
    return colour.models.eotf_inverse_sRGB(np.clip(linear, 0, 1))


# --- formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_give_the_pixels_back(read: Callable[..., Picture], form: str) -> None:
    found = read(saved(Image.fromarray(RGB), form))
    np.testing.assert_array_equal(found.encoded, RGB)
    assert found.alpha is None and found.notes == () and (found.height, found.width) == (12, 17)


@pytest.mark.parametrize(
    ("form", "options"), [("WEBP", {"lossless": True}), ("TIFF", {"compression": "tiff_lzw"})]
)
def test_compressed_lossless_formats(
    read: Callable[..., Picture], form: str, options: dict[str, Any]
) -> None:
    np.testing.assert_array_equal(read(saved(Image.fromarray(RGB), form, **options)).encoded, RGB)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("AVIF", {})])
def test_lossy_formats_are_near(read: Callable[..., Picture], form: str, options: dict[str, Any]) -> None:
    flat = np.full((40, 30, 3), (200, 120, 60), np.uint8)
    found = read(saved(Image.fromarray(flat), form, quality=95, **options))
    assert np.abs(found.encoded.astype(int) - flat).max() <= 3


@pytest.mark.parametrize("form", ["PNG", "GIF", "PPM", "JPEG", "TIFF"])
def test_grey(read: Callable[..., Picture], form: str) -> None:
    found = read(saved(Image.fromarray(np.full((16, 16), 77, np.uint8)), form))
    np.testing.assert_array_equal(found.encoded, 77)
    assert found.encoded.shape == (16, 16, 3) and found.notes == (
        ("palette",) if form == "GIF" else ("grey",)
    )


def test_one_bit(read: Callable[..., Picture]) -> None:
    found = read(saved(Image.fromarray(np.eye(9, dtype=np.uint8) * 255).convert("1"), "PNG"))
    np.testing.assert_array_equal(found.encoded[..., 0], np.eye(9) * 255)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_ramp_is_exact(read: Callable[..., Picture], form: str) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    found = read(saved(Image.fromarray(ramp), form))
    assert found.encoded.dtype == np.uint16
    np.testing.assert_array_equal(found.encoded[..., 1], ramp)


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".ppm"])
def test_sixteen_bit_colour_is_exact(read: Callable[..., Picture], suffix: str) -> None:
    found = read(cv2.imencode(suffix, RGB16[..., ::-1])[1].tobytes())
    np.testing.assert_array_equal(found.encoded, RGB16)


def test_sixteen_bit_pgm_and_odd_maximum(read: Callable[..., Picture]) -> None:
    grey = read(b"P5 2 1 65535\n" + struct.pack(">2H", 12345, 65535))
    np.testing.assert_array_equal(grey.encoded[0, :, 0], [12345, 65535])
    ten_bits = read(b"P6\n# ten bits\n1 1\n1023\n" + struct.pack(">3H", 0, 1023, 512))
    np.testing.assert_array_equal(ten_bits.encoded[0, 0], [0, 65535, round(512 * 65535 / 1023)])


def test_digest_is_of_the_file(read: Callable[..., Picture]) -> None:
    import hashlib

    data = saved(Image.fromarray(RGB), "PNG")
    assert read(data).digest == hashlib.sha256(data).hexdigest()


# --- alpha ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_is_composited_over_black_in_linear_light(read: Callable[..., Picture], depth: int) -> None:
    top, dtype = 2**depth - 1, np.dtype(f"u{depth // 8}")
    codes = np.array([[[top, top // 2, 0, top // 2], [top, top, top, 0], [9, 8, 7, top]]], dtype)
    found = read(png(codes, 6))
    half = top // 2 / top
    linear = colour.models.eotf_sRGB(np.array([1, half, 0])) * half
    expected = colour.models.eotf_inverse_sRGB(linear) * top
    np.testing.assert_allclose(found.encoded[0, 0], expected, atol=0.51 if depth == 8 else 1.1)
    np.testing.assert_array_equal(found.encoded[0, 1:], [[0, 0, 0], [9, 8, 7]])
    assert found.alpha is not None
    np.testing.assert_array_equal(found.alpha, [[127, 0, 255]])
    assert "alpha over black" in found.notes


def test_opaque_alpha_is_none(read: Callable[..., Picture]) -> None:
    found = read(saved(Image.fromarray(RGB).convert("RGBA"), "PNG"))
    assert found.alpha is None and found.notes == ()
    np.testing.assert_array_equal(found.encoded, RGB)


def test_palette_with_transparency(read: Callable[..., Picture]) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    found = read(saved(image, "PNG", transparency=b"\xff\x00\xff"))
    np.testing.assert_array_equal(found.encoded[0], [[255, 0, 0], [0, 0, 0], [0, 0, 255]])
    np.testing.assert_array_equal(found.alpha, [[255, 0, 255]])
    assert "palette" in found.notes
    np.testing.assert_array_equal(read(saved(image, "GIF")).encoded[0], np.eye(3) * 255)


def test_grey_with_alpha_and_transparent_colours(read: Callable[..., Picture]) -> None:
    both = np.array([[[100, 255], [100, 0]]], np.uint8)
    found = read(png(both, 4))
    np.testing.assert_array_equal(found.encoded[0, :, 0], [100, 0])
    wide = read(png(np.array([[[40000, 65535], [40000, 0]]], np.uint16), 4))
    np.testing.assert_array_equal(wide.encoded[0, :, 0], [40000, 0])
    for codes, kind, key in (
        (np.array([[[5], [6]]], np.uint8), 0, (5,)),
        (np.array([[[500], [600]]], np.uint16), 0, (500,)),
        (np.array([[[5, 5, 5], [5, 5, 6]]], np.uint8), 2, (5, 5, 5)),
        (np.array([[[500, 5, 5], [500, 5, 6]]], np.uint16), 2, (500, 5, 5)),
    ):
        keyed = read(png(codes, kind, chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))))
        np.testing.assert_array_equal(keyed.alpha, [[0, 255]])
        np.testing.assert_array_equal(keyed.encoded[0, 1], np.broadcast_to(codes[0, 1], 3))


# --- colour --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [8, 16])
def test_display_p3_against_colour_science(read: Callable[..., Picture], depth: int) -> None:
    top, dtype = 2**depth - 1, np.dtype(f"u{depth // 8}")
    grid = np.stack(np.meshgrid(*[np.linspace(0.05, 1, 6)] * 3), axis=-1).reshape(1, -1, 3)
    codes = np.concatenate([np.eye(3)[None], grid], axis=1)
    codes = np.rint(codes * top).astype(dtype)
    icc = profile(P3)
    tagged = png(codes, 2, chunk(b"iCCP", b"p3\0\0" + zlib.compress(icc)))
    found = read(tagged)
    expected = p3_to_srgb(codes / top)
    assert found.encoded.dtype == dtype
    np.testing.assert_allclose(found.encoded / top, expected, atol=1.01 / 255 if depth == 8 else 0.001)
    assert found.notes[-1] == "ICC profile 'Minimal' converted to sRGB"
    assert read(png(codes, 2)).notes in ((), ("16 bits",))


def test_srgb_profiles_change_nothing_and_say_nothing(read: Callable[..., Picture]) -> None:
    for icc in (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), profile(SRGB)):
        found = read(saved(Image.fromarray(RGB), "PNG", icc_profile=icc))
        np.testing.assert_array_equal(found.encoded, RGB)
        assert found.notes == ()


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_profile(read: Callable[..., Picture], depth: int) -> None:
    top, dtype = 2**depth - 1, np.dtype(f"u{depth // 8}")
    codes = np.linspace(top * 0.1, top, 40).astype(dtype)[None, :, None]
    icc = profile(SRGB, gamma=1.0, space=b"GRAY")
    found = read(png(codes, 0, chunk(b"iCCP", b"g\0\0" + zlib.compress(icc))))
    expected = colour.models.eotf_inverse_sRGB(codes / top)
    np.testing.assert_allclose(found.encoded / top, np.broadcast_to(expected, (1, 40, 3)), atol=1.01 / 255)


def test_broken_and_foreign_profiles_are_noted(read: Callable[..., Picture]) -> None:
    for icc in (b"rubbish", profile(P3)[:200], b"\0" * 300, profile(SRGB, gamma=1.0, space=b"GRAY")):
        found = read(saved(Image.fromarray(RGB), "TIFF", icc_profile=icc))
        np.testing.assert_array_equal(found.encoded, RGB)
        assert found.notes[-1].startswith("ICC profile ignored: ")


def test_cmyk_jpeg_is_not_inverted(read: Callable[..., Picture]) -> None:
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32, 0] = 255
    inks[:, 32:, 3] = 255
    found = read(saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=98))
    for column, expected in ((8, (255, 255, 255)), (24, (0, 255, 255)), (40, (0, 0, 0))):
        assert np.abs(found.encoded[8, column].astype(int) - expected).max() <= 4
    assert found.notes == ("CMYK", "CMYK converted without a profile")


def test_gamma_chunk_is_noted(read: Callable[..., Picture]) -> None:
    found = read(png(RGB, 2, chunk(b"gAMA", struct.pack(">I", 100000))))
    np.testing.assert_array_equal(found.encoded, RGB)
    assert found.notes == ("gAMA 1 ignored, read as sRGB",)


# --- orientation ---------------------------------------------------------------------------------------

STORED = {1: RGB, 2: RGB[:, ::-1], 3: RGB[::-1, ::-1], 4: RGB[::-1]}
STORED |= {
    5: RGB.swapaxes(0, 1),
    6: np.rot90(RGB, 1),
    7: np.rot90(RGB, 2).swapaxes(0, 1),
    8: np.rot90(RGB, -1),
}


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})])
def test_all_orientations_give_the_same_upright_picture(
    read: Callable[..., Picture], turn: int, form: str, options: dict[str, Any]
) -> None:
    exif = Image.Exif()
    exif[274] = turn
    found = read(saved(Image.fromarray(np.ascontiguousarray(STORED[turn])), form, exif=exif, **options))
    np.testing.assert_array_equal(found.encoded, RGB)
    assert found.notes == (() if turn == 1 else (f"turned upright (EXIF orientation {turn})",))


@pytest.mark.parametrize("form", ["JPEG", "AVIF"])
def test_orientation_of_lossy_formats(read: Callable[..., Picture], form: str) -> None:
    exif = Image.Exif()
    exif[274] = 6
    stored = np.zeros((32, 64, 3), np.uint8)
    stored[:, :32] = 255  # the left half of what is stored is the top once turned
    found = read(saved(Image.fromarray(stored), form, exif=exif, quality=95))
    assert (
        found.encoded.shape == (64, 32, 3) and found.encoded[8].min() > 240 and found.encoded[-8].max() < 15
    )


# --- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty file (0 bytes)"),
        (b"just words\n", "not an image: text"),
        (b"%PDF-1.7\n", "not an image: PDF"),
        (b"<!DOCTYPE html><html>", "not an image: HTML"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "not an image: video (MP4 or MOV)"),
        (b"PK\x03\x04abcd", "not an image: ZIP archive"),
        (b"\x01\x02\x03\x04\x05", "not an image: unknown binary data"),
        (b"8BPS\0\1", "unsupported format: Photoshop document"),
        (b"\xff\x0a\xfa\x7f", "unsupported format: JPEG XL"),
        (b"P1 is what this sentence is about", "not an image: text"),
    ],
)
def test_what_is_no_image_is_named(read: Callable[..., Picture], data: bytes, expected: str) -> None:
    assert reason(read, data) == expected


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    for path, expected in (
        (tmp_path / "none.png", "no such file"),
        (tmp_path, "a folder, not a file"),
        (Path("nul\0byte.png"), "cannot be read: "),
        (tmp_path / ("x" * 999), "cannot be read: "),
    ):
        with pytest.raises(UnreadableImage, match=expected):
            decode(path)


@pytest.mark.parametrize(
    ("form", "kind"), [("GIF", "GIF"), ("WEBP", "WebP"), ("PNG", "APNG"), ("AVIF", "AVIF")]
)
def test_animations_are_refused_and_single_frames_are_not(
    read: Callable[..., Picture], form: str, kind: str
) -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), 60 * i, np.uint8)) for i in range(3)]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:])
    assert reason(read, data) == "animated (3 frames): give a still", kind
    assert read(saved(frames[1], form, save_all=True)).width == 16


def test_pages_are_refused(read: Callable[..., Picture]) -> None:
    pages = [Image.fromarray(RGB) for _ in range(3)]
    assert (
        reason(read, saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
        == "has 3 pages: give a still"
    )


def test_float_and_integer_tiffs_are_refused(read: Callable[..., Picture]) -> None:
    assert "32-bit floating point" in reason(read, saved(Image.new("F", (4, 4)), "TIFF"))
    assert "32-bit integer" in reason(read, saved(Image.new("I", (4, 4)), "TIFF"))


def test_a_bomb_is_refused_from_its_header() -> None:
    bomb = png(RGB, 2, size=(60000, 60000))
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage, match="60000 x 60000 pixels; the limit is 200 megapixels"):
            unpacked(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_limits_can_be_set(read: Callable[..., Picture]) -> None:
    data = saved(Image.fromarray(RGB), "PNG")
    assert reason(read, data, pixels=100).startswith("too large: 17 x 12 pixels")
    assert reason(read, data, bytes=10).startswith("too large: ")


SAMPLES = {
    form: saved(Image.fromarray(np.tile(RGB, (4, 4, 1))), form)
    for form in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM")
}
SAMPLES["JPEG progressive"] = saved(Image.fromarray(np.tile(RGB, (4, 4, 1))), "JPEG", progressive=True)
SAMPLES["PNG 16"] = cv2.imencode(".png", np.tile(RGB16, (4, 4, 1)))[1].tobytes()
SAMPLES["TIFF 16"] = cv2.imencode(".tiff", np.tile(RGB16, (4, 4, 1)))[1].tobytes()
SAMPLES["PPM 16"] = cv2.imencode(".ppm", np.tile(RGB16, (4, 4, 1)))[1].tobytes()


@pytest.mark.parametrize("form", SAMPLES)
def test_truncated_files_are_refused(read: Callable[..., Picture], form: str) -> None:
    data = SAMPLES[form]
    for share in range(1, 10):
        assert reason(read, data[: len(data) * share // 10])
    assert reason(read, data[: len(data) - 20])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_mutations_raise_nothing_but_unreadable_image(
    tmp_path_factory: Any, form: str, data: st.DataObject
) -> None:
    mutated = bytearray(SAMPLES[form])
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(0, min(len(mutated) - 1, 400)))] = data.draw(st.integers(0, 255))
    _survives(tmp_path_factory, bytes(mutated))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", *(sample[:16] for sample in SAMPLES.values())]), st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_unreadable_image(
    tmp_path_factory: Any, head: bytes, tail: bytes
) -> None:
    _survives(tmp_path_factory, head + tail)


def _survives(tmp_path_factory: Any, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(data)
    try:
        found = decode(path, Limits(pixels=1_000_000))
    except UnreadableImage as error:
        assert str(error) and str(error).isprintable()
    else:
        assert found.frame(64).isfinite().all()


def test_prompts_cannot_stand_in_the_way(read: Callable[..., Picture]) -> None:
    long = chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"x" * 5_000_000))
    wrong = chunk(b"tEXt", b"prompt\0x")[:-4] + b"\0\0\0\0"
    np.testing.assert_array_equal(read(png(RGB, 2, long, wrong)).encoded, RGB)


def test_decoder_warnings_become_notes(read: Callable[..., Picture]) -> None:
    broken = struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 271, 2, 500, 90000)  # a maker's name beyond the end
    data = saved(Image.fromarray(RGB), "JPEG", exif=b"Exif\0\0" + broken)
    found = read(data)
    np.testing.assert_array_equal(found.encoded.shape, RGB.shape)
    assert found.notes and all(note.startswith("decoder: ") for note in found.notes)


def test_threads(tmp_path: Path) -> None:
    for form, data in SAMPLES.items():
        (tmp_path / form).write_bytes(data)
    files = sorted(tmp_path.iterdir()) * 10
    with ThreadPoolExecutor(4) as pool:
        digests = [picture.digest for picture in pool.map(decode, files)]
    assert digests == [decode(path).digest for path in sorted(tmp_path.iterdir())] * 10


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not on this machine")
def test_real_files() -> None:
    bad = DATA / "meta" / "sd-parsers" / "tests" / "resources" / "bad_images"
    with pytest.raises(UnreadableImage, match="empty file"):
        decode(bad / "empty_file.png")
    assert decode(bad / "text_after_idat.png").width > 0
    garbage = (
        DATA / "meta" / "pngmeta" / "src" / "vendor" / "png-metadata" / "test" / "garbage_data_after_iend.png"
    )
    assert decode(garbage).height > 0
    for path in sorted((DATA / "light" / "yalefaces").rglob("*.leftlight")):
        assert "grey" in decode(path).notes
