"""Payment methods that clients have stored with the firm."""
