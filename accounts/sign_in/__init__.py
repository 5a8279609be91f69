"""Who comes in, and what it takes: password, second factor, approval, step-up."""
