"""Payment plans, and charging bills of their own accord (FEATURES P9)."""
