"""What every request gets: errors, middleware, health, metrics, the API's description."""
