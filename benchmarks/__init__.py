"""Performance benchmarks against a baseline measured in the same minutes on the same machine."""
