"""Fit a method, hash queries and database, measure the ranking."""

import hashbench

dataset = hashbench.load_dataset("digit-stories")
itq = hashbench.method("itq", bits=32).fit(dataset.train)
measured = hashbench.evaluate(
    itq.encode(dataset.query),
    itq.encode(dataset.database),
    dataset.query.labels,
    dataset.database.labels,
    k=[20, 100],
    self_retrieval=dataset.self_retrieval,
)
for profile, by_ties in measured.summary()["profiles"].items():
    print(f"{profile:<9} mAP@20 {by_ties['expected']['AP@20']:.3f}")
