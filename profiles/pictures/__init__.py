"""Profile pictures: rendering, storing and serving them."""
