"""A run to take home: as a program, as a model file, as a zip."""
