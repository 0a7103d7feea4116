"""The picture beside links to the book: made from the book's own style and typefaces."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools import draw_social_card


def test_the_card_has_the_typefaces():
    faces = re.findall(r'@font-face {[^}]*?url\("([^"]+)"', draw_social_card.page())
    assert len(faces) == 3
    assert all(Path(unquote(urlsplit(face).path)).is_file() for face in faces)
