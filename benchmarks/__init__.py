"""How accurate and how fast stable_softmax is, beside what people use now: ``python -m benchmarks``."""
