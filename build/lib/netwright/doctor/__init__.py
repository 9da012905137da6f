"""Judgement: where the error comes from, how sure that is, and which knob to turn next."""
