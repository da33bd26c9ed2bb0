"""Whom to tell, and what stands on screen until a person has looked at it."""
