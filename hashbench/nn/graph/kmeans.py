"""What all uses of scikit-learn's k-means share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from hashbench.errors import MethodError


def check_enough(count: int, videos: int, what: str) -> None:
    """Raise MethodError where there are fewer videos than clusters.

    Parameters
    ----------
    count, videos : int
    what : str
        What a cluster is called, and the parameter that lowers their number.
    """
    if count > videos:
        raise MethodError(
            f"{count} {what} need as many training videos, not {videos}: lower {what}"
        )


@contextmanager
def repeatable_clusters() -> Iterator[None]:
    """Cluster on one thread, and without a word where clusters stay empty.

    The order of sums, and with it the clusters, would depend on the number of threads. Clusters
    stay empty where fewer vectors differ than there are clusters, as codes of few bits do.
    """
    from sklearn.exceptions import ConvergenceWarning

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
