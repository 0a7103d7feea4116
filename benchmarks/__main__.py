"""Print the accuracy table and the speed table, or one of them: ``python -m benchmarks [accuracy|speed]``."""

import os
import sys

# One thread for everybody; must be set before NumPy and torch are imported.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"


def main(arguments):
    tables = arguments or ["accuracy", "speed"]
    unknown = set(tables) - {"accuracy", "speed"}
    if unknown:
        print(f"unknown table: {', '.join(sorted(unknown))}; there are: accuracy, speed", file=sys.stderr)
        return 2
    met = True
    if "accuracy" in tables:
        from . import accuracy

        met &= accuracy.print_table()
    if "speed" in tables:
        from . import speed

        met &= speed.print_table()
    print("Every wanted number is met." if met else "Not every wanted number is met: see the lines marked with '!'.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
