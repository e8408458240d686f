"""Read the records of a run into pandas, and the values of each query beside them."""

import numpy as np
import pandas as pd

import hashbench
from hashbench.ranking import AP
from hashbench.runs import Store

hashbench.run(["itq", "lsh"], "digit-stories", bits=16, k=20, out="runs")

store = Store("runs")
rows = []
for record in store.records():
    per_query = store.per_query(record)[str(AP(20, query="dropped"))]
    rows.append(
        {
            "method": record.method.label,
            "bits": record.bits,
            "mAP@20": np.mean(per_query),
            "median": np.median(per_query),
            "videos/s": record.encode_videos_per_s,
        }
    )
print(pd.DataFrame(rows).round(3).to_string(index=False))
