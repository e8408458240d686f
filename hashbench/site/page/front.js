// The front page, and boards without charts.

function drawAll() {}

startTables(drawAll);
themed();
performance.mark("tables");
