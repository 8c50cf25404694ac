"""Where networks are trained. torch lives here and nowhere else; `perrin train` is the only way weights are made."""

from perrin.train.recipe import Recipe, Schedule, load_recipe, recipes

__all__ = ["Recipe", "Schedule", "load_recipe", "recipes"]
