"""What the processor tells us unasked: the inbox, and the reconciler that needs none of it."""
