"""A firm that looks real, with two weeks of payments behind it. Sandbox only."""
