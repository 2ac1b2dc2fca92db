"""Skin and hair as regions, and the face's facets less those that hair covers."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.see.facets import Facets
from lightmeter.see.parts import Parts
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte


@provides
def skin(parts: Parts, face: FaceMesh) -> Matte:
    """Bare skin of the subject: (B, 1, H, W), 0 on eyes and lips. Not known without a face."""
    return Matte(parts.skin, face.refusals)


@provides
def hair(parts: Parts, face: FaceMesh) -> Matte:
    """Hair of the subject within 1.6 face widths of the face: (B, 1, H, W). Not known without a face."""
    return Matte(parts.hair, face.refusals)


@provides
def facets(linear: Tensor, mesh_facets: Facets, hair: Matte) -> Facets:
    """The mesh's facets of which hair covers less than half: what measurements of light read from."""
    scale = constant((linear.shape[3], linear.shape[2]), linear)
    grid = (mesh_facets.centre / scale * 2 - 1)[:, :, None]
    covered = torch.nn.functional.grid_sample(hair.alpha, grid, align_corners=False)[:, 0, :, 0]
    skin = mesh_facets.skin * (covered < 0.5)
    hidden = Refusal(skin.sum(1) <= 0, "no bare skin of the face is in sight")
    return replace(mesh_facets, skin=skin, refusals=(*mesh_facets.refusals, hidden))
