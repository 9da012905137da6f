"""The knobs of nets over sequences, which several systems read."""
