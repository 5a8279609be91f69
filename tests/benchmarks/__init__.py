"""Benchmarks of Daybook, each compared with another implementation in the same run."""
