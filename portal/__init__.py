"""The house: the firm, its clients, and what they say and send to each other."""
