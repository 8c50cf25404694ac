"""The exact Bayesian estimator of FBM: its likelihood, the posterior on a grid, what is read off it."""
