"""What a ComfyUI graph says: found by walking from its sampler, along what the sampler is fed with.

The samplers that start a picture count; later passes refine what those made. Where several feed one picture,
as regions laid side by side do, their prompts are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from lightmeter.read.metadata.comfy_graph import Graph, Link, Node
from lightmeter.read.metadata.generation import Generation, number, seed, size, text, whole

_T = TypeVar("_T")

_POSITIVE = ("positive", "guider", "conditioning", "text_embeds")
_NEGATIVE = ("negative", "neg_conditioning", "guider", "text_embeds")
_SAMPLES = frozenset({"seed", "noise_seed", "noise", "sampler_name", "sampler", "steps", "sigmas"})
_TEXT = re.compile(
    r"text(_?\w|_positive|_negative)?|t5\w*|clip_[lg]|prompt\w*|string\w*|value|populated_text"
)
_NO_WORDS = re.compile(
    r"clip|vae|samples|mask|pixels|width|height|.*(model|image|control_net|latent|vision).*"
)
_PICTURES = re.compile(r"latent|samples|image|pixels|any")
_MODELS = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "gguf_name", "model")
_DEEPEST = 100
_MOST_STEPS = 5000
"""Nodes that one walk visits; large real graphs have some hundreds."""


def comfy(graph: Graph) -> Generation | None:
    """What the graph says; None where it has neither a sampler nor a text."""
    walk = _Walk(graph)
    samplers = walk.first_samplers()
    if not samplers:
        return walk.texts_alone()
    first = samplers[0]
    cfg = walk.nearest(first, ("cfg", "value"), ("cfg", "guider"), number)
    return Generation(
        tool="ComfyUI",
        prompt=_joined(walk.words(each, _POSITIVE) for each in samplers),
        negative=_joined(walk.words(each, _NEGATIVE) for each in samplers),
        seed=walk.nearest(first, ("seed", "noise_seed", "value"), ("seed", "noise_seed", "noise"), seed),
        steps=walk.nearest(first, ("steps", "value"), ("steps", "sigmas"), whole),
        sampler=walk.nearest(first, ("sampler_name", "sampler"), ("sampler_name", "sampler"), text) or "",
        cfg=walk.nearest(first, ("guidance",), _POSITIVE, number) if cfg is None else cfg,
        size=walk.size(first),
        model=walk.nearest(first, _MODELS, ("model", "guider", "pipe", "basic_pipe"), text) or "",
    )


@dataclass(frozen=True)
class _Walk:
    """Walks against the direction of the links, never twice over a node."""

    graph: Graph

    def upstream(self, start: str, follow: Callable[[Node, str], bool]) -> Iterator[tuple[str, Node]]:
        """Nodes that a node depends on, itself first, nearest first along each branch."""
        waiting, seen = [start], set[str]()
        while waiting and len(seen) < _MOST_STEPS:
            at = waiting.pop()
            if at in seen or at not in self.graph:
                continue
            seen.add(at)
            node = self.graph[at]
            yield at, node
            waiting += reversed([link.node for name, link in node.links() if follow(node, name)])

    def first_samplers(self) -> list[str]:
        """The samplers behind the first picture saved, less those that go on from another's work."""
        saved = sorted(self.graph, key=lambda each: "save" not in self.graph[each].kind.casefold())
        sinks = [each for each in saved if re.search("save|preview|output", self.graph[each].kind, re.I)]
        for sink in [*sinks[:20], None]:
            behind = (at for at, _ in self.upstream(sink, _any)) if sink else iter(self.graph)
            samplers = [at for at in behind if _samples(self.graph[at])][:50]
            if samplers:
                return [each for each in samplers if not self._goes_on(each)] or samplers[-1:]
        return []

    def _goes_on(self, sampler: str) -> bool:
        return any(at != sampler and _samples(node) for at, node in self.upstream(sampler, _any))

    def words(self, sampler: str, roles: tuple[str, ...]) -> str | None:
        """The text that reaches a sampler's positive or negative side."""
        return _joined(self._words(self.graph[sampler], roles, {sampler}, 0))

    def _words(self, node: Node, roles: tuple[str, ...], seen: set[str], depth: int) -> Iterator[str]:
        if node.kind == "ConditioningZeroOut":
            return
        sides = [node.inputs[role] for role in roles if role in node.inputs]
        if sides:
            yield from self._of(sides[0], roles, seen, depth)
        elif "guider" in node.kind.casefold() and roles is _NEGATIVE:
            return
        elif own := [value for name, value in node.inputs.items() if _holds_text(name, value)]:
            delimiter = node.inputs.get("delimiter")
            parts = (part for value in own for part in self._of(value, roles, seen, depth))
            yield _joined(parts, delimiter if isinstance(delimiter, str) else ", ") or ""
        else:
            for name, link in node.links():
                if not _NO_WORDS.fullmatch(name):
                    yield from self._of(link, roles, seen, depth)

    def _of(self, value: Any, roles: tuple[str, ...], seen: set[str], depth: int) -> Iterator[str]:
        """A text, or the texts of the node that it comes from, unless that was visited before."""
        if isinstance(value, str):
            yield value
        elif (
            isinstance(value, Link)
            and value.node in self.graph
            and value.node not in seen
            and depth < _DEEPEST
        ):
            seen.add(value.node)
            yield from self._words(self.graph[value.node], roles, seen, depth + 1)

    def nearest(
        self, start: str, keys: tuple[str, ...], through: tuple[str, ...], read: Callable[[object], _T | None]
    ) -> _T | None:
        """The first usable value under one of the keys, along the links so named."""
        for _, node in self.upstream(start, lambda n, name: name in through or n.kind == "Reroute"):
            for key in keys:
                found = read(node.inputs.get(key))
                if found is not None:
                    return found
        return None

    def size(self, sampler: str) -> str:
        """Of the nearest node before the sampler that has a width and a height."""
        for _, node in self.upstream(
            sampler, lambda n, name: bool(_PICTURES.match(name)) or n.kind == "Reroute"
        ):
            found = size(*(self._number(node.inputs.get(side)) for side in ("width", "height")))
            if found:
                return found
        return ""

    def _number(self, value: Any) -> Any:
        if isinstance(value, Link) and value.node in self.graph:
            inputs = self.graph[value.node].inputs
            return next((inputs[key] for key in ("value", "int", "Number") if key in inputs), None)
        return value

    def texts_alone(self) -> Generation | None:
        """Without a sampler that we know: the texts of text nodes; a title tells the negative one."""
        sides: dict[bool, list[str]] = {True: [], False: []}
        for node in self.graph.values():
            if _TEXT_ENCODER.search(node.kind):
                words = next(self._words(node, ("prompt", "text"), set(), 0), "")
                sides["neg" in (node.title + node.kind).casefold()].append(words)
        prompt = _joined(sides[False])
        return None if prompt is None else Generation("ComfyUI", prompt, _joined(sides[True]))


_TEXT_ENCODER = re.compile("text|prompt|encode", re.IGNORECASE)


def _any(_node: Node, _name: str) -> bool:
    return True


def _samples(node: Node) -> bool:
    """Whether a node makes latents or a picture from a conditioning."""
    return any(role in node.inputs for role in _POSITIVE) and bool(_SAMPLES & node.inputs.keys())


def _holds_text(name: str, value: Any) -> bool:
    return bool(_TEXT.fullmatch(name)) and isinstance(value, str | Link)


def _joined(words: Iterable[str | None], delimiter: str = ", ") -> str | None:
    """The different texts in their order."""
    return delimiter.join(dict.fromkeys(filter(None, map(text, words)))) or None
