"""``hashbench evaluate``: the numbers it prints, the files it reads, the errors it gives."""

from __future__ import annotations

import itertools
import json

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from hashbench import BinaryCodes, Labels
from hashbench.cli.main import main
from hashbench.ranking import Evaluation, evaluate


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    bits, ids = rng.integers(0, 2, (90, 12)), rng.integers(0, 4, 90)
    np.save(tmp_path / "D.npy", bits)
    np.save(tmp_path / "L.npy", ids)
    np.save(tmp_path / "Q.npy", bits[:7] * 2 - 1)
    np.save(tmp_path / "QL.npy", ids[:7])
    return tmp_path


def call(capsys, *args):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *map(str, args)])
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


def database(files, codes="D.npy", labels="L.npy"):
    return ["--database-codes", files / codes, "--database-labels", files / labels]


def test_self_retrieval_prints_what_python_gives(files, capsys):
    options = ["--k", "5,10,20", "--profile", "paper,official,strict", "--ties", "expected,stable"]
    code, out, err = call(capsys, *database(files), *options, "--format", "json")
    assert (code, err) == (0, "")
    printed = json.loads(out)
    codes = BinaryCodes.from_bits(np.load(files / "D.npy"))
    labels = Labels.from_array(np.load(files / "L.npy"))
    summary = evaluate(
        codes, codes, labels, labels, k=(5, 10, 20), ties=("expected", "stable"),
        self_retrieval=True, full=False,
    ).summary()  # fmt: skip
    assert {name: printed[name] for name in ("paper", "official", "strict")} == summary["profiles"]
    assert set(printed["paper"]) == {"expected", "stable"}
    assert 0 < printed["strict"]["expected"]["AP@20"] < printed["paper"]["expected"]["AP@20"] < 1


def test_cut_offs_are_listed_as_in_run_and_report(files, capsys):
    asked = [call(capsys, *database(files), "--format", "json", "--k", k)[1] for k in
             ("5,10,...,25", "5,10,15,20,25")]  # fmt: skip
    assert asked[0] == asked[1]
    assert {"AP@5", "AP@15", "AP@25"} <= json.loads(asked[0])["paper"]["expected"].keys()


def test_all_formats_of_codes_and_labels_give_one_answer(files, capsys):
    bits, ids = np.load(files / "D.npy"), np.load(files / "L.npy")
    hot = np.eye(4, dtype=np.uint8)[ids]
    np.save(files / "signs.npy", bits * 2.0 - 1)
    BinaryCodes.from_bits(bits).save(files / "packed.npz")
    np.save(files / "hot.npy", hot)
    savemat(files / "hot.mat", {"labels": hot})
    savemat(files / "ids.mat", {"re_label": ids[None, :]})
    with h5py.File(files / "v73.mat", "w") as file:
        file["labels"] = hot.T
    answers = set()
    for codes in ("D.npy", "signs.npy", "packed.npz"):
        for labels in ("L.npy", "hot.npy", "hot.mat", "ids.mat", "v73.mat"):
            paths = database(files, codes, labels)
            code, out, err = call(capsys, *paths, "--k", "5", "--format", "json")
            assert code == 0, err
            answers.add(out)
    assert len(answers) == 1


def test_separate_queries_and_per_query_values(files, capsys):
    query = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.npy"]
    options = ["--k", "20", "--format", "json", "--per-query", files / "values.npz", "--full"]
    code, out, err = call(capsys, *database(files), *query, *options, "--measure", "AP@3")
    assert (code, err) == (0, "")
    printed = json.loads(out)
    assert (printed["n_query"], printed["n_database"], printed["self_retrieval"]) == (7, 90, False)
    values = Evaluation.load(files / "values.npz")
    assert values.summary()["profiles"]["strict"] == printed["strict"]
    assert len(printed["measures"]) == 1
    assert printed["full"]["curve"]["recall"][-1] == 1


def test_table_names_profile_ties_and_cut(files, capsys):
    code, out, _ = call(capsys, *database(files), "--k", "5,10")
    assert code == 0
    for word in ("paper", "official", "strict", "expected", "mAP@K", " 5 ", "12 bits"):
        assert word in out


