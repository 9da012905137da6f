"""MusicXML, plain and packed."""
