"""The digits that scikit-learn brings are those it would give, and it is not imported for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hashbench_datasets import handwriting
from sklearn.datasets import load_digits


@pytest.mark.parametrize("where", ["its file", "another release"])
def test_digits_are_scikit_learn_s(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "another release":
        moved: Any = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
        monkeypatch.setattr(handwriting, "find_spec", lambda name: moved)
    images, digits = handwriting.handwriting.__wrapped__()
    pixels, expected = load_digits(return_X_y=True)
    np.testing.assert_array_equal(images, pixels)
    np.testing.assert_array_equal(digits, expected)
    assert images.dtype == np.uint8
    assert digits.dtype == np.int64


def test_scikit_learn_is_not_imported() -> None:
    script = (
        "import sys\nfrom hashbench_datasets.handwriting import handwriting\n"
        "assert len(handwriting()[0]) == 1797\nassert 'sklearn' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
