"""The claims ledger: each number in the prose of the chapters, with what holds it.

`numbers` reads the numbers, `holders` finds the cell, test, source or entry behind each, `__main__` prints the ledger.
Numbers are those written in digits; words ("three classes") are not in it.
"""
