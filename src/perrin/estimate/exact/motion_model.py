"""The grids for windows of one size: where the likelihood is computed, and the cells of the posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np

from perrin.estimate.exact.grid import SHORT, PosteriorGrid, whole_prior, whole_prior_at_midpoints
from perrin.estimate.exact.likelihood import HurstNodes, LikelihoodGrid, rho_nodes
from perrin.estimate.exact.localization_error import LocalizationError


@final
@dataclass(frozen=True)
class MotionModel:
    """The laws that windows with `size` increments in all axes are held against, and how they were observed.

    Attributes:
        nodes: of H; the likelihood is interpolated between them.
        grid: where the posterior lives.
        likelihood: the likelihood, at the nodes of H and rho.
        errors: what is known of the localisation error.
        size: increments in all axes.
        report_sigma: whether an unknown localisation error is reported, or only marginalised.
    """

    nodes: HurstNodes
    grid: PosteriorGrid
    likelihood: LikelihoodGrid
    errors: LocalizationError
    size: int
    report_sigma: bool = True

    @classmethod
    def for_windows(
        cls, errors: LocalizationError, size: int, *, regular: bool, alpha: float | None, blur: float, drift: bool
    ) -> MotionModel:
        """For windows of one size; where all have the same `regular` times the likelihood is taken at the cells."""
        made = cls.for_tracks(errors, size, alpha=alpha, blur=blur, drift=drift)
        if regular and size <= SHORT and alpha is None:
            cells = whole_prior_at_midpoints(size, errors.knowledge)
            rho = np.zeros(0) if errors.knowledge == "none" else np.exp(cells.log_rho[:, 0])
            made = replace(made, grid=cells, likelihood=replace(made.likelihood, nodes=cells.hurst[:, 0], rho=rho))
        return replace(made, report_sigma=False)

    @classmethod
    def for_tracks(
        cls, errors: LocalizationError, size: int, *, alpha: float | None, blur: float, drift: bool
    ) -> MotionModel:
        """For windows whose likelihood is known at nodes of H and rho that all sizes share."""
        nodes = HurstNodes.for_size(size) if alpha is None else HurstNodes((alpha / 2,))
        cells = whole_prior(nodes, size, errors.knowledge)
        rho = np.zeros(0) if errors.knowledge == "none" else rho_nodes()
        return cls(nodes, cells, LikelihoodGrid(np.array(nodes.values), rho, blur, drift, errors.axes), errors, size)

    def without_error(self) -> MotionModel:
        """The same cells of H at a single ratio of error to step."""
        return replace(self, grid=self.grid.without_error())

    @property
    def same_times(self) -> bool:
        """Whether the likelihood is taken at the cells, as it is for windows that all have the same times."""
        return self.grid.from_nodes is None

    @property
    def shares_posterior(self) -> bool:
        """Whether one posterior serves all: the same times, and the same known error."""
        return self.same_times and self.errors.known and not self.errors.stated

    @property
    def noise_free(self) -> bool:
        """Whether H and the scale are all there is to know."""
        return self.errors.knowledge == "none" and not self.likelihood.drift and not self.nodes.fixed

    @property
    def n_cells(self) -> int:
        """Numbers that are held of one posterior."""
        f, r = len(self.grid.hurst), len(self.grid.log_rho)
        return 2 * (f + r) if self.shares_posterior else f * r
