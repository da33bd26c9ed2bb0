"""Account links and their QR codes: how a stranger comes to a pay page."""
