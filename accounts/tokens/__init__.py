"""Access and refresh tokens: their shape, their keys, and the API that gives them."""
