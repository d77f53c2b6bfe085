"""Infrastructure that every package may import; imports no other package itself."""
