"""Every method keeps the contract, in every way it can be set."""

import pytest

from perrin.estimate import METHODS, method
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.estimate.local.local_variations import LocalVariations
from perrin.estimate.local.tamsd import Tamsd
from perrin.testing import check_estimator

VARIANTS = [
    (Exact(window=10), {}),
    (Exact(window=10, sigma=0.0), {}),
    (Exact(window=10, sigma=0.3), {}),
    (Exact(window=10, sigma=(0.3, 0.6)), {"dimension": 3}),
    (Exact(window=10), {"errors": True}),
    (Exact(window=10, sigma=0.3, drift=True), {}),
    (Exact(window=10, alpha=1.0), {}),
    (Exact(window=10, exposure=0.8), {}),
    (Tamsd(window=10), {}),
    (Tamsd(window=10, sigma=0.1, lags=(1, 2, 5)), {}),
    (Coeurjolly(window=9, dilations=2, filter="second-difference", min_length=8), {}),
    (Coeurjolly(dilations=2, min_length=16), {}),
    (LocalVariations(windows=(19, 25), min_length=8), {}),
    (LocalVariations(window=21, min_length=8), {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "options"), VARIANTS, ids=[f"{e} {o}" for e, o in VARIANTS])
def test_keeps_the_contract(estimator, options):
    check_estimator(estimator, examples=6, **options)


NETWORKS = {"mfbm-net", "mfbm-cnn", "tandem-lstm", "tandem-lstm-paper"}
"""Checked where their networks are: beside this file as they ship, in tests/train those that were just made."""


def test_every_method_is_checked():
    assert {e.info.name for e, _ in VARIANTS} | NETWORKS == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_names_agree(name):
    assert method(name).info.name == name
    assert method(name).info.citations
