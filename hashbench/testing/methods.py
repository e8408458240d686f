"""The conformance checks of hashing methods."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from hashbench.codes import BinaryCodes
from hashbench.data.videos import Videos
from hashbench.errors import HashbenchError, MethodError
from hashbench.estimator import Method
from hashbench.labels import Labels
from hashbench.testing.checks import BoundCheck, Check, bind, run_all
from hashbench.testing.imports import stays_light
from hashbench.testing.subjects import BITS, WIDTHS, MethodSubject, subject_of

_PLAIN_FILES = {".json", ".npz", ".npy", ".safetensors", ".toml", ".txt"}


def codes_are_binary(s: MethodSubject) -> None:
    codes = s.expected
    assert isinstance(codes, BinaryCodes), f"encode returned a {type(codes).__name__}"
    assert codes.n_bits == BITS, f"codes have {codes.n_bits} bits, {BITS} were asked for"
    assert len(codes) == len(s.query), f"{len(codes)} codes for {len(s.query)} videos"


def codes_differ(s: MethodSubject) -> None:
    found = len(np.unique(s.expected.packed, axis=0))
    assert found > 1, f"all {len(s.query)} videos, of 5 classes far apart, have one code"


def any_width(s: MethodSubject) -> None:
    for bits in WIDTHS:
        try:
            codes = s.codes(s.fit(bits))
        except HashbenchError:
            continue  # a clear refusal
        except Exception as error:
            raise AssertionError(
                f"{bits} bits on {s.train.dims} dimensions: {type(error).__name__}: {error}"
            ) from error
        assert codes.n_bits == bits, f"{bits} bits asked for, {codes.n_bits} returned"


def same_seed_same_codes(s: MethodSubject) -> None:
    np.random.seed(12345)
    again = s.codes(s.fit())
    assert again == s.expected, f"{_differing(again, s.expected)} after a second fit"


def one_video_is_its_row(s: MethodSubject) -> None:
    for row in (0, 7, len(s.query) - 1):
        alone = s.codes(s.fitted, _rows(s.query, slice(row, row + 1)))
        assert alone == s.expected[row], f"video {row} alone: {_differing(alone, s.expected[row])}"


def order_does_not_matter(s: MethodSubject) -> None:
    fitted = s.fit()
    database = s.codes(fitted, s.train)
    assert s.codes(fitted) == s.expected, "query codes change once the database is encoded"
    assert s.codes(fitted, s.train) == database, "database codes change once queries are encoded"
    back = s.codes(fitted, _rows(s.query, slice(None, None, -1)))
    assert back == s.expected[::-1], f"videos in reverse: {_differing(back, s.expected[::-1])}"


def no_labels_seen(s: MethodSubject) -> None:
    if s.uses_labels:
        return
    for videos in (s.train, s.query):
        wrong = Labels(np.roll(videos.labels.multi_hot, 1, axis=0))
        spied = _Spied(videos.source, wrong, name=videos.name)
        fitted = s.make(bits=BITS, seed=0).fit(spied if videos is s.train else s.train.unlabelled())
        codes = fitted.encode(spied if videos is s.query else s.query.unlabelled())
        assert not spied.seen, f"labels of {videos.name} were read"
        assert codes == s.expected, "codes depend on whether labels are there"


def inputs_stay(s: MethodSubject) -> None:
    train = Videos(s.train.take(slice(None)).copy(), s.train.labels)
    query = Videos(s.query.take(slice(None)).copy(), s.query.labels)
    fitted = s.fit(train=train)
    s.codes(fitted, query)
    for mine, given in ((train, s.train), (query, s.query)):
        same = np.array_equal(mine.take(slice(None)), given.take(slice(None)))
        assert same, f"features of {given.name} were changed"


def survives_save_and_load(s: MethodSubject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        s.fitted.save(folder)
        files = sorted(path.name for path in Path(folder).rglob("*") if path.is_file())
        odd = [name for name in files if Path(name).suffix not in _PLAIN_FILES]
        assert not odd, f"save wrote {', '.join(odd)}, of a kind that may hide a pickle"
        loaded = type(s.fitted).load(folder)
    assert loaded.get_params() == s.fitted.get_params(), "parameters changed on the way"
    codes = s.codes(loaded)
    assert codes == s.expected, f"{_differing(codes, s.expected)} after loading"


def clones_like_an_estimator(s: MethodSubject) -> None:
    from sklearn.base import clone

    made = s.make(bits=BITS, seed=3)
    params = made.get_params()
    assert (params["bits"], params["seed"]) == (BITS, 3), "bits or seed is not kept as it was given"
    twin = clone(made)
    assert twin is not made
    assert twin.get_params() == params, "the clone has other parameters"
    assert not twin.fitted_state(), "a new method has fitted attributes"
    assert made.set_params(bits=8) is made, "set_params does not return self"
    assert made.bits == 8, "set_params(bits=8) has no effect"
    assert s.fitted.get_params() == s.make(bits=BITS, seed=0).get_params(), "fit changed parameters"


def refit_forgets(s: MethodSubject) -> None:
    fitted = s.make(bits=BITS, seed=0)
    fitted.fit(s.handed(s.query))
    s.codes(fitted)
    fitted.fit(s.handed(s.train))
    codes = s.codes(fitted)
    assert codes == s.expected, f"{_differing(codes, s.expected)} if fitted to other videos before"


def unfitted_is_refused(s: MethodSubject) -> None:
    try:
        s.codes(s.make(bits=BITS, seed=0))
    except MethodError:
        return
    raise AssertionError("encode before fit is not refused")


def other_width_is_refused(s: MethodSubject) -> None:
    wider = np.pad(s.query.take(slice(None)), ((0, 0), (0, 0), (0, 3)))
    try:
        s.codes(s.fitted, Videos(wider, s.query.labels, name="wider"))
    except HashbenchError:
        return
    raise AssertionError(f"videos of {wider.shape[2]} dimensions are not refused")


def diagnostics_are_json(s: MethodSubject) -> None:
    json.dumps(s.fitted.diagnostics(), allow_nan=False)


METHOD_CHECKS = (
    Check(
        "codes-are-binary",
        "ranking reads bits: a third value, another width or a missing row is no ranking",
        "return BinaryCodes.from_signs(values) of shape (n, bits); it maps 0 to 1",
        codes_are_binary,
    ),
    Check(
        "codes-differ",
        "a table against codes that are all alike",
        "look for saturation or a threshold far from the data; centre on the training mean",
        codes_differ,
    ),
    Check(
        "any-width",
        "sweeps over 8 to 256 bits, wherever they cross the features' width",
        "fall back in a documented way, or raise MethodError or UsageError with one clear line",
        any_width,
    ),
    Check(
        "same-seed-same-codes",
        "records that anybody can reproduce",
        "draw from np.random.default_rng(self.seed), or a torch generator seeded with it, only",
        same_seed_same_codes,
    ),
    Check(
        "one-video-is-its-row",
        "codes made in shards, or for one new query, being those of the whole set",
        "take no statistics from the batch in encode; multiply in blocks of one fixed size, as "
        "BinaryCodes.from_hyperplanes does",
        one_video_is_its_row,
    ),
    Check(
        "order-does-not-matter",
        "results that do not depend on whether queries or database are encoded first",
        "let encode change nothing in self",
        order_does_not_matter,
    ),
    Check(
        "no-labels-seen",
        "the word unsupervised",
        "do not touch videos.labels; or register supervised=True, or say so in uses_labels",
        no_labels_seen,
    ),
    Check(
        "inputs-stay",
        "the next method in the sweep, which is handed the same arrays",
        "work on copies: no out=, += or sort() on what videos return",
        inputs_stay,
    ),
    Check(
        "survives-save-and-load",
        "encoding, searching and cross-data-set runs with a stored model",
        "end fitted attributes in _; override fitted_state and restore for what is no array, "
        "number, string or list",
        survives_save_and_load,
    ),
    Check(
        "clones-like-an-estimator",
        "grids over parameters, and tools that know scikit-learn's estimators",
        "let __init__ store its arguments under their own names and do nothing else",
        clones_like_an_estimator,
    ),
    Check(
        "refit-forgets",
        "a second fit that is not haunted by the first",
        "set every fitted attribute anew in fit",
        refit_forgets,
    ),
    Check(
        "unfitted-is-refused",
        "one clear line instead of an AttributeError",
        "call self.check_fitted() first thing in encode",
        unfitted_is_refused,
    ),
    Check(
        "other-width-is-refused",
        "one clear line when a model meets another data set's features",
        "compare videos.dims with that of training and raise DataError",
        other_width_is_refused,
    ),
    Check(
        "diagnostics-are-json",
        "the record, which is one JSON file",
        "return numbers, strings, lists and dictionaries; no NaN, no arrays",
        diagnostics_are_json,
    ),
    Check(
        "import-stays-light",
        "a command line that starts in 0.3 s, whatever is installed",
        "import torch, scipy, pandas, scikit-learn and numba inside functions",
        stays_light,
    ),
)


def method_checks(
    method: str | Callable[..., Method], *, exceptions: Mapping[str, str] | None = None
) -> list[BoundCheck]:
    """Return the checks of one method, for :func:`parametrize_with_checks`.

    Parameters
    ----------
    method : str or callable
        A registered name; or a class or factory that takes ``bits`` and ``seed``, such as
        ``functools.partial(MyHash, epochs=1)`` where training has to be short.
    exceptions : mapping of str to str, optional
        Names of checks that are known to fail, each with the reason.
    """
    label, subject = subject_of(method)
    return bind(label, METHOD_CHECKS, subject, exceptions)


def check_method(
    method: str | Callable[..., Method], *, exceptions: Mapping[str, str] | None = None
) -> None:
    """Run all checks of one method; the arguments are those of :func:`method_checks`.

    Raises
    ------
    ConformanceError
        With every check that failed, what it protects and how to mend it.
    """
    run_all(method_checks(method, exceptions=exceptions))


class _Spied(Videos):
    """Videos that remember whether their labels were looked at."""

    seen = False

    @property
    def labels(self) -> Labels:
        self.seen = True
        return super().labels

    @property
    def has_labels(self) -> bool:
        self.seen = True
        return super().has_labels


def _rows(videos: Videos, rows: slice) -> Videos:
    labels = videos.labels.multi_hot[rows]
    return Videos(videos.take(slice(None))[rows], Labels(labels), name=videos.name)


def _differing(a: BinaryCodes, b: BinaryCodes) -> str:
    if (len(a), a.n_bits) != (len(b), b.n_bits):
        return f"{len(a)} codes of {a.n_bits} bits instead of {len(b)} of {b.n_bits}"
    return f"{int((a.unpack() != b.unpack()).sum())} of {len(a) * a.n_bits} bits differ"
