"""The text form of AUTOMATIC1111's web UI, which Forge, SD.Next, Civitai and many others write too.

prompt
Negative prompt: negative
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: name
"""

from __future__ import annotations

import json
import re

from lightmeter.read.metadata.generation import Generation, number, seed, text, whole

_SETTING = re.compile(r'\s*([A-Za-z][\w \-/]{0,60}):\s*("(?:\\.|[^\\"])*+"|[^,]*)(?:,|$)')
_OURS = frozenset(
    {"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Model hash", "Version", "Schedule type"}
)
_FEWEST = 3
"""Settings that a last line must have to be settings: the web UI's own rule."""

_MARK = "Negative prompt:"
_MOST_LINE = 100_000


def a1111(parameters: str) -> Generation | None:
    """What such a text says; None where it is in another form."""
    lines = parameters.strip("\0 \t\r\n").splitlines()
    at = next((i for i in reversed(range(len(lines))) if _are_settings(lines[i])), None)
    if at is None:
        if not any(line.lstrip().startswith(_MARK) for line in lines):
            return None
        at, settings = len(lines), dict[str, str]()
    else:
        settings = _settings(lines[at])
    cut = next((i for i in range(at) if lines[i].lstrip().startswith(_MARK)), at)
    negative = "\n".join(lines[cut:at]).lstrip().removeprefix(_MARK)
    return Generation(
        tool=_tool(settings),
        prompt=text("\n".join(lines[:cut])) or "",
        negative=text(negative),
        seed=seed(settings.get("Seed")),
        steps=whole(settings.get("Steps")),
        sampler=settings.get("Sampler", ""),
        cfg=number(settings.get("CFG scale")),
        size=_size(settings.get("Size", "")),
        model=settings.get("Model", ""),
    )


def _are_settings(line: str) -> bool:
    return len(line) <= _MOST_LINE and len(_OURS & _settings(line).keys()) >= _FEWEST


def _settings(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _SETTING.findall(line):
        found.setdefault(name.strip(), _unquoted(value.strip()))
    return found


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _size(value: str) -> str:
    return value if re.fullmatch(r"\d{1,6}x\d{1,6}", value) else ""


def _tool(settings: dict[str, str]) -> str:
    version = settings.get("Version", "")
    if re.match(r"f\d|neo|forge|classic", version, re.IGNORECASE):
        return "Forge"
    if version.startswith(("Fooocus", "ComfyUI")):
        return version.split()[0]
    if "Civitai resources" in settings:
        return "Civitai"
    return settings.get("App", "AUTOMATIC1111")
