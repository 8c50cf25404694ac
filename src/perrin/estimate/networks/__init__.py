"""Estimators by networks that come with perrin."""