def test_the_table_is_in_percent_and_fits_the_terminal(files, capsys):
    options = ["--ties", "expected,stable", "--measure", "AP@3"]
    code, out, _ = call(capsys, *database(files), "--k", "5,10,20,40", *options)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    codes = BinaryCodes.from_bits(np.load(files / "D.npy"))
    labels = Labels.from_array(np.load(files / "L.npy"))
    found = evaluate(
        codes, codes, labels, labels, k=(5, 10, 20, 40), ties=("expected", "stable"),
        self_retrieval=True, measures=["AP@3"], full=False,
    )  # fmt: skip
    by_row = {}
    for line in out.splitlines():
        label, _, numbers = line.strip().partition("  ")
        by_row.setdefault(label, []).extend(numbers.split())
    assert by_row["profile, ties"] == ["5", "10", "20", "40"]
    assert sum("profile, ties" in line for line in out.splitlines()) == 1
    for ties in ("expected", "stable"):
        values = found.summary()["profiles"]["strict"][ties].values()
        assert by_row[f"strict, {ties}"] == [f"{100 * value:.2f}" for value in values]
    assert f"{found.mean(found.extra[0]):.4f}" in out


@pytest.mark.parametrize("form", ["markdown", "latex", "csv"])
def test_every_format_has_the_numbers(files, capsys, form):
    code, out, err = call(capsys, *database(files), "--k", "5", "--format", form)
    assert (code, err) == (0, "")
    codes = BinaryCodes.from_bits(np.load(files / "D.npy"))
    labels = Labels.from_array(np.load(files / "L.npy"))
    ap = evaluate(codes, codes, labels, labels, k=(5,), self_retrieval=True).scores.get(
        "strict", "expected", "AP", 5
    )
    assert (repr(ap) if form == "csv" else f"{100 * ap:.2f}") in out


@pytest.mark.parametrize("codes", ["D.npy", "[D].npy"])
def test_a_class_with_one_member_is_a_warning(files, capsys, codes):
    ids = np.load(files / "L.npy")
    ids[3] = 9
    np.save(files / "L.npy", ids)
    code, out, err = call(capsys, *database(files, codes), "--k", "5", "--format", "json")
    assert code == 0
    assert "1 class has one member (9)" in err
    assert json.loads(out)["queries_without_relevant"] == 1


def wrong(files, name, array):
    np.save(files / name, array)
    return name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: ["--k", "91"], "the database has 90 items"),
        (
            lambda f: ["--k", "90"],
            "items without the query itself; K can be at most 89; 'all' stands for the whole ",
        ),
        (lambda f: ["--k", "0"], "--k 0: 0 is out of range; at least 1 is possible"),
        (lambda f: ["--k", "five"], "--k five: 'five' is neither a whole number nor 'all'"),
        (lambda f: ["--profile", "papr"], "did you mean 'paper'"),
        (lambda f: ["--ties", "stabel"], "did you mean 'stable'"),
        (lambda f: ["--format", "xml"], "'xml' is not one of"),
        (lambda f: ["--threads", "0"], "threads is 0"),
        (lambda f: ["--query-codes", f / "Q.npy"], "go together"),
        (lambda f: ["--database-codes", f / "none.npy"], "none.npy: no such file"),
        (lambda f: ["--database-codes", f / "none.csv"], "none.csv: no such file"),
        (lambda f: ["--database-labels", f / "QL.npy"], "QL.npy: 7 labels for 90 videos"),
        (
            lambda f: ["--database-codes", f / wrong(f, "two.npy", np.full((90, 8), 2))],
            "two.npy: codes hold the value 2",
        ),
        (
            lambda f: ["--database-codes", f / wrong(f, "nan.npy", np.full((90, 8), np.nan))],
            "nan.npy: codes hold the value nan",
        ),
        (
            lambda f: ["--database-labels", f / wrong(f, "half.npy", np.full(90, 0.5))],
            "half.npy: class ids must be whole numbers",
        ),
        (
            lambda f: [
                "--query-codes", f / wrong(f, "wide.npy", np.ones((7, 8))),
                "--query-labels", f / "QL.npy",
            ],
            "has 8 bits",
        ),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_exit_2(files, capsys, change, message):
    code, out, err = call(capsys, *database(files), "--k", "5", *change(files))
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_damaged_files_are_one_line(files, capsys):
    for name in ("D.npy", "x.npz", "L.npy", "x.mat"):
        (files / name).write_bytes(b"\x93NUMPY broken")
        chosen = {"codes": name} if name in ("D.npy", "x.npz") else {"labels": name}
        code, _, err = call(capsys, *database(files, **chosen), "--k", "5")
        assert code == 2
        assert name in err
        assert err.count("\n") == 1
        if name == "D.npy":
            np.save(files / name, np.ones((90, 8)))


