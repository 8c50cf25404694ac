"""Plan, chunks, resume, record: how an analysis is carried out."""

from perrin.run.analysis import AnalysisOutcome, analyze, analyze_into, chosen_estimator, make_estimator, why_nothing
from perrin.run.chunk_store import ChunkStore, write_chunks
from perrin.run.cluster import DaskCluster
from perrin.run.executor import Executor
from perrin.run.folder import Output, OutputFolder, disk_errors, write_text
from perrin.run.inputs import Inputs, check_unchanged, find_inputs, store_inputs
from perrin.run.local import BLAS_THREADS, Cores
from perrin.run.output import open_output
from perrin.run.populations import population, population_estimator
from perrin.run.record import make_record

__all__ = [
    "BLAS_THREADS",
    "AnalysisOutcome",
    "ChunkStore",
    "Cores",
    "DaskCluster",
    "Executor",
    "Inputs",
    "Output",
    "OutputFolder",
    "analyze",
    "analyze_into",
    "check_unchanged",
    "chosen_estimator",
    "disk_errors",
    "find_inputs",
    "make_estimator",
    "make_record",
    "open_output",
    "population",
    "population_estimator",
    "store_inputs",
    "why_nothing",
    "write_chunks",
    "write_text",
]
