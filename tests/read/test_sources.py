"""PATHs to sources: names, variants, order, manifests, and hostile folders."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lightmeter.errors import SourceError
from lightmeter.read.folders import natural
from lightmeter.read.sniff import sniff
from lightmeter.read.source import Source
from lightmeter.read.sources import find

PPM = b"P6\n1 1\n255\nabc"

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Make files in an empty folder, which is also the working directory."""
    monkeypatch.chdir(tmp_path)

    def make(*names: str, **texts: str) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PPM)
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return tmp_path

    return make


def images(sources: list[Source]) -> list[str]:
    return [source.image for source in sources]


def arms(sources: list[Source]) -> dict[str, str]:
    return {source.image: source.variant for source in sources}


def refusal(*paths: str | Path, variants: str = "folder") -> str:
    with pytest.raises(SourceError) as caught:
        find(paths, variants)
    return str(caught.value)


# --- folders, files, globs -----------------------------------------------------------------------------


def test_one_folder_names_are_relative_and_variants_are_its_folders(tree: Tree) -> None:
    tree("run/b/x.png", "run/a/deep/x.png", "run/top.png")
    found = find(["run"])
    assert arms(found) == {"a/deep/x.png": "a", "b/x.png": "b", "top.png": "run"}
    assert [source.path for source in found] == [Path("run", source.image) for source in found]


def test_order_is_natural(tree: Tree) -> None:
    tree("d/img10.png", "d/img2.png", "d/IMG1.png", "d/img.png", "d/a10/x.png", "d/a9/x.png")
    assert images(find(["d"])) == ["a9/x.png", "a10/x.png", "IMG1.png", "img2.png", "img10.png", "img.png"]


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), min_size=2, max_size=2))
def test_any_two_names_can_be_sorted(names: list[str]) -> None:
    first, second = map(Path, names)
    assert natural(first) < natural(second) or natural(second) < natural(first) or first == second


def test_the_working_directory_has_a_name_too(tree: Tree) -> None:
    here = tree("x.png").name
    assert arms(find(["."])) == {"x.png": here}
    assert arms(find(["x.png"])) == {"x.png": here}


def test_a_single_file_keeps_its_name(tree: Tree) -> None:
    tree("a/b/x.png")
    assert find(["a/b/x.png"]) == [Source("a/b/x.png", Path("a/b/x.png"), "b")]


def test_several_folders_are_variants(tree: Tree) -> None:
    tree("one/x.png", "two/x.png", "two/sub/y.png")
    assert arms(find(["one", "two/"])) == {"one/x.png": "one", "two/x.png": "two", "two/sub/y.png": "sub"}


def test_several_folders_of_one_name_stay_apart(tree: Tree) -> None:
    tree("a/out/x.png", "b/out/x.png")
    assert arms(find(["a/out", "b/out"])) == {"a/out/x.png": "a/out", "b/out/x.png": "b/out"}


def test_the_same_file_given_twice_is_one_image(tree: Tree) -> None:
    tree("a/x.png")
    assert images(find(["a", "a/x.png", "a"])) == ["a/x.png"]


def test_globs_are_what_a_shell_would_give(tree: Tree) -> None:
    tree("a/x1.png", "a/x2.webp", "b/x3.webp", "b/.hidden.webp", "[odd].png")
    assert images(find(["a/*.png"])) == ["a/x1.png"]
    assert arms(find(["**/x*.webp"])) == {"a/x2.webp": "a", "b/x3.webp": "b"}
    assert arms(find(["?"])) == {"a/x1.png": "a", "a/x2.webp": "a", "b/x3.webp": "b"}
    assert images(find(["[odd].png"])) == ["[odd].png"]
    assert "matches no file" in refusal("*.tiff")


def test_an_absolute_glob(tree: Tree) -> None:
    root = tree("a/x.png")
    assert images(find([root / "a" / "*.png"])) == [(root / "a" / "x.png").as_posix()]


def test_hidden_files_and_sidecars_are_left_out(tree: Tree) -> None:
    tree("d/a.png", "d/.secret.png", "d/.git/x.png", "d/b.jpg")
    for name in ("a.txt", "a.json", "b.jpg.yaml", "notes.txt", "c.MD"):
        Path("d", name).write_text("a prompt")
    found = {source.image: source.skip for source in find(["d"])}
    assert found == {
        "a.png": "",
        "b.jpg": "",
        "c.MD": "not an image: text",
        "notes.txt": "not an image: text",
    }


def test_content_decides_unless_the_name_says_image(tree: Tree) -> None:
    tree("d/subject01.leftlight")
    Path("d/words.png").write_text("words")
    Path("d/empty.jpg").write_bytes(b"")
    Path("d/empty.dat").write_bytes(b"")
    Path("d/paper.dat").write_bytes(b"%PDF-1.4")
    assert {source.image: source.skip for source in find(["d"])} == {
        "empty.dat": "not an image: empty file",
        "empty.jpg": "",
        "paper.dat": "not an image: PDF",
        "subject01.leftlight": "",
        "words.png": "",
    }


def test_links_in_circles_end(tree: Tree) -> None:
    tree("d/a/x.png", "d/b/y.png")
    Path("d/a/up").symlink_to("..", target_is_directory=True)
    Path("d/a/other").symlink_to("../b", target_is_directory=True)
    Path("d/gone.png").symlink_to("nowhere.png")
    Path("d/gone.txt").symlink_to("nowhere.txt")
    assert images(find(["d"])) == ["a/other/y.png", "a/x.png", "b/y.png", "gone.png"]


