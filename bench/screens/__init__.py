"""Every screen of the product, opened in a browser and measured: see bench/README.md."""
