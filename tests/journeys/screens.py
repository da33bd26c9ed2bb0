"""The screens that the journeys are walked on: a desk and a small phone, by day and by night."""

from dataclasses import dataclass
from typing import Literal

import pytest


@dataclass(frozen=True)
class Screen:
    """A browser window in CSS pixels, and what the reader's device prefers."""

    width: int
    height: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


DESK_LIGHT = Screen(1280, 800, "light")
DESK_DARK = Screen(1280, 800, "dark")
PHONE_LIGHT = Screen(320, 640, "light")
PHONE_DARK = Screen(320, 640, "dark")

on_desk_and_phone = pytest.mark.parametrize("screen", [DESK_LIGHT, PHONE_DARK], ids=str)
on_dark_desk_and_light_phone = pytest.mark.parametrize("screen", [DESK_DARK, PHONE_LIGHT], ids=str)
