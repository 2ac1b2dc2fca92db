"""Speed and memory on a device; prints and writes reports/validation/bench-cpu.md, or bench-NAME.md of a GPU.

    python tests/bench/bench.py [--device auto|cpu|cuda] [--threads N] [--repeats N] [--quick]

Needs no pictures: all are made from scikit-image's astronaut, in a folder that goes away. Nothing here
passes or fails by the clock.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import skimage.data
import torch
from clip_loop import CLIP_BATCH, clip_loops
from clip_rounding import LEARNED_SCALE, clip_rounding
from clock import device_name
from PIL import Image
from roofline import note
from stages import BATCH, family_rows, stage_rows
from throughput import RUBRIC, rates, without_clip

from lightmeter.api import score
from lightmeter.engine.cache import Cache
from lightmeter.engine.heap import kept_heap
from lightmeter.engine.load import Ready, loaded_ahead
from lightmeter.engine.plan import Settings, chosen_device, plan
from lightmeter.judge.model import wanted
from lightmeter.read.sources import find
from lightmeter.report import write

REPORTS = Path(__file__).resolve().parents[2] / "reports" / "validation"
LARGE = (7680, 4320)


def pictures(folder: Path, count: int, size: tuple[int, int] = (1024, 1024)) -> list[Path]:
    """JPEG files of one portrait, each shifted by a code or so, so that no two have one digest."""
    folder.mkdir(parents=True, exist_ok=True)
    portrait = Image.fromarray(skimage.data.astronaut())
    # Tiled to the aspect first, so that the face keeps its shape.
    across = max(1, round(size[0] / size[1]))
    tiled = Image.new("RGB", (portrait.width * across, portrait.height))
    for i in range(across):
        tiled.paste(portrait, (i * portrait.width, 0))
    codes = np.asarray(tiled.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    paths = [folder / f"{i:03d}.jpg" for i in range(count)]
    for i, path in enumerate(paths):
        codes[0, i % size[0]] = i % 256
        Image.fromarray((codes + i % 5 - 2).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return paths


def report_of(device: torch.device) -> Path:
    """The page of a device, by its name."""
    return REPORTS / f"bench-{re.sub('[^a-z0-9]+', '-', device_name(device).lower())}.md"


def scored(paths: Sequence[Path], chosen: Settings, out: Path | None = None) -> float:
    """Seconds of one run of the rubric, without the criteria that need CLIP; its report goes to `out`."""
    start = time.perf_counter()
    run = score(paths, without_clip(), settings=chosen)
    seconds = time.perf_counter() - start
    if out is not None:
        write(run, out)
    return seconds


def end_to_end(paths: list[Path], folder: Path, repeats: int, chosen: Settings) -> tuple[float, float, float]:
    """Median images/s with the cache off, without evidence, and from the cache."""
    scored(paths[:BATCH], chosen)
    cold = statistics.median(scored(paths, chosen) for _ in range(repeats))
    bare = statistics.median(scored(paths, replace(chosen, evidence=False)) for _ in range(repeats))
    remembered = replace(chosen, cache=folder / "values.sqlite")
    scored(paths, remembered)
    warm = statistics.median(scored(paths, remembered) for _ in range(repeats))
    return len(paths) / cold, len(paths) / bare, len(paths) / warm


def copies(folder: Path, different: list[Path], count: int) -> Path:
    """A folder of `count` names for the same few files."""
    folder.mkdir()
    for i in range(count):
        (folder / f"{i:06d}.jpg").hardlink_to(different[i % len(different)])
    return folder


def peak_memory(folder: Path | None, threads: int, device: str) -> int:
    """MiB that a process of its own needs at most to score a folder and write its report."""
    script = [
        sys.executable,
        __file__,
        "--child",
        "--device",
        device,
        "--threads",
        str(threads),
        *([str(folder)] if folder else []),
    ]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def child(folders: list[Path], chosen: Settings) -> None:
    """Score and report, then print the peak memory of this process in MiB."""
    for folder in folders:
        with TemporaryDirectory(prefix="lightmeter-bench-") as out:
            scored([folder], chosen, Path(out))
    sys.stdout.write(f"{_peak()}\n")


def _peak() -> int:
    """VmHWM where there is one: getrusage would count what the parent held when it started this process."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    high = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    if high:
        return high[0] // 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


