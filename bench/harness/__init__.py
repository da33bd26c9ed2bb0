"""What the rows share: servers, load, rounds, a firm to measure on, the bare things beside it."""
