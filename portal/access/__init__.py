"""Client portals: who takes part, invitations, and how clients sign in."""
