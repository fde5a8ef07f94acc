"""Every number a lesson states is computed again here, by the function its notebook
calls.
"""

import importlib
import pkgutil

import claims
import numpy as np
import pytest

CLAIMS = [
    claim
    for module in sorted(
        pkgutil.iter_modules(claims.__path__), key=lambda module: module.name
    )
    for claim in importlib.import_module(f"claims.{module.name}").CLAIMS
]


@pytest.mark.parametrize(
    "claim", CLAIMS, ids=lambda claim: f"{claim.lesson}: {claim.text}"
)
def test_claim(claim):
    computed = claim.compute()
    if claim.tolerance:
        np.testing.assert_allclose(
            computed, claim.expected, rtol=0, atol=claim.tolerance
        )
    else:
        assert computed == claim.expected
