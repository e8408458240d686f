"""From a folder of videos to an index of FAISS and a SQLite file, queried without hashbench."""

import json
import subprocess
import sys
from pathlib import Path

import apsw
import faiss
import h5py
import onnxruntime
import sqlite_vec


def hashbench(*arguments: str) -> None:
    """Run a command of hashbench."""
    subprocess.run([sys.executable, "-m", "hashbench", *arguments], check=True)


# 60 small videos in six folders, one a class, seen by an extractor that needs no weights. They last
# two seconds, so that eight frames are enough.
hashbench("data", "demo", "videos")
seen = ("--model", "hog-color", "--frames", "8")
hashbench("data", "extract", "videos", "--out", "videos.h5", *seen)

# ITQ learns 64 bits. The codes, with ids and labels, and the encoder leave.
hashbench("run", "itq", "--dataset", "videos.toml", "--bits", "64", "--k", "5", "--out", "runs")
record = str(next(Path("runs/records").glob("*/*.json")))
hashbench("export", record, "--to", "faiss", "--out", "videos.faiss")
hashbench("export", record, "--to", "sqlite-vec", "--out", "videos.db")
hashbench("export", record, "--to", "onnx", "--out", "encoder.onnx")

# From here on hashbench is not needed. A video that was not trained on becomes a code.
with h5py.File("videos.h5") as file:
    frames = file["query/feats"][:1]
encoder = onnxruntime.InferenceSession("encoder.onnx", providers=["CPUExecutionProvider"])
(code,) = encoder.run(["code"], {"frames": frames.astype("float32")})

index = faiss.read_index_binary("videos.faiss")
distances, rows = index.search(code, 5)
lines = Path("videos.faiss.items.jsonl").read_text(encoding="utf-8").splitlines()
items = [json.loads(line) for line in lines]
for distance, row in zip(distances[0].tolist(), rows[0].tolist(), strict=True):
    print(f"faiss   {distance:2d}  {items[row].get('id', row)}  {', '.join(items[row]['labels'])}")

database = apsw.Connection("videos.db")
database.enable_load_extension(True)
database.load_extension(sqlite_vec.loadable_path())
nearest = "select distance, id, labels from videos where code match vec_bit(?) and k = 5"
for distance, name, labels in database.execute(nearest, (code[0].tobytes(),)):
    print(f"sqlite  {distance:2.0f}  {name}  {', '.join(json.loads(labels))}")
database.close()
