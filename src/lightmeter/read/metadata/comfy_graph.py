"""ComfyUI's node graphs: the form that was executed (`prompt`) and the form of the editor (`workflow`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST_NODES = 20_000

_WIDGETS = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "RandomNoise": ("noise_seed", ""),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl"),
    "CLIPTextEncodeSDXL": (
        "width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l",
    ),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
}  # fmt: skip
"""Names of the values that the editor's form lists without them; "" stands for "control after generate"."""

_MUTED, _BYPASSED = 2, 4


@dataclass(frozen=True)
class Link:
    """The output of another node."""

    node: str
    output: int


@dataclass(frozen=True)
class Node:
    """One node: its type, and its inputs as plain values or links, in their order."""

    kind: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    def links(self) -> Iterator[tuple[str, Link]]:
        """Inputs that come from other nodes."""
        return ((name, value) for name, value in self.inputs.items() if isinstance(value, Link))


Graph = dict[str, Node]


def executed(given: Mapping[str, Any]) -> Graph:
    """The graph of an API `prompt`: id -> {class_type, inputs}; {} where it is none."""
    graph: Graph = {}
    for key, node in list(given.items())[:_MOST_NODES]:
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            inputs = node.get("inputs")
            meta = node.get("_meta")
            graph[str(key)] = Node(
                node["class_type"],
                {str(n): _value(v) for n, v in inputs.items()} if isinstance(inputs, dict) else {},
                str(meta.get("title", "")) if isinstance(meta, dict) else "",
            )
    return graph


def _value(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
        return Link(str(value[0]), value[1]) if isinstance(value[1], int) else value
    return value


def edited(given: Mapping[str, Any]) -> Graph:
    """The graph of an editor's `workflow`: nodes with widgets, and links beside them; {} where it is none."""
    nodes, links = given.get("nodes"), given.get("links")
    if not isinstance(nodes, list) or not isinstance(links, list):
        return {}
    origins = dict(filter(None, map(_origin, links[: 4 * _MOST_NODES])))
    graph: Graph = {}
    for node in nodes[:_MOST_NODES]:
        if isinstance(node, dict) and isinstance(node.get("type"), str) and node.get("mode") != _MUTED:
            graph[str(node.get("id"))] = _node(node, origins)
    return graph


def _origin(link: Any) -> tuple[int, Link] | None:
    if isinstance(link, dict):
        link = [link.get(name) for name in ("id", "origin_id", "origin_slot")]
    if isinstance(link, list) and len(link) >= 3 and isinstance(link[0], int) and isinstance(link[2], int):
        return link[0], Link(str(link[1]), link[2])
    return None


def _node(node: Mapping[str, Any], origins: Mapping[int, Link]) -> Node:
    sockets = [each for each in _list(node.get("inputs")) if isinstance(each, dict)]
    linked = {
        str(each.get("name")): origins[each["link"]]
        for each in sockets
        if isinstance(each.get("link"), int) and each["link"] in origins
    }
    if node.get("mode") == _BYPASSED:
        return Node("Reroute", linked)
    kind, title = node["type"], node.get("title")
    return Node(kind, {**_widgets(kind, node, sockets), **linked}, title if isinstance(title, str) else "")


def _widgets(kind: str, node: Mapping[str, Any], sockets: list[Any]) -> dict[str, Any]:
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {str(name): value for name, value in values.items()}
    values = _list(values)
    names = list(_WIDGETS.get(kind, ())) or [
        str(s.get("name")) for s in sockets if isinstance(s.get("widget"), dict)
    ]
    if not names and len(values) == 1:
        names = ["text" if isinstance(values[0], str) else "value"]
    return {name: value for name, value in zip(names, values, strict=False) if name}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
