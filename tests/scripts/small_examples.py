"""`perrin` as the documentation calls it, on a part of the work: few trees, a small demo with beads of this folder."""

from dataclasses import replace
from pathlib import Path

from perrin.cli import main


def with_few_trees(name: str, learner):
    """A learner that is quick where it is one of trees."""
    from perrin.learn import Trees

    found = learner(name)
    return replace(found, count=10) if isinstance(found, Trees) else found


if __name__ == "__main__":
    import perrin.learn
    import perrin.report.example

    named = perrin.learn.learner
    perrin.learn.learner = lambda name: with_few_trees(name, named)
    perrin.report.example.EACH = 6  # type: ignore[misc]
    perrin.report.example.example_file = lambda: Path("examples", "bulk_water.csv")
    main()
