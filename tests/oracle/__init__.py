"""The oracle: random programs, judged by plain Python and by an independent reference.

    python -m tests.oracle --count 100000 --seed 1

`grammar` writes programs from the choices of a `source`, `compare` judges them, `reference` interprets
their syntax trees over dual values, `shrink` makes those that fail small.  What failed once is kept in
`regressions/` and runs with the tests.
"""
