"""Where networks are trained. `perrin train` is the only way in which weights that ship are made."""

from perrin.train.recipe import Recipe, Schedule, load_recipe, recipes

__all__ = ["Recipe", "Schedule", "load_recipe", "recipes"]
