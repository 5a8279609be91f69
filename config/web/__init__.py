"""HTTP for every app: errors, middleware, health, metrics, logs and the OpenAPI description."""
