"""The one way out to the card and bank processor: protocol, results, errors and Stripe."""
