"""The exhibition hall: where visitors look around, search, filter and compare what merchants sell (SF2–SF4, SF6, SR1, SR2)."""
