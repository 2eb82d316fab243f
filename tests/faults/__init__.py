"""Shows that the tests catch faults: plants many in the package, one at a time, and runs the tests on each.

    python -m tests.faults                   # all, in some minutes
    python -m tests.faults --only "loop"     # those that a word names
    python -m tests.faults --list            # what there is

A test that cannot fail is a defect.  `planted.py` lists what goes wrong: a sign in a rule, a sum that
is forgotten, an array that is not saved, iterations in the wrong order.  Each fault keeps the code
running, so that only a test can tell.  The golden files are left out: they would notice any other text.
"""
