"""Stripe's own script for the pay page. Its version goes with the API version that the SDK pins.

Always loaded from Stripe, never bundled (https://docs.stripe.com/js/including).
"""

# What Stripe.js calls the languages (https://docs.stripe.com/js/appendix/supported_locales).
STRIPE_SCRIPT_LOCALES = {"fr_CA": "fr-CA", "es_US": "es"}
STRIPE_SCRIPT_URL = "https://js.stripe.com/endive/stripe.js"
