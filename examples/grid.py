"""Run a grid as ``hashbench run`` does; what is done is kept, so that a second call is quick."""

import hashbench

result = hashbench.run(
    ["itq", "itq[iterations=5]", "lsh"], "digit-stories", bits="16,32", k="20,100", out="runs"
)
for record in result.records:
    scores = record.evaluation["profiles"]["strict"]["expected"]
    print(f"{record.method.label:<18} {record.bits:>3} bits  mAP@20 {scores['AP@20']:.3f}")
