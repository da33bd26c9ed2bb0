"""The firm's bank accounts, trust or operating, and whether each can take money now."""
