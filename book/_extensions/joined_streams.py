"""What a cell prints reads as it was printed, in however many messages the kernel sent it.

MyST-NB joins these messages (`nb_merge_streams`), but puts a line feed after each, also where the kernel sent one amid
a line: when that happens is chance, and so the page would be another one in every build.
"""

from myst_nb.core import render

coalesce = render.coalesce_streams


def setup(app):
    render.coalesce_streams = joined
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def joined(outputs):
    """Join the texts of each stream as they are, then let MyST-NB do what it does to them.

    Parameters
    ----------
    outputs : list of nbformat.NotebookNode
        A cell's. They are left as they are.

    Returns
    -------
    list of nbformat.NotebookNode
        Each stream is one output, at the place of its first.
    """
    streams, others = {}, []
    for output in outputs:
        if output["output_type"] != "stream":
            others.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = output.copy()
            others.append(streams[output["name"]])
    return coalesce(others)
