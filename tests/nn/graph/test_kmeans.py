"""What the uses of k-means share: one thread, no warning, enough videos."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info

from hashbench.errors import MethodError
from hashbench.nn import check_enough, repeatable_clusters


def test_inside_there_is_one_thread_and_no_warning_of_empty_clusters() -> None:
    before = [pool["num_threads"] for pool in threadpool_info()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with repeatable_clusters():
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
            KMeans(3, n_init=1, random_state=0).fit(np.ones((5, 2)))
        with pytest.raises(UserWarning):
            warnings.warn("others are still heard", UserWarning, stacklevel=1)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_as_many_videos_as_clusters_are_enough() -> None:
    check_enough(5, 5, "anchors")
    with pytest.raises(MethodError, match=r"^6 anchors need as many training videos, not 5: lower"):
        check_enough(6, 5, "anchors")
