"""Fuzzing guided by coverage (atheris), each target in a process of its own."""
