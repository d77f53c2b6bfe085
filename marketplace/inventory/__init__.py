"""How many there are, where they lie, who has asked to have them kept, and how it came to be so."""
