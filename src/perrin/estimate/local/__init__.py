"""Estimators from means over neighborhoods: mean squared displacements, squared variations."""
