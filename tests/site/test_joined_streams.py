import copy

from nbformat.v4 import new_output

from tests.site.test_formulas import extension


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def test_messages_are_joined_as_they_were_printed():
    joined = extension("joined_streams").joined
    picture = new_output("display_data", data={"text/plain": "picture"})
    outputs = [stream("half a "), stream("careful\n", "stderr"), picture, stream("line\n"), stream("\nanother")]
    before = copy.deepcopy(outputs)
    found = joined(outputs)
    assert outputs == before
    assert found == [stream("half a line\n\nanother\n"), stream("careful\n", "stderr"), picture]
    assert joined([]) == []
