"""The grids for stretches of one size: where the likelihood is computed, and the cells of the posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from perrin.estimate.cells import SHORT, Cells, direct, whole_prior
from perrin.estimate.likelihood import HurstNodes, Observation, rho_nodes
from perrin.estimate.localisation_error import LocalisationError


@final
@dataclass(frozen=True)
class Grids:
    """The laws that stretches with `size` increments in all axes are held against, and how they were observed.

    Attributes:
        nodes: of H; the likelihood is interpolated between them.
        cells: where the posterior lives.
        observation: the likelihood, at the nodes of H and rho.
        errors: what is known of the localisation error.
        size: increments in all axes.
        tell_sigma: whether an unknown localisation error is reported, or only marginalised.
    """

    nodes: HurstNodes
    cells: Cells
    observation: Observation
    errors: LocalisationError
    size: int
    tell_sigma: bool = True

    @classmethod
    def for_windows(
        cls, errors: LocalisationError, size: int, *, regular: bool, alpha: float | None, blur: float, drift: bool
    ) -> Grids:
        """For stretches of one size; where all have the same `regular` times the likelihood is taken at the cells."""
        made = cls.for_tracks(errors, size, alpha=alpha, blur=blur, drift=drift)
        if regular and size <= SHORT and alpha is None:
            cells = direct(size, errors.knowledge)
            rho = np.zeros(0) if errors.knowledge == "none" else np.exp(cells.log_rho[:, 0])
            made = replace(made, cells=cells, observation=replace(made.observation, nodes=cells.hurst[:, 0], rho=rho))
        return replace(made, tell_sigma=False)

    @classmethod
    def for_tracks(
        cls, errors: LocalisationError, size: int, *, alpha: float | None, blur: float, drift: bool
    ) -> Grids:
        """For stretches whose likelihood is known at nodes of H and rho that all sizes share."""
        nodes = HurstNodes.for_size(size) if alpha is None else HurstNodes((alpha / 2,))
        cells = whole_prior(nodes, size, errors.knowledge)
        rho = np.zeros(0) if errors.knowledge == "none" else rho_nodes()
        return cls(nodes, cells, Observation(np.array(nodes.values), rho, blur, drift, errors.axes), errors, size)

    def without_error(self) -> Grids:
        """The same cells of H at a single ratio of error to step."""
        return replace(self, cells=self.cells.without_error())

    @property
    def same_times(self) -> bool:
        """Whether the likelihood is taken at the cells, as it is for stretches that all have the same times."""
        return self.cells.from_nodes is None

    @property
    def alike(self) -> bool:
        """Whether one posterior serves all: the same times, and the same known error."""
        return self.same_times and self.errors.known and not self.errors.stated

    @property
    def clean(self) -> bool:
        """Whether H and the scale are all there is to know."""
        return self.errors.knowledge == "none" and not self.observation.drift and not self.nodes.fixed

    @property
    def n_cells(self) -> int:
        """Numbers that are held of one posterior."""
        f, r = len(self.cells.hurst), len(self.cells.log_rho)
        return 2 * (f + r) if self.alike else f * r
