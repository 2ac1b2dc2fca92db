"""Fetching CLIP weights, only when asked to: the one place that uses the network."""

from __future__ import annotations

import hashlib
import re
import textwrap
from pathlib import Path

from lightmeter.errors import WeightsUnavailable
from lightmeter.see.clip_checkpoint import ClipSpec, hosted

_PATIENCE = 5.0
"""Seconds for the hub to answer at all."""


def download(spec: ClipSpec) -> tuple[Path, str]:
    """Fetch a tag's .safetensors into the local Hugging Face cache: the file, and the sha256 of its bytes.

    The digest must be the one that the hub states for the file; a file with another, were it cached before
    or cut off on its way, is removed. Raises WeightsUnavailable where that fails or the hub is out of reach.
    """
    repository, file = hosted(spec)
    stated = _stated(spec, repository, file)
    path = _fetched(spec, repository, file)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != stated:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise WeightsUnavailable(
            f"{spec}: {file} has the sha256 {digest}, but {repository} states {stated}\n"
            "it was removed: run the command again"
        )
    return path, digest


def _stated(spec: ClipSpec, repository: str, file: str) -> str:
    """The sha256 that the hub states: its tag of a large file."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repository, file)
    try:
        stated = get_hf_file_metadata(url, token=False, timeout=_PATIENCE).etag or ""
    except Exception as error:  # httpx, requests and the hub's own, by version
        raise _unreachable(spec, repository, error) from error
    if not re.fullmatch(r"[0-9a-f]{64}", stated):
        raise WeightsUnavailable(f"{spec}: {repository} states no sha256 of {file}, so it is not fetched")
    return stated


def _fetched(spec: ClipSpec, repository: str, file: str) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(repository, file, token=False, etag_timeout=_PATIENCE))
    except Exception as error:
        raise _unreachable(spec, repository, error) from error


def _unreachable(spec: ClipSpec, repository: str, error: Exception) -> WeightsUnavailable:
    reason = textwrap.shorten(str(error), 160) or type(error).__name__
    return WeightsUnavailable(
        f"{spec}: {repository} cannot be fetched: {reason}\n"
        f"fetch it where there is a network and bring the cache (HF_HOME), or give --clip {spec.model}:PATH"
    )
