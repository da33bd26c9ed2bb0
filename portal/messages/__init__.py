"""Messages between the firm and its clients, each with at most one attachment."""
