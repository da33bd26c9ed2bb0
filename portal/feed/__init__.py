"""The portal events of each matter, in order, and who has read how far."""
