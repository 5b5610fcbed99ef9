"""The benchmarks, one file each; a new benchmark is one new file here and its test, and nothing else is edited."""
