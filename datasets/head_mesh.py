"""The mesh of the synthetic head: where the face finder puts its points, but on the true surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from head_light import Light
from head_shape import distances, normals
from heads import Scene, render
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.face import face
from lightmeter.see.facets import Facets, mesh_facets
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import TEMPLE_LEFT, TEMPLE_RIGHT, topology

_FLAT = Scene(key=Light(0.0, 0.0, 90.0), fill_stops=0.0, side=320, span=2.0, shadows=False)
_ROUNDS = 12


def mesh(scenes: Sequence[Scene]) -> FaceMesh:
    """The exact `FaceMesh` of scenes, (B, 478, 3) in frame pixels; hidden points are there too.

    Across the face the points lie where the face finder sees them on an evenly lit frontal render; in
    depth they lie on the surface, and the finder's own guess of depth is not used where it can be seen.
    """
    points = torch.stack([scene.pose.pixels(template()) for scene in scenes])
    return FaceMesh(
        points=points,
        present=torch.ones(len(points), dtype=torch.bool),
        count=torch.ones(len(points), dtype=torch.int64),
        width=(points[:, TEMPLE_LEFT] - points[:, TEMPLE_RIGHT]).norm(dim=-1),
    )


def facets(linear: Tensor, scenes: Sequence[Scene]) -> Facets:
    """`Facets` of renders (B, 3, H, W) whose normals are the mean over each facet of the true surface's."""
    found = mesh_facets(linear, mesh(scenes))
    return replace(found, normal=torch.stack([facet_normals() @ scene.pose.rotation.T for scene in scenes]))


@lru_cache(maxsize=1)
def facet_normals() -> Tensor:
    """(F, 3) unit mean normals of the surface under each triangle of the template, head frame."""
    corners = template()[topology().triangles]
    i, j = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
    i, j = (each[i + j < 4] for each in (i, j))
    weight = torch.stack((i, j, 3 - i - j), dim=1) + 0.5
    spots = torch.einsum("sk,fkc->fsc", weight / weight.sum(1, keepdim=True), corners)
    each = normals(_nearest(spots.reshape(-1, 3)), "none").view(spots.shape)
    return torch.nn.functional.normalize(each.mean(1), dim=1)


@lru_cache(maxsize=1)
@torch.no_grad()
def template() -> Tensor:
    """(478, 3) points of the head frame on the skin or eye, the same on both sides."""
    found = face(encoded_from_linear(render(_FLAT).linear[None].clamp(0, 1)))
    guess = _FLAT.pose.points(found.points[0])
    guess = (guess + guess[topology().mirror] * guess.new_tensor((-1.0, 1.0, 1.0))) / 2
    straight, met = _along_view(guess)
    nearest = _nearest(guess + guess.new_tensor((0.0, 0.0, 1.0)) * (straight - guess)[met].mean(0)[2])
    # Towards the outline a view ray glances off: there the nearest place of the surface is better defined.
    frontal = ((normals(straight, "none")[:, 2] - 0.25) / 0.2).clamp(0, 1) * met
    return _nearest(nearest + (straight - nearest) * frontal[:, None])


def _along_view(point: Tensor) -> tuple[Tensor, Tensor]:
    """Where rays from the camera through points meet the head, and whether they do."""
    at = torch.cat((point[:, :2], torch.ones_like(point[:, :1])), dim=1)
    for _ in range(60):
        at = at - point.new_tensor((0.0, 0.0, 0.9)) * distances(at, "none").nearest[:, None]
    return at, distances(at, "none").nearest.abs() < 1e-3


def _nearest(point: Tensor) -> Tensor:
    """Points moved along the gradient of the distance until they lie on the surface."""
    for _ in range(_ROUNDS):
        point = point - distances(point, "none").nearest[:, None] * normals(point, "none")
    return point
