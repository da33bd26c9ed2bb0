"""Money: integer minor units with a currency, parsed and printed without a float in sight."""
