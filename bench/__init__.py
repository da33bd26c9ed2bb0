"""Figures: how fast and how heavy the product is, beside the bare thing on the same machine."""
