"""What lightmeter raises, and nothing else on purpose.

LightmeterError
  UnreadableImage     one file cannot be measured; its row carries the reason, the run goes on
  SourceError         a PATH or manifest that names no images
  CardError           a prompt card that cannot be used; names file and place
  RubricError         a rubric that cannot be used; names file, line and the nearest valid word
  PolicyError         a policy of `lightmeter gate` that cannot be used; names file and line
  WeightsUnavailable  learned weights that are not on this machine
"""

from __future__ import annotations


class LightmeterError(Exception):
    """Any failure that lightmeter explains: what is wrong, with which file, what would be right."""


class UnreadableImage(LightmeterError):
    """One image that cannot be measured. The message is the reason in its row."""


class SourceError(LightmeterError):
    """A PATH, glob or manifest that cannot be turned into a list of images."""


class CardError(LightmeterError):
    """A prompt card, or a sidecar in one of its forms, that cannot be used."""


class RubricError(LightmeterError):
    """A rubric, or a parameter given to one, that cannot be used."""


class PolicyError(LightmeterError):
    """A policy of `lightmeter gate` that cannot be used."""


class WeightsUnavailable(LightmeterError):
    """Learned weights that are not on this machine and were not fetched."""
