"""How pages are served: guarded blueprints, fragments, headers, errors, formatting, limits."""
