"""Access and refresh tokens: their format, their keys, and the API that issues them."""
