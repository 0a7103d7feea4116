"""Ask the installed libraries all questions, or those that are named, and store their answers (``make answers``)."""

import importlib.util
import sys

from tools.answers import QUESTIONS, store


def ask(library):
    """A library's answers to all questions to it, ``{topic: {case: answer}}``."""
    found = {}
    for (asked, topic), question in QUESTIONS.items():
        if asked == library:
            found[topic] = {name: question.ask(**case) for name, case in question.cases.items()}
    return found


def main(arguments):
    libraries = list(dict.fromkeys(library for library, _ in QUESTIONS))
    if unknown := set(arguments) - set(libraries):
        print(
            f"no questions to {', '.join(sorted(unknown))}; there are some to {', '.join(libraries)}", file=sys.stderr
        )
        return 2
    missing = []
    for library in arguments or libraries:
        if importlib.util.find_spec(library) is None:
            missing.append(library)
            print(f"{library}: not installed, what is stored is kept")
            continue
        path = store.write(library, ask(library))
        print(f"{library} {next(iter(store.versions(library).values()))}: {path.relative_to(store.FOLDER.parents[2])}")
    return int(bool(set(missing) & set(arguments)) or len(missing) == len(libraries))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
