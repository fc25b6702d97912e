"""What is measured: one question to a file. Each has a ``hold`` that takes a contest and gives a ``Section``."""