def machine() -> str:
    """CPU, cores, versions."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.is_file() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores; {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )


def report(folder: Path, threads: int, repeats: int, counts: tuple[int, int], chosen: Settings) -> str:
    """Everything, as Markdown."""
    device, few = chosen_device(chosen.device), min(3, repeats)
    paths = pictures(folder / "set", counts[1])
    with kept_heap():  # as a run has it
        stages = stage_rows(paths[0], repeats, device)
    lines = [
        f"# Speed and memory on {'the CPU' if device.type == 'cpu' else device_name(device)}",
        "",
        "Written by `make bench`. Pictures are made from one photograph; nothing here passes or fails.",
        "",
        f"{machine()}; {threads} torch threads; medians of {repeats} (end to end: {few}).",
        "",
        *stage_lines(stages),
        *run_lines(paths[: 12 * BATCH], folder, few, chosen),
        *clip_lines(repeats, device),
        *memory_lines(folder, paths, counts, threads, chosen),
    ]
    return "\n".join(lines) + "\n"


def stage_lines(stages: Sequence[tuple[str, float]]) -> list[str]:
    """Of each stage alone, and of the families."""
    return [
        f"## Stages, 1024 x 1024, batches of {BATCH}",
        "",
        "Each alone, its inputs given. Measurements cost only what is listed once their inputs are there.",
        "",
        "| stage | ms/image | images/s |",
        "| --- | --- | --- |",
        *(f"| {name} | {1e3 * seconds:.2f} | {1 / seconds:.0f} |" for name, seconds in stages),
        "",
        "## Families: their measurements, and the inputs that are theirs alone",
        "",
        "| family | ms/image |",
        "| --- | --- |",
        *(f"| {name} | {1e3 * seconds:.1f} |" for name, seconds in family_rows(stages)),
        "",
    ]


def run_lines(paths: list[Path], folder: Path, repeats: int, chosen: Settings) -> list[str]:
    """Of whole runs, beside the ceiling that decoding sets, and where the device's time goes."""
    cold, bare, warm = end_to_end(paths, folder, repeats, chosen)
    planned = plan(wanted(without_clip()), replace(chosen, evidence=False))
    loaded = [each for _, each in loaded_ahead(find(paths[: planned.batch]), planned, Cache(None))]
    return [
        f"## {RUBRIC}, without CLIP, {len(paths)} pictures of 1024 x 1024",
        "",
        "| run | images/s |",
        "| --- | --- |",
        f"| cache off | {cold:.2f} |",
        f"| cache off, no evidence | {bare:.2f} |",
        f"| again, from the cache | {warm:.1f} |",
        f"| ratio of the last to the first | {warm / cold:.0f} |",
        "",
        "## The ceiling that decoding sets",
        "",
        f"The same rubric and pictures, no evidence; {planned.workers} reading threads, batches of "
        f"{planned.batch}. Ceiling: the loaders",
        "alone (read, hashed, decoded, sent to the device). CLIP has random weights.",
        "",
        "| run | images/s | ceiling | share |",
        "| --- | --- | --- | --- |",
        *(
            f"| {each.name} | {each.rate:.2f} | {each.ceiling:.1f} | {each.share:.1%} |"
            for each in rates(paths, folder, chosen, repeats)
        ),
        "",
        "## Roofline of the costliest operations, without CLIP and evidence",
        "",
        *note([each for each in loaded if isinstance(each, Ready)], planned),
        "",
    ]


def clip_lines(repeats: int, device: torch.device) -> list[str]:
    """Of CLIP beside open_clip's own loop, and why it is not in half precision."""
    clip, rounding = clip_loops(repeats, device), clip_rounding(device)
    return [
        "## CLIP ViT-B-32 on 1024 x 1024, random weights",
        "",
        f"The same pictures and module, batches of {CLIP_BATCH}, in turns. open_clip's own loop resizes each",
        "decoded picture with PIL, lightmeter the float frame that its other measurements stand on. Random",
        "weights cost what learned ones do, and say nothing of materials.",
        "",
        "| loop | images/s |",
        "| --- | --- |",
        f"| lightmeter, from the frame | {clip.ours:.2f} |",
        f"| lightmeter, the frame made of 8-bit codes for CLIP alone | {clip.from_codes:.2f} |",
        f"| open_clip's own | {clip.theirs:.2f} |",
        f"| ratio of the first to the last | {clip.ratio:.2f} |",
        "",
        "It stays in float32. In bfloat16 the same pictures' cosines move by up to "
        f"{rounding.cosine:.1e}, and at the",
        f"scale that CLIP learns ({LEARNED_SCALE:g}) probabilities by up to {rounding.most:.4f} (99th "
        f"percentile {rounding.percentile:.4f}); {rounding.beyond:.0%} of",
        "them by more than the tolerance of `material_similarity`.",
        "",
    ]


def memory_lines(
    folder: Path, paths: list[Path], counts: tuple[int, int], threads: int, chosen: Settings
) -> list[str]:
    """Of processes of their own."""
    few, many = counts[1], 100 * counts[1]
    pictures(folder / "large", 1, LARGE)
    folders = {
        "imports alone": None,
        "1 of 1024 x 1024": copies(folder / "one", paths, 1),
        f"{counts[0]} of 1024 x 1024": copies(folder / "some", paths, counts[0]),
        f"{few} of 1024 x 1024": folder / "set",
        f"{many} of 1024 x 1024, {few} of them different": copies(folder / "many", paths, many),
        f"1 of {LARGE[0]} x {LARGE[1]}": folder / "large",
    }
    rows = [f"| {name} | {peak_memory(each, threads, chosen.device)} |" for name, each in folders.items()]
    return [
        "## Peak memory of a process, the same rubric, its report written",
        "",
        "Copies are measured once and remembered: what grows with them is what a run keeps of each image.",
        f"The processes that decode come on top, {plan([], chosen).workers} of some 60 MiB at this size.",
        "",
        "| pictures | MiB |",
        "| --- | --- |",
        *rows,
    ]


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer pictures, nothing written")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    chosen = Settings(device=str(chosen_device(given.device)), cache=None)
    if given.child:
        child(given.paths, chosen)
        return 0
    counts = (4, 8) if given.quick else (25, 100)
    with TemporaryDirectory(prefix="lightmeter-bench-") as folder:
        text = report(Path(folder), given.threads, given.repeats, counts, chosen)
    if not given.quick:
        REPORTS.mkdir(parents=True, exist_ok=True)
        report_of(chosen_device(chosen.device)).write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
