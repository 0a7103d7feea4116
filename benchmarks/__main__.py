"""Print what is measured: accuracy, speed, uses, memory, many classes, little networks, baking, and the built book.

``python -m benchmarks`` prints all of these tables, ``python -m benchmarks accuracy`` one of them.
"""

import os
import sys

# One thread for everybody; must be set before NumPy and torch are imported.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"

TABLES = ("accuracy", "speed", "uses", "memory", "streaming", "networks", "baking", "lighthouse", "figures", "pages")


def main(arguments):
    unknown = sorted(set(arguments) - set(TABLES))
    if unknown:
        print(f"unknown table: {', '.join(unknown)}; there are: {', '.join(TABLES)}", file=sys.stderr)
        return 2
    tables = arguments or TABLES
    met = []
    if "accuracy" in tables:
        from . import accuracy

        met.append(accuracy.print_table())
    if "speed" in tables:
        from . import speed

        met.append(speed.print_table())
    if "uses" in tables:
        from . import uses

        met.append(uses.print_table())
    if "memory" in tables:
        from . import memory

        met.append(memory.print_table())
    if "streaming" in tables:
        from . import streaming

        met.append(streaming.print_tables())
    if "networks" in tables:
        from . import networks

        met.append(networks.print_table())
    if "baking" in tables:
        from . import baking

        met.append(baking.print_tables())
    if "lighthouse" in tables:
        from . import lighthouse

        met.append(lighthouse.print_table())
    met = [whether for whether in met if whether is not None]
    if met:
        print(
            "Every wanted number is met." if all(met) else "Not every wanted number is met: see the lines marked '!'."
        )
    if "figures" in tables:
        from . import figures

        figures.main()
    if "pages" in tables:
        from . import pages

        pages.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
