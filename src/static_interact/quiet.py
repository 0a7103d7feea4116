"""Widgets without a front end: in a bake ipywidgets' own classes are used, but nothing of them is sent anywhere."""

from __future__ import annotations

from typing import Any

import ipywidgets.comm
from comm.base_comm import BaseComm

from .settings import is_baking

_open_comm = ipywidgets.comm.create_comm


class SilentComm(BaseComm):
    """A comm whose messages go nowhere, so that neither notebook nor page gets any widget state."""

    def publish_msg(self, *arguments: Any, **keywords: Any) -> None:
        """Send nothing."""


def create_comm(*arguments: Any, **keywords: Any) -> Any:
    """Open a comm for a widget: a silent one in a bake."""
    return SilentComm(*arguments, **keywords) if is_baking() else _open_comm(*arguments, **keywords)


def silence() -> None:
    """Let every widget made from now on ask here for its comm."""
    ipywidgets.comm.create_comm = create_comm
