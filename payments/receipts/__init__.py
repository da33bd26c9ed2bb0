"""Money received for a client: what it paid, what is left of it as credit, and taking it back."""