def test_special_files_are_left_out(tree: Tree) -> None:
    tree("d/x.png")
    os.mkfifo("d/pipe.png")
    assert images(find(["d"])) == ["x.png"]
    assert "neither a file nor a folder" in refusal("d/pipe.png")


def test_hostile_names_become_unique_valid_text(tree: Tree) -> None:
    tree("d/new\nline.png", "d/bell\a.png", "d/\\xff.png")
    Path(os.fsdecode(b"d/\xff.png")).write_bytes(PPM)
    found = images(find(["d"]))
    assert len(set(found)) == 4 and {"new\nline.png", "bell\a.png"} <= set(found)
    assert all(name.encode("utf-8").decode("utf-8") == name for name in found)


def test_paths_that_name_nothing(tree: Tree) -> None:
    tree()
    Path("empty").mkdir()
    assert refusal("none") == "none: no such file or folder"
    assert refusal("empty") == "empty: a folder with no images in it"
    assert refusal().startswith("no PATH: ")


# --- manifests -----------------------------------------------------------------------------------------


def test_csv_manifest_with_bom_and_extra_columns(tree: Tree) -> None:
    text = (
        '\ufeffpath,variant,prompt,seed,other\nx.png,a,"two\nlines",7,1\n../y.png,b,,,\n/abs/z.png,,,8.0,\n'
    )
    root = tree("m/x.png")
    Path("m/list.csv").write_text(text, encoding="utf-8")
    assert find(["m/list.csv"]) == [
        Source("x.png", Path("m/x.png"), "a", "two\nlines", 7),
        Source("../y.png", Path("m/../y.png"), "b"),
        Source("/abs/z.png", Path("/abs/z.png"), "", None, 8),
    ]
    assert images(find(["m/list.csv", root / "m" / "x.png"]))[0] == "m/x.png"


def test_jsonl_manifest_and_variants_by_folder(tree: Tree) -> None:
    rows = [{"path": "a/x.png", "seed": 3}, {"path": "y.png", "prompt": "p\u2028q"}, {"path": "../o/z.png"}]
    here = tree(list_jsonl="\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n").name
    found = find(["list.jsonl"])
    assert [source.variant for source in found] == ["a", here, "o"]
    assert found[0].seed == 3 and found[1].prompt == "p\u2028q"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,variant\nx.png,a\n", "line 1: no column `path`; found: file, variant"),
        ("path;variant\nx.png;a\n", "line 1: no column `path`; found: path;variant"),
        ("path,seed\nx.png,1\ny.png,many\n", "line 3: seed must be a whole number, not 'many'"),
        ('path,prompt\nx.png,"a\nb"\nx.png,c\n', "line 4: path 'x.png' is already on line 2"),
        ("path\nx.png\n./x.png\n", "line 3: path './x.png' is already on line 2"),
        ("path,variant\n,a\n", "line 2: "),
        ("path,variant\n", "an empty manifest"),
        ("", "an empty manifest"),
    ],
)
def test_bad_csv_names_the_line(tree: Tree, text: str, message: str) -> None:
    tree(list_csv=text)
    assert refusal("list.csv").startswith("list.csv") and message in refusal("list.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"path": "x.png"}\n{"path": \n', "line 2: bad JSON"),
        ('\n["x.png"]\n', "line 2: not an object"),
        ('{"file": "x.png"}\n', "line 1: no `path`"),
        ('{"path": 3}\n', "line 1: a path must be text, not 3"),
        ('{"path": "x.png", "seed": true}\n', "line 1: seed must be a whole number, not True"),
        ('{"path": "x.png", "seed": 1.5}\n', "line 1: seed must be"),
        ('{"path": "x.png", "variant": ["a"]}\n', "line 1: variant must be text"),
        ("[" * 100000, "line 1: bad JSON"),
    ],
)
def test_bad_jsonl_names_the_line(tree: Tree, text: str, message: str) -> None:
    tree(list_jsonl=text)
    assert message in refusal("list.jsonl")


def test_a_manifest_must_be_utf8(tree: Tree) -> None:
    tree()
    Path("list.csv").write_bytes(b"path\nx.png\n\xe9.png\n")
    assert refusal("list.csv") == "list.csv, line 3: not UTF-8; save the manifest as UTF-8"


def test_variants_from_a_manifest(tree: Tree) -> None:
    tree(
        "d/x.png",
        "d/sub/y.png",
        list_csv="path,variant,prompt,seed\nd/x.png,one,a girl,5\n./d/none.png,two,,\n",
    )
    assert find(["d"], "list.csv") == [
        Source("sub/y.png", Path("d/sub/y.png"), ""),
        Source("x.png", Path("d/x.png"), "one", "a girl", 5),
    ]
    assert refusal("d", variants="d").endswith("give `folder`, `metadata` or a manifest (.csv or .jsonl)")


# --- sniffing ------------------------------------------------------------------------------------------


@given(st.binary(max_size=100))
def test_sniffing_never_fails(head: bytes) -> None:
    assert sniff(head).name


def test_sniffing_agrees_with_what_pillow_writes(tmp_path: Path) -> None:
    for form in ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "PPM"):
        path = tmp_path / form
        Image.new("RGB", (20, 20)).save(path, form)
        assert sniff(path.read_bytes()[:64]).kind == "readable", form
