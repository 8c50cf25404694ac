"""Plan, chunks, resume, record: how an analysis is carried out."""

from perrin.run.analysis import Outcome, analyze, analyze_into, make_estimator, why_nothing
from perrin.run.cluster import DaskCluster
from perrin.run.executor import Executor
from perrin.run.folder import Output, OutputFolder, disk_errors, write_text
from perrin.run.inputs import Inputs, check_unchanged, find_inputs, shelve
from perrin.run.local import BLAS_THREADS, Cores
from perrin.run.output import open_output
from perrin.run.population import population, population_estimator
from perrin.run.record import make_record
from perrin.run.shelf import Shelf, fill

__all__ = [
    "BLAS_THREADS",
    "Cores",
    "DaskCluster",
    "Executor",
    "Inputs",
    "Outcome",
    "Output",
    "OutputFolder",
    "Shelf",
    "analyze",
    "analyze_into",
    "check_unchanged",
    "disk_errors",
    "fill",
    "find_inputs",
    "make_estimator",
    "make_record",
    "open_output",
    "population",
    "population_estimator",
    "shelve",
    "why_nothing",
    "write_text",
]
