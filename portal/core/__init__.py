"""What every room stands on: settings, database, clock, jobs. No Flask and no feature in here."""