def _written(path, values):
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".mat":
        savemat(path, {"labels": values})
    else:
        with h5py.File(path, "w") as file:
            file["labels"] = values
    return path


@pytest.mark.parametrize("suffix", [".npy", ".mat", ".h5"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i8", "f8", "large", "beyond"])
def test_class_ids_of_any_width_and_size_give_the_same_numbers(files, capsys, suffix, dtype):
    ids = np.load(files / "L.npy")
    far = {"large": 4_000_000_000 // 3, "beyond": 10**17}
    values = ids.astype("i8") * far[dtype] if dtype in far else ids.astype(dtype)
    _written(files / f"W{suffix}", values)
    _written(files / f"WQ{suffix}", values[:7])
    plain = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.npy"]
    wide = [*plain[:3], files / f"WQ{suffix}"]
    asked = ["--k", "5,10", "--format", "json"]
    for given, theirs in ([], []), (wide, plain):
        found = call(capsys, *database(files, labels=f"W{suffix}"), *given, *asked)
        assert found == call(capsys, *database(files), *theirs, *asked)
        assert found[0] == 0


@pytest.mark.parametrize("dtype", ["u1", "u8", "f4", "large"])
def test_shards_number_classes_as_one_file_does(files, capsys, dtype):
    ids = np.load(files / "L.npy").astype("i8")
    values = ids * 2_000_000_011 if dtype == "large" else ids.astype(dtype)
    bits = np.load(files / "D.npy")
    for i, rows in enumerate((slice(0, 40), slice(40, 90))):
        np.save(files / f"part-{i}.npy", bits[rows])
        np.save(files / f"ids-{i}.npy", values[rows])
    np.save(files / "W.npy", values[:7])
    plain = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.npy"]
    asked = ["--k", "5,10", "--format", "json"]
    for given, theirs in ([], []), ([*plain[:3], files / "W.npy"], plain):
        found = call(capsys, *database(files, "part-*.npy", "ids-*.npy"), *given, *asked)
        assert found == call(capsys, *database(files), *theirs, *asked)
        assert found[0] == 0


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e300, 1.5])
def test_ids_that_are_no_ids_are_one_line_in_one_file_and_in_shards(files, capsys, value):
    ids = np.load(files / "L.npy").astype(float)
    ids[5] = value
    np.save(files / "bad.npy", ids)
    for codes in "D.npy", "[D].npy":
        code, out, err = call(capsys, *database(files, codes, "bad.npy"))
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert "bad.npy: class ids must be" in err
        assert str(value) in err


@pytest.mark.parametrize("n_bits", [16.7, np.array([16, 16]), "16"])
@pytest.mark.parametrize("name", ["codes.npz", "code[s].npz"])
def test_a_code_length_that_is_no_whole_number_is_refused(files, capsys, n_bits, name):
    np.savez(files / "codes.npz", packed=np.zeros((90, 2), np.uint8), n_bits=n_bits)
    code, out, err = call(capsys, *database(files, name))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "codes.npz" in err


def test_a_file_as_queries_and_database_is_self_retrieval_and_said(files, capsys):
    rng = np.random.default_rng(0)
    np.save(files / "c.npy", rng.integers(0, 2, (60, 12)))
    np.save(files / "l.npy", rng.integers(0, 5, 60))
    np.save(files / "copy.npy", np.load(files / "c.npy") * 2 - 1)
    asked = ["--k", "5", "--profile", "paper,strict", "--format", "json"]
    alone = call(capsys, *database(files, "c.npy", "l.npy"), *asked)
    assert alone[0] == 0
    assert json.loads(alone[1])["strict"]["expected"]["AP@5"] == pytest.approx(0.1186, abs=5e-5)
    for name, codes in itertools.product(["c.npy", "copy.npy"], ["c.npy", "[c].npy"]):
        given = ["--query-codes", files / name, "--query-labels", files / "l.npy"]
        found = call(capsys, *database(files, codes, "l.npy"), *given, *asked)
        assert found[:2] == alone[:2]
        assert found[2].count("\n") == 1
        assert "same codes and labels: ranked as self-retrieval" in found[2]


@pytest.mark.parametrize("codes", ["D.npy", "[D].npy"])
def test_queries_without_anything_to_find_are_a_warning(files, capsys, codes):
    np.save(files / "QL.npy", np.array([0, 9, 1, 9, 2, 3, -1]))
    given = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.npy"]
    code, _, err = call(capsys, *database(files, codes), *given, "--k", "5")
    assert (code, err.count("\n")) == (0, 1)
    assert "warning" in err
    assert "3 of 7 queries share no label with the database" in err


def test_packed_codes_and_archives_of_others_say_what_would_be_right(files, capsys):
    np.save(files / "P.npy", np.packbits(np.load(files / "D.npy").astype(np.uint8), axis=1))
    code, _, err = call(capsys, *database(files, "P.npy"))
    assert (code, err.count("\n")) == (2, 1)
    assert "packed bytes, which --packed lsb or --packed msb names" in err
    np.savez(files / "theirs.npz", a=np.load(files / "D.npy"), b=np.zeros(3))
    code, _, err = call(capsys, *database(files, "theirs.npz"))
    assert (code, err.count("\n")) == (2, 1)
    assert "no array 'codes' (found: a, b)" in err


def measured(capsys, files, *options):
    code, out, err = call(capsys, *options, "--k", "5", "--format", "json")
    assert (code, err) == (0, "")
    return out


def test_one_file_may_hold_all_arrays(files, capsys):
    bits, ids = np.load(files / "D.npy"), np.load(files / "L.npy")
    names = {"rB": bits * 2.0 - 1, "qB": bits[:7] * 2.0 - 1, "rL": np.eye(4)[ids]}
    savemat(files / "all.mat", names | {"qL": np.eye(4)[ids[:7]]})
    every = [f"--{part}" for part in ("database-codes", "database-labels", "query-codes",
                                      "query-labels")]  # fmt: skip
    theirs = [word for option in every for word in (option, files / "all.mat")]
    keys = ["--key", "rB", "--labels-key", "rL", "--query-key", "qB", "--query-labels-key", "qL"]
    query = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.npy"]
    assert measured(capsys, files, *theirs, *keys) == measured(
        capsys, files, *database(files), *query
    )


@pytest.mark.parametrize("query", [True, False])
@pytest.mark.parametrize("form", ["text", "packed", "parquet", "half"])
def test_shards_of_any_form_are_the_whole(files, capsys, form, query):
    bits, ids = np.load(files / "D.npy"), np.load(files / "L.npy")
    options, signs = [], np.random.default_rng(5).integers(-1, 2, bits.shape)
    parts = [slice(0, 40), slice(40, 41), slice(41, 90)]
    if form == "half":
        options, bits = ["--zeros", "half"], signs
        np.save(files / "D.npy", signs)
        np.save(files / "Q.npy", signs[:7])
    words = np.array(["ant", "bee; cat", "cat", "dog"])[ids]
    for number, rows in enumerate(parts):
        if form == "text":
            np.savetxt(files / f"c-{number}.txt", bits[rows], "%d", "")
        elif form == "parquet":
            column = pa.array(bits[rows].tolist())
            pq.write_table(pa.table({"codes": column}), files / f"c-{number}.txt.parquet")
        elif form == "packed":
            np.save(files / f"c-{number}.npy", np.packbits(bits[rows], axis=1))
        else:
            np.save(files / f"c-{number}.npy", bits[rows])
        (files / f"l-{number}.csv").write_text("\n".join(["label", *words[rows]]))
    (files / "L.csv").write_text("\n".join(["label", *words]))
    (files / "QL.csv").write_text("\n".join(["label", *words[:7]]))
    if form == "packed":
        options = ["--packed", "msb", "--bits", "12"]
        np.save(files / "D.npy", np.packbits(bits, axis=1))
        np.save(files / "Q.npy", np.packbits(bits[:7], axis=1))
    asked = ["--query-codes", files / "Q.npy", "--query-labels", files / "QL.csv"] if query else []
    whole = database(files, "D.npy", "L.csv")
    shards = database(files, "c-*", "l-*.csv")
    assert measured(capsys, files, *shards, *asked, *options) == measured(
        capsys, files, *whole, *asked, *options
    )


def test_zeros_without_the_option_are_an_error_that_names_it(files, capsys):
    np.save(files / "D.npy", np.random.default_rng(5).integers(-1, 2, (90, 12)))
    code, out, err = call(capsys, *database(files), "--k", "5")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "D.npy: codes hold zeros among -1 and +1; say what a zero is: --zeros plus" in err
    answers = {
        zeros: measured(capsys, files, *database(files), "--zeros", zeros)
        for zeros in ("plus", "minus", "half")
    }
    assert len(set(answers.values())) == 3
    assert all(json.loads(out)["bits"] == 12 for out in answers.values())
