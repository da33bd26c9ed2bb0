"""Stripe's own script for the pay page. Its version goes with the API version that the SDK pins.

Always loaded from Stripe, never bundled (https://docs.stripe.com/js/including).
"""

STRIPE_SCRIPT_URL = "https://js.stripe.com/endive/stripe.js"
