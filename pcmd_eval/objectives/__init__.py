"""The objectives of a plan: what each counts, and what its target needs.

A part (a cell, a quarter, a commune, a programme, a month) counts, does not, or is not known yet:
True, False, <NA>. pandas' nullable booleans follow Kleene's logic, so `&` and `at_least` give <NA>
only where what is missing could still decide. There is one module per objective. It holds the
plan's sentence, the rules that the plan leaves open, the function that counts, and the definition
by which every other module knows the objective; `registry` collects them.

Such a function takes the observations of all units (see `evaluation.observations`), the values of
the rules by key and the year. It returns its steps by name, from the cells up to what is
counted; the index of a step has a level `reporter`. The plan file says how many parts are enough.
"""
