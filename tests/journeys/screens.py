"""The screens that the journeys are walked on: a desk and a small phone, by day and by night."""

import os
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

# Where a screen or a journey is left out of CI, another takes its width and its theme.
EVERY_SCREEN = bool(os.environ.get("RETAINER_TEST_EVERY_SCREEN"))

on_desk_and_phone = pytest.mark.parametrize("screen", [DESK_LIGHT, PHONE_DARK], ids=str)
on_dark_desk_and_light_phone = pytest.mark.parametrize("screen", [DESK_DARK, PHONE_LIGHT], ids=str)


def walked_on(screen: Screen, *others: Screen) -> pytest.MarkDecorator:
    """In CI a journey over pages that other journeys walk on the other screens; on demand all."""
    screens = [screen, *others] if EVERY_SCREEN else [screen]
    return pytest.mark.parametrize("screen", screens, ids=str)
