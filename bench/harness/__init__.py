"""What the rows share: servers, load, rounds, a firm to measure on, and the bare things beside it."""
